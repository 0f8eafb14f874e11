"""Resolve the approval matrix: who must approve what a finding touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from gate.errors import ConfigError
from gate.judge.places import Places
from gate.schema.finding import Finding
from gate.schema.gate_input import Touch
from gate.schema.rule import Rule
from gate.schema.site import ACTIONS, ANY, UNMAPPED, ApprovalRule, MatrixRow, Site, SiteConfig
from gate.schema.votes import Requirement

DEFAULT_APPROVALS: Mapping[str, ApprovalRule] = {
    "iam": ApprovalRule(min=2),
    "secrets": ApprovalRule(min=2),
    "gate": ApprovalRule(min=2, applies_to="everyone"),
    "network": ApprovalRule(min=1),
    "data": ApprovalRule(min=1),
    "pipeline": ApprovalRule(min=1),
    "execution": ApprovalRule(min=1),
    "state": ApprovalRule(min=1),
    "agent": ApprovalRule(min=1),
}
"""Approvals per surface where the site says nothing; `gate` needs one on a person's own change."""

NO_SURFACE = "state"
"""The surface of a finding that names none."""

UNTOLD = ("", "unclear")
"""Actions that nobody can tell: such a change is held to the answer for every action."""


class Case(NamedTuple):
    """One question to the matrix."""

    surface: str
    """Surface."""
    environment: str = ""
    """Environment; empty where the site maps none."""
    action: str = ""
    """Action; empty: any."""
    number: int = 1
    """Changed resources of the surface in that environment."""
    own_change: bool = False
    """The change is a person's own, no agent took part."""


def requirements_for(
    asking: Sequence[Finding],
    touches: Iterable[Touch] | Places,
    config: SiteConfig,
    *,
    own_change: bool,
) -> tuple[Requirement, ...]:
    """How many people the findings ask for, and whom.

    Args:
        asking: findings whose enforcement is `approve` and which nothing waives.
        touches: what the change does.
        config: the site's settings.
        own_change: the change is a person's own, no agent took part.

    Returns:
        The distinct requirements, by surface, environment and action. One that asks no more than
        another of the same surface and environment is left out.
    """
    places = touches if isinstance(touches, Places) else Places(touches)
    cases = dict.fromkeys(
        case._replace(own_change=own_change)
        for finding in asking
        for case in _cases(finding.surface or NO_SURFACE, _touched(finding, places), places, config)
    )
    found = dict.fromkeys(need for case in cases for need in resolve(case, config))
    kept = [need for need in found if not any(_says_more(other, need) for other in found)]
    return tuple(sorted(kept, key=lambda need: (need.surface, need.environment, need.action)))


def resolve(case: Case, config: SiteConfig) -> tuple[Requirement, ...]:
    """The answers to one question: one, several where nobody can tell the action, or none.

    None on a person's own change where nothing applies to everyone.
    """
    actions = ACTIONS if case.action in UNTOLD else (case.action,)
    answers = (_resolve(case._replace(action=action), config) for action in actions)
    return tuple(dict.fromkeys(answer for answer in answers if answer is not None))


def applies_to(
    surface: str | None,
    touches: Iterable[Touch] | Places,
    config: SiteConfig,
    *,
    subject: str = "",
    path: str = "",
) -> Literal["agents", "everyone"]:
    """Whether a finding asks for approval on a person's own change too.

    Args:
        surface: surface of the finding.
        touches: all that the change does.
        config: the site's settings.
        subject: what the finding is about.
        path: where it stands.
    """
    surface = surface or NO_SURFACE
    if surface == "gate":
        return "everyone"
    places = touches if isinstance(touches, Places) else Places(touches)
    cases = _cases(surface, places.of(surface, subject, path), places, config)
    own = (case._replace(own_change=True) for case in cases)
    return "everyone" if any(resolve(case, config) for case in own) else "agents"


