"""Claim a control as far as the ledger carries it, and not a word further."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

from gate.audit.compliance.framework import Control, Framework
from gate.audit.compliance.measures import MEASURES, Count, Period
from gate.audit.reading import Told
from gate.report.phrases import plural

Claimed = Literal["operated", "not claimed", "uncovered"]
"""How far a control is claimed."""

STALE_DAYS = 180
"""Days after which somebody should hold a mapping against the official text again."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One control, and what the ledger shows of it."""

    control: str
    """Its number."""
    about: str
    """What it is about."""
    claimed: Claimed
    """How far it is claimed."""
    operated: int = 0
    """Times that its measures operated."""
    exceptions: int = 0
    """Exceptions."""
    gaps: int = 0
    """Gaps."""
    measures: dict[str, tuple[int, int, int]] = {}
    """Measure -> operated, exceptions, gaps."""
    why_not: str = ""
    """Why it is not claimed."""

    @property
    def text(self) -> str:
        """`operated N times, M exceptions, K gaps`, or why it is not claimed."""
        if self.claimed != "operated":
            return f"{self.claimed}: {self.why_not}"
        return ", ".join(
            (
                f"operated {plural(self.operated, 'time')}",
                plural(self.exceptions, "exception"),
                plural(self.gaps, "gap"),
            )
        )


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One framework over one period."""

    framework: str
    """Short name."""
    title: str
    """Name."""
    edition: str
    """Edition."""
    written: str
    """Day the mapping was written."""
    review: str
    """Who held the mapping against the official text, and when; or that nobody did."""
    since: str
    """Beginning of the period, included; empty: the first entry."""
    until: str
    """End, not included; empty: the last entry."""
    claims: tuple[Claim, ...]
    """Controls, in the order of the framework."""


def state(
    framework: Framework,
    told: Sequence[Told],
    rules: Collection[str],
    *,
    review: str,
    period: tuple[str, str] = ("", ""),
) -> Statement:
    """What the ledger shows of every control of a framework.

    Args:
        framework: the mapping.
        told: entries of the period, verified.
        rules: ids of the rules in force.
        review: as in `Statement`.
        period: since and until.
    """
    counted = Period(told)
    counts = {name: count(counted) for name, (count, _) in MEASURES.items()}
    return Statement(
        framework=framework.id,
        title=framework.title,
        edition=framework.edition,
        written=framework.written,
        review=review,
        since=period[0],
        until=period[1],
        claims=tuple(_claim(control, counts, rules) for control in framework.controls),
    )


def _claim(control: Control, counts: dict[str, Count], rules: Collection[str]) -> Claim:
    known = Claim(control=control.id, about=control.about, claimed="uncovered")
    off = [rule for rule in control.rules if rule not in rules]
    if off:
        why = f"rule {', '.join(off)} is not in force"
        return msgspec.structs.replace(known, why_not=why)
    mine = {name: counts[name] for name in control.measures if name in counts}
    lacking = [name for name in control.measures if name not in counts]
    total = sum(mine.values(), Count(0))
    if not any(total):
        why = f"nothing in the ledger measures {', '.join(lacking)}" if lacking else _NOTHING
        return msgspec.structs.replace(known, claimed="not claimed", why_not=why)
    return msgspec.structs.replace(
        known,
        claimed="operated",
        operated=total.operated,
        exceptions=total.exceptions,
        gaps=total.gaps,
        measures={name: tuple(count) for name, count in mine.items()},
    )


_NOTHING = "nothing of it happened in the period"
