"""Check the site's settings beyond their shape: names that exist, numbers in range, rows in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import product
from typing import NoReturn

from gate.account import is_app_login, plain_login
from gate.errors import ConfigError
from gate.moment import read_day, read_window
from gate.pattern import pattern
from gate.schema.agents import AgentRecord
from gate.schema.finding import SURFACES
from gate.schema.site import (
    ACTIONS,
    ANY,
    UNMAPPED,
    Environment,
    Limit,
    MatrixRow,
    SiteConfig,
    Waiver,
)
from gate.text import redact

MAX_PEOPLE = 10
"""People that one requirement may ask for."""
MAX_DAYS = 366
"""Days that a vote or a waiver may be given."""
MAX_WINDOW = timedelta(days=90)
"""The longest window of a limit."""

_LIMIT = pattern(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_TEAM = pattern(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100}")
_ENVIRONMENT = pattern(r"[a-z0-9](?:[a-z0-9_.-]{0,38}[a-z0-9])?")
_DAY = pattern(r"\d{4}-\d{2}-\d{2}")
_PROTECTED = "gate"
"""The surface that nobody may leave without a person."""

Lines = Mapping[str, int]
"""`<file> <key> <key> ...` -> line."""


def check_config(config: SiteConfig, lines: Lines) -> None:
    """Refuse settings that cannot mean what they say.

    Raises:
        ConfigError: names file, line and key.
    """
    check = _Checker("gate.yml", lines)
    for surface, rule in config.approvals.items():
        keys = ("approvals", surface)
        check.known(surface, SURFACES, "surface", *keys)
        check.number(rule.min, 0, MAX_PEOPLE, *keys, "min")
        check.guarded((surface,), rule.min, *keys)
        check.teams(rule.teams, *keys)
    _check_environments(config.environments, check)
    for index, row in enumerate(config.matrix):
        _check_row(row, config, check, str(index))
    for index, earlier in unreachable(config):
        places = [check.line("matrix", str(other)) for other in earlier]
        rows = f"row on line {places[0]}" if len(places) == 1 else f"rows on lines {_and(places)}"
        check.refuse(
            f"no change can reach this row: the {rows} come{'s' * (len(places) == 1)} first",
            "The first row that fits decides. Put the narrower row first, or remove it.",
            "matrix",
            str(index),
        )
    for index, name in enumerate(config.voting.machine_accounts):
        if not name.strip():
            check.refuse("an empty name", "", "voting", "machine_accounts", str(index))
    check.number(config.waiver_days, 1, MAX_DAYS, "waiver_days")
    seen: set[str] = set()
    for index, limit in enumerate(config.limits):
        _check_limit(limit, config, seen, check, str(index))


def check_limit_agents(
    config: SiteConfig, agents: tuple[AgentRecord, ...] | None, lines: Lines
) -> None:
    """Refuse limits for agents that the registry does not know.

    Raises:
        ConfigError: names file, line and key.
    """
    check = _Checker("gate.yml", lines)
    known = {agent.id for agent in agents or ()}
    for index, limit in enumerate(config.limits):
        for place, name in enumerate(limit.agents):
            if name not in known:
                check.refuse(
                    f"{name[:60]!a}: not registered",
                    "Registry ids are the names of the files in .gate/agents.",
                    *("limits", str(index), "agents", str(place)),
                )


def check_waivers(
    waivers: tuple[Waiver, ...], agents: tuple[AgentRecord, ...] | None, lines: Lines
) -> None:
    """Refuse waivers that name nothing, nobody, no day, or an owner who is no person.

    Raises:
        ConfigError: names file, line and key.
    """
    check = _Checker("waivers.yml", lines)
    machines = {
        plain_login(login) for agent in agents or () for login in agent.identities.logins if login
    }
    seen: set[str] = set()
    for index, waiver in enumerate(waivers):
        keys = ("waivers", str(index))
        if waiver.id in seen:
            check.refuse(f"{waiver.id[:60]!a} is there twice", "", *keys, "id")
        seen.add(waiver.id)
        if (waiver.rule is None) == (waiver.finding is None):
            check.refuse("give rule with paths, or finding; not both, not neither", "", *keys)
        if waiver.rule is not None and not waiver.paths:
            check.refuse("paths is missing", "A waiver for a whole rule needs paths.", *keys)
        for field in ("id", "reason", "owner"):
            if not getattr(waiver, field).strip():
                check.refuse(f"{field} is empty", "", *keys, field)
        _check_owner(waiver.owner.strip().removeprefix("@"), machines, check, *keys, "owner")
        _check_day(waiver.expires, check, *keys, "expires")


def unreachable(config: SiteConfig) -> list[tuple[int, list[int]]]:
    """Rows that earlier rows cover wholly: index of each, and of the rows that cover it."""
    found = []
    for index, row in enumerate(config.matrix):
        covering: set[int] = set()
        for cell in _cells(row, config):
            first = _first(config.matrix[:index], cell, row.over)
            if first is None:
                break
            covering.add(first)
        else:
            found.append((index, sorted(covering)))
    return found


def _first(rows: Iterable[MatrixRow], cell: tuple[str, str, str, bool], over: int) -> int | None:
    surface, environment, action, own = cell
    for index, row in enumerate(rows):
        holds = row.over <= over and (not own or row.applies_to == "everyone")
        if holds and row.fits(surface, environment, action):
            return index
    return None


def _cells(row: MatrixRow, config: SiteConfig) -> Iterable[tuple[str, str, str, bool]]:
    """All that a row speaks of: surface, environment, action, whether it is a person's own."""
    authors = (False, True) if row.applies_to == "everyone" else (False,)
    return product(
        _written_out(row.surfaces, SURFACES),
        _written_out(row.environments, config.environment_names()),
        _written_out(row.actions, ACTIONS),
        authors,
    )