def check_floor(site: Site, rules: Iterable[Rule]) -> None:
    """Refuse rows and approvals that leave the surface of an integrity rule without a person.

    One that blocks needs nobody's approval.

    Raises:
        ConfigError: names file, line and key.
    """
    guarded = {
        rule.metadata.custom.surface: rule.id
        for rule in rules
        if rule.metadata.custom.integrity
        and rule.metadata.custom.enforcement == "approve"
        and rule.metadata.custom.surface
    }
    places: list[tuple[str, Iterable[str], int]] = [
        (f"approvals {surface}", (surface,), rule.min)
        for surface, rule in site.config.approvals.items()
    ]
    places += [
        (f"matrix {index}", row.surfaces, row.min) for index, row in enumerate(site.config.matrix)
    ]
    for keys, surfaces, people in places:
        names = guarded.keys() if ANY in surfaces else guarded.keys() & set(surfaces)
        if people == 0 and names:
            line = site.lines.get(f"gate.yml {keys}", 1)
            name = min(names)
            raise ConfigError(
                f".gate/gate.yml:{line}: key {keys.replace(' ', '.')}.min: 0 people for the "
                f"surface {name} of {guarded[name]}, an integrity rule",
                "Ask for 1 at least; name the other surfaces where nobody need approve.",
            )


def _cases(
    surface: str, touched: Iterable[Touch], places: Places, config: SiteConfig
) -> Iterable[Case]:
    """The questions that one finding puts, as if an agent took part."""
    where = {(touch.environment, touch.action) for touch in touched}
    if not where:
        where = {(environment, "") for environment in _everywhere(places, config)}
    for environment, action in sorted(where):
        yield Case(surface, environment, action, places.count(surface, environment))


def _touched(finding: Finding, places: Places) -> tuple[Touch, ...]:
    path = finding.at.path if finding.at is not None else ""
    return places.of(finding.surface or NO_SURFACE, finding.subject, path)


def _everywhere(places: Places, config: SiteConfig) -> tuple[str, ...]:
    """Where a finding without a touch of its own may be: wherever the change is."""
    if places.touches or not config.environments:
        return places.environments
    return (UNMAPPED,)


def _resolve(case: Case, config: SiteConfig) -> Requirement | None:
    for number, row in enumerate(config.matrix, start=1):
        if _decides(row, case):
            return Requirement(
                surface=case.surface,
                min=row.min,
                teams=row.teams,
                environment="" if ANY in row.environments else case.environment,
                action="" if ANY in row.actions else case.action,
                max_age_days=row.max_age_days,
                code_owners=row.code_owners,
                source=f"matrix {number}",
            )
    rule = config.approvals.get(case.surface)
    if rule is not None and _holds(rule, case):
        source = f"approvals.{case.surface}"
        return Requirement(surface=case.surface, min=rule.min, teams=rule.teams, source=source)
    fallback = DEFAULT_APPROVALS.get(case.surface, ApprovalRule(min=1))
    if not _holds(fallback, case):
        return None
    return Requirement(surface=case.surface, min=1 if case.own_change else fallback.min)


def _decides(row: MatrixRow, case: Case) -> bool:
    return (
        row.fits(case.surface, case.environment, case.action)
        and case.number > row.over
        and _holds(row, case)
    )


def _holds(rule: MatrixRow | ApprovalRule, case: Case) -> bool:
    """Whether it holds for the author; on a person's own change rows for agents are not there.

    NOTE: `approvals.gate` holds for everyone, whatever it says: nothing lowers the surface `gate`.
    """
    if not case.own_change or rule.applies_to == "everyone":
        return True
    return case.surface == "gate" and isinstance(rule, ApprovalRule)


def _says_more(other: Requirement, need: Requirement) -> bool:
    """Whether whoever meets the other requirement meets this one as well."""
    if other is need or (other.surface, other.environment) != (need.surface, need.environment):
        return False
    covers = (
        other.min >= need.min
        and (not need.teams or bool(other.teams) and set(other.teams) <= set(need.teams))
        and (other.max_age_days or 9999) <= (need.max_age_days or 9999)
        and other.code_owners >= need.code_owners
    )
    # NOTE: of two that ask the same exactly one is kept, the first by name
    ours, theirs = (need.action, need.source), (other.action, other.source)
    return covers and (_burden(other) != _burden(need) or theirs < ours)


def _burden(need: Requirement) -> tuple[object, ...]:
    return need.min, sorted(set(need.teams)), need.max_age_days, need.code_owners
