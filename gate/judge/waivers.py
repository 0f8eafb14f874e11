"""Find the waiver that covers a finding: named, owned, in scope, not expired."""

from __future__ import annotations

import re
from functools import lru_cache

from gate.schema.finding import Finding
from gate.schema.rule import Rule
from gate.schema.site import Waiver


def waiver_for(
    finding: Finding, rule: Rule, waivers: tuple[Waiver, ...], today: str
) -> Waiver | None:
    """The first waiver that covers the finding on the given day, or `None`.

    Args:
        finding: the finding.
        rule: its rule; a former id in a waiver is honoured, an integrity rule never waived.
        waivers: the site's waivers.
        today: YYYY-MM-DD, UTC.
    """
    if rule.metadata.custom.integrity:
        return None
    names = (rule.id, *rule.metadata.custom.formerly)
    for waiver in waivers:
        if waiver.expires < today:
            continue
        if waiver.finding is not None:
            if waiver.finding == finding.id:
                return waiver
            continue
        path = finding.at.path if finding.at else ""
        if waiver.rule in names and any(matches(glob, path) for glob in waiver.paths):
            return waiver
    return None


def expired(waivers: tuple[Waiver, ...], today: str) -> tuple[str, ...]:
    """Ids of waivers that no longer hold."""
    return tuple(waiver.id for waiver in waivers if waiver.expires < today)


def matches(glob: str, path: str) -> bool:
    """Whether a path matches: `*` and `?` stay within a segment, `**` crosses directories."""
    return bool(path) and _compile(glob).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compile(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    table = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(table.get(part, re.escape(part)) for part in parts))