def _written_out(names: tuple[str, ...], every: tuple[str, ...]) -> tuple[str, ...]:
    return every if ANY in names else names


def _check_row(row: MatrixRow, config: SiteConfig, check: _Checker, index: str) -> None:
    keys = ("matrix", index)
    environments = config.environment_names() if config.environments else ()
    for field, names, known in (
        ("surfaces", row.surfaces, SURFACES),
        ("environments", row.environments, environments),
        ("actions", row.actions, ACTIONS),
    ):
        if not names:
            check.refuse(f"names no {field[:-1]}", 'Write ["*"] for every one.', *keys, field)
        for place, name in enumerate(names):
            if name != ANY:
                check.known(name, known, field[:-1], *keys, field, str(place))
    check.number(row.min, 0, MAX_PEOPLE, *keys, "min")
    check.number(row.over, 0, 1_000_000, *keys, "over")
    if row.max_age_days is not None:
        check.number(row.max_age_days, 1, MAX_DAYS, *keys, "max_age_days")
    check.guarded(_written_out(row.surfaces, SURFACES), row.min, *keys)
    check.teams(row.teams, *keys)


def _check_limit(
    limit: Limit, config: SiteConfig, seen: set[str], check: _Checker, index: str
) -> None:
    keys = ("limits", index)
    if not _LIMIT.fullmatch(limit.name):
        check.refuse(
            f"{limit.name[:60]!a} is not a name for a limit",
            "Lower-case letters, digits and hyphens, at most 40.",
            *keys,
            "name",
        )
    if limit.name in seen:
        check.refuse(f"{limit.name!a} is there twice", "", *keys, "name")
    seen.add(limit.name)
    check.open_name(limit.name, *keys, "name")
    window = read_window(limit.window)
    if window is None or window > MAX_WINDOW:
        check.refuse(
            f"{limit.window[:40]!a} is not a window",
            f"Write 30m, 6h or 7d; at most {MAX_WINDOW.days}d.",
            *keys,
            "window",
        )
    check.number(limit.max, 0, 1_000_000_000, *keys, "max")
    _check_whose(limit, config, check, *keys)


def _check_whose(limit: Limit, config: SiteConfig, check: _Checker, *keys: str) -> None:
    for place, key in enumerate(limit.per):
        if key in limit.per[:place]:
            check.refuse(f"{key} is there twice", "", *keys, "per", str(place))
    environments = config.environment_names() if config.environments else ()
    for place, name in enumerate(limit.environments):
        check.known(name, environments, "environment", *keys, "environments", str(place))
    if "environment" in limit.per and not environments:
        check.refuse(
            "adds up by environment, and the site maps none",
            "Say by what environments are known, under `environments`.",
            *keys,
            "per",
        )
    if limit.count == "attempts" and "agent" not in limit.per:
        check.refuse("attempts are counted per agent", "Name agent among `per`.", *keys, "per")


