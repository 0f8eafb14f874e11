"""Find the waiver that covers a finding: named, owned, in scope, not expired, not too far ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from gate.pathglob import matches, matches_any
from gate.schema.finding import Finding
from gate.schema.rule import Rule
from gate.schema.site import Waiver
from gate.text import neutralise

__all__ = ["WAIVER_DAYS", "expired", "expired_note", "matches", "waiver_for", "waiver_notes"]

WAIVER_DAYS = 90
"""Days that a waiver may reach ahead where the site says nothing."""


def waiver_for(
    finding: Finding,
    rule: Rule,
    waivers: tuple[Waiver, ...],
    today: str,
    waiver_days: int = WAIVER_DAYS,
) -> Waiver | None:
    """The first waiver that covers the finding on the given day, or `None`.

    Args:
        finding: the finding.
        rule: its rule; a former id in a waiver is honoured, an integrity rule never waived.
        waivers: the site's waivers.
        today: YYYY-MM-DD, UTC.
        waiver_days: days that a waiver may reach ahead; one that reaches further does not hold.
    """
    furthest = _furthest(today, waiver_days)
    for waiver in _covering(finding, rule, waivers):
        if today <= waiver.expires <= furthest:
            return waiver
    return None


def expired_note(finding: Finding, rule: Rule, waivers: tuple[Waiver, ...], today: str) -> str:
    """What to say of a finding that is back because its waiver expired; empty where none did.

    Args:
        finding: the finding, which no waiver covers today.
        rule: its rule.
        waivers: the site's waivers.
        today: YYYY-MM-DD, UTC.
    """
    gone = [waiver for waiver in _covering(finding, rule, waivers) if waiver.expires < today]
    if not gone:
        return ""
    last = max(gone, key=lambda waiver: (waiver.expires, waiver.id))
    return f"waiver {neutralise(last.id, 60)} expired {last.expires}"


def waiver_notes(
    waivers: tuple[Waiver, ...], today: str, waiver_days: int = WAIVER_DAYS
) -> tuple[str, ...]:
    """One line for every waiver that does not hold: it has expired, or reaches too far ahead."""
    furthest = _furthest(today, waiver_days)
    notes = []
    for waiver in waivers:
        name = neutralise(waiver.id, 60)
        if waiver.expires < today:
            notes.append(f"waiver {name} has expired ({waiver.expires})")
        elif waiver.expires > furthest:
            notes.append(
                f"waiver {name} does not hold: it reaches to {waiver.expires}, further ahead than "
                f"the {waiver_days} days that `waiver_days` allows"
            )
    return tuple(notes)


def expired(waivers: tuple[Waiver, ...], today: str) -> tuple[str, ...]:
    """Ids of waivers that no longer hold."""
    return tuple(waiver.id for waiver in waivers if waiver.expires < today)


def _covering(finding: Finding, rule: Rule, waivers: tuple[Waiver, ...]) -> Iterator[Waiver]:
    """Waivers for the finding, whatever day it is."""
    if rule.metadata.custom.integrity:
        return
    names = (rule.id, *rule.metadata.custom.formerly)
    path = finding.at.path if finding.at else ""
    for waiver in waivers:
        if waiver.finding is not None:
            if waiver.finding == finding.id:
                yield waiver
        elif waiver.rule in names and matches_any(waiver.paths, path):
            yield waiver


def _furthest(today: str, waiver_days: int) -> str:
    return (date.fromisoformat(today) + timedelta(days=waiver_days)).isoformat()
