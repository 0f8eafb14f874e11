"""Read the approval matrix as its author would want it read: written out, with its gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product
from typing import NamedTuple

from gate.judge.matrix import DEFAULT_APPROVALS, Case, resolve
from gate.schema.finding import SURFACES
from gate.schema.site import ACTIONS, ANY, Environment, SiteConfig
from gate.schema.votes import Requirement


class Answer(NamedTuple):
    """What the matrix says of one combination."""

    surface: str
    """Surface."""
    environment: str
    """Environment; empty where the site maps none."""
    action: str
    """Action."""
    over: int
    """It holds where more than this many resources change, up to the next answer."""
    need: Requirement | None
    """What is asked for; `None`: nothing, on a person's own change."""


def write_out(config: SiteConfig, *, own_change: bool = False) -> tuple[Answer, ...]:
    """The answer to every combination, by surface, environment, action and number."""
    steps = sorted({0, *(row.over for row in config.matrix)})
    answers: list[Answer] = []
    for surface, environment, action in product(SURFACES, config.environment_names(), ACTIONS):
        last: Requirement | None = None
        for over in steps:
            case = Case(surface, environment, action, over + 1, own_change)
            need = _strictest(resolve(case, config))
            if over == 0 or need != last:
                answers.append(Answer(surface, environment, action, over, need))
            last = need
    return tuple(answers)


def lint_matrix(config: SiteConfig, lines: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """What is not wrong, but worth knowing: gaps, rows below the default, shared criteria.

    What is wrong is refused when the file is read.

    Args:
        config: the site's settings.
        lines: `gate.yml matrix <index>` -> line, for the messages.
    """
    if not config.matrix:
        return tuple(_shared(config.environments))
    weak = _weak(config, lines or {})
    return (*_gaps(write_out(config)), *weak, *_shared(config.environments))


def _strictest(needs: tuple[Requirement, ...]) -> Requirement | None:
    """The one to show where several hold, as for an action that nobody can tell."""
    return max(needs, key=lambda need: (need.min, need.code_owners), default=None)


def _gaps(answers: Iterable[Answer]) -> Iterator[str]:
    """Where no row speaks; surfaces together that are open in the same places to one answer."""
    open_to: dict[tuple[str, int, str], dict[str, list[str]]] = {}
    environments: dict[str, None] = {}
    for answer in answers:
        need = answer.need
        environments[answer.environment] = None
        if answer.over == 0 and need is not None and not need.source.startswith("matrix"):
            places = open_to.setdefault((answer.surface, need.min, need.source), {})
            places.setdefault(answer.environment, []).append(answer.action)
    alike: dict[tuple[str, str], list[str]] = {}
    for (surface, people, source), places in open_to.items():
        who = "the default decides" if source == "default" else f"{source} decides"
        where = _where(places, len(environments))
        alike.setdefault((where, f"{who} ({count_people(people)})"), []).append(surface)
    for (where, answer_there), surfaces in alike.items():
        yield f"no row for {', '.join(surfaces)}{where}: {answer_there}"


def _where(places: Mapping[str, list[str]], every: int) -> str:
    """Environments with the actions left open, those with the same ones together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for environment, actions in places.items():
        groups.setdefault(tuple(actions), []).append(environment)
    parts = []
    for same, environments in groups.items():
        names = f" in {', '.join(environments)}"
        if len(environments) == every:
            names = "" if environments == [""] else " in any environment"
        what = "" if same == ACTIONS else f" ({', '.join(same)})"
        parts.append(names + what)
    return ";".join(parts)


def _weak(config: SiteConfig, lines: Mapping[str, int]) -> Iterator[str]:
    for index, row in enumerate(config.matrix):
        surfaces = SURFACES if ANY in row.surfaces else row.surfaces
        below = [name for name in surfaces if row.min < DEFAULT_APPROVALS[name].min]
        if below:
            line = lines.get(f"gate.yml matrix {index}")
            where = f"row {index + 1}" + (f" (line {line})" if line else "")
            defaults = ", ".join(f"{name} {DEFAULT_APPROVALS[name].min}" for name in below)
            yield f"{where} asks for {count_people(row.min)}, fewer than the default: {defaults}"


def _shared(environments: Mapping[str, Environment]) -> Iterator[str]:
    for (name, one), (other, two) in combinations(environments.items(), 2):
        for kind in ("paths", "workspaces", "accounts"):
            for value in sorted(set(getattr(one, kind)) & set(getattr(two, kind))):
                yield _both(name, other, f"{kind[:-1]} {value}")
        for tag in sorted(one.tags.keys() & two.tags.keys()):
            for value in sorted(set(one.tags[tag]) & set(two.tags[tag])):
                yield _both(name, other, f"tag {tag}={value}")


def _both(name: str, other: str, what: str) -> str:
    return f"{name} and {other} share the {what}: whatever is known by it touches both"


def count_people(number: int) -> str:
    """`1 person`, `2 people`."""
    return "1 person" if number == 1 else f"{number} people"