def _check_environments(environments: Mapping[str, Environment], check: _Checker) -> None:
    seen: dict[object, str] = {}
    for name, environment in environments.items():
        keys = ("environments", name)
        check.open_name(name, *keys)
        if name == UNMAPPED or not _ENVIRONMENT.fullmatch(name):
            check.refuse(
                "not a name for an environment",
                f"Lower-case letters, digits, - _ and dots, at most 40; {UNMAPPED} is taken.",
                *keys,
            )
        criteria = {
            field: getattr(environment, field) for field in ("paths", "workspaces", "accounts")
        }
        tags = {f"tags {tag}": values for tag, values in environment.tags.items()}
        if not any(criteria.values()) and not tags:
            check.refuse(
                "nothing says how it is known",
                "Give it paths, workspaces, accounts or tags.",
                *keys,
            )
        for place, glob in enumerate(environment.paths):
            check.glob(glob, *keys, "paths", str(place))
        for field, values in (*criteria.items(), *tags.items()):
            blank = any(not value.strip() for value in values)
            if blank or not field.removeprefix("tags ").strip() or field in tags and not values:
                check.refuse("an empty value", "It would fit nothing.", *keys, *field.split(" ", 1))
        same = repr(
            [sorted(set(values)) for values in criteria.values()]
            + [(tag, sorted(set(values))) for tag, values in sorted(tags.items())]
        )
        if same in seen:
            check.refuse(f"known by just what {seen[same]} is known by", "", *keys)
        seen[same] = name


def _check_owner(owner: str, machines: set[str], check: _Checker, *keys: str) -> None:
    if is_app_login(owner) or plain_login(owner) in machines:
        check.refuse(f"{owner[:60]!a} is a program", "A person has to answer for a waiver.", *keys)


def _check_day(day: str, check: _Checker, *keys: str) -> None:
    if read_day(day) is None:
        check.refuse(
            f"{day[:40]!a} is not a date",
            "Write YYYY-MM-DD; the waiver holds to the end of that day, UTC.",
            *keys,
        )


class _Checker:
    """Refuses with file, line and key."""

    def __init__(self, name: str, lines: Lines) -> None:
        self._name = name
        self._lines = lines

    def line(self, *keys: str) -> int:
        """The line of the deepest of the keys that the file has."""
        for end in range(len(keys), 0, -1):
            found = self._lines.get(" ".join((self._name, *keys[:end])))
            if found is not None:
                return found
        return 1

    def refuse(self, what: str, hint: str, *keys: str) -> NoReturn:
        """Raise the error for a key."""
        shown = "".join(
            f"[{key}]" if key.isdigit() else f".{key}" if at else key for at, key in enumerate(keys)
        )
        key = shown if shown.isascii() and shown.isprintable() else ascii(shown)
        raise ConfigError(f".gate/{self._name}:{self.line(*keys)}: key {key}: {what}", hint)

    def known(self, name: str, names: Iterable[str], kind: str, *keys: str) -> None:
        """Refuse a name that does not exist."""
        if name in names:
            return
        listed = ", ".join(names) or "none: `environments` maps none"
        plural = "Environments" if kind == "environment" else f"{kind.capitalize()}s"
        self.refuse(f"{name[:60]!a}: no such {kind}", f"{plural} are {listed}.", *keys)

    def open_name(self, name: str, *keys: str) -> None:
        """Refuse a name that every report would show, and that looks like a credential."""
        if redact(name) != name:
            self.refuse("looks like a credential", "Names stand in every report.", *keys)

    def glob(self, glob: str, *keys: str) -> None:
        """Refuse a glob that no path of a repository can match, or that has no such wildcard."""
        parts = glob.split("/")
        if glob.strip() and not {"", ".", ".."}.isdisjoint(parts):
            self.refuse(
                f"{glob[:80]!a} fits no path",
                "Paths begin at the repository's root, as infra/prod/**.",
                *keys,
            )
        if glob.startswith("!") or not set(glob).isdisjoint("[]{}\\"):
            self.refuse(
                f"{glob[:80]!a}: only *, ** and ? stand for something",
                "Write one path for each folder.",
                *keys,
            )

    def number(self, value: int, least: int, most: int, *keys: str) -> None:
        """Refuse a number out of range."""
        if not least <= value <= most:
            self.refuse(f"{value} is not {least} to {most}", "", *keys)

    def guarded(self, surfaces: tuple[str, ...], people: int, *keys: str) -> None:
        """Refuse to leave the gate itself without a person."""
        if people == 0 and _PROTECTED in surfaces:
            self.refuse(
                "0 people for the surface gate, which holds the rules everything else is held to",
                "Ask for 1 at least; name the other surfaces where nobody need approve.",
                *keys,
                "min",
            )

    def teams(self, teams: tuple[str, ...], *keys: str) -> None:
        """Refuse teams that are not `org/slug`."""
        for place, team in enumerate(teams):
            self.open_name(team, *keys, "teams", str(place))
            if not _TEAM.fullmatch(team):
                self.refuse(f"{team[:140]!a} is not org/slug", "", *keys, "teams", str(place))


def _and(places: list[int]) -> str:
    *head, last = map(str, places)
    return f"{', '.join(head)} and {last}" if head else last
