"""Compute the metrics of changes: how many, what became of them, and how people treated them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import get_args

from gate.audit.metrics.definitions import RUBBER_STAMP_SECONDS
from gate.audit.metrics.figures import Figure, count, missing, share, spread
from gate.audit.metrics.history import Change, History, Judged
from gate.moment import read_time
from gate.schema.report import DecisionName

FATES = ("fixed", "waived", "cleared", "abandoned", "merged", "open")
"""What becomes of a blocked change."""
_LANES = {"free": "pass", "held": "hold", "blocked": "block", "unjudged": "error"}
_UNTOLD = "no outcome of a pull request was recorded"
_NO_AI = "no AI change in the period"


def flow(history: History, changes: Sequence[Change]) -> Iterator[Figure]:
    """Figures over the changes that were first judged in the period."""
    ai = [one for one in changes if one.is_ai]
    authors = Counter(one.authorship for one in changes)
    for author in ("agent", "co-authored", "unknown", "human"):
        yield count("changes", authors[author], author)
    yield count("ai_changes", len(ai))
    yield share("ai_share_ratio", len(ai), len(changes), "no change in the period")
    yield from _blocked(history, ai)
    yield count("held_changes", sum(1 for one in ai if _holds(one)))
    yield _waiting(history, ai)
    yield from _approvals(ai)
    yield from _overrides(history, ai)
    yield _false_blocks(history, changes)
    yield from _merged(history, ai)


def decided(judged: Sequence[Judged]) -> Iterator[Figure]:
    """Figures over the decisions of the period."""
    names = Counter(one.body.decision for one in judged)
    for name in get_args(DecisionName):
        yield count("decisions", names[name], name)
    yield share("unjudged_ratio", names["error"], len(judged), "no decision in the period")
    took = (one.body.elapsed_ms for one in judged)
    yield spread(
        "policy_latency_seconds",
        (item / 1000 for item in took if item is not None),
        "no decision says how long it took",
    )


def fate(change: Change) -> str:
    """What became of a change that was blocked: one of `FATES`."""
    last = change.last
    if last.decision == "block":
        return {"closed": "abandoned", "merged": "merged"}.get(change.end, "open")
    if last.waivers:
        return "waived"
    blocked = [one for one in change.judged if one.decision == "block"]
    return "fixed" if _head(last) != _head(blocked[-1]) else "cleared"


def completed(change: Change) -> float | None:
    """Seconds from the first hold to the vote that completed it; `None`: it never was."""
    hold = next((one for one in change.judged if one.decision == "hold"), None)
    if hold is None:
        return None
    for one in change.judged:
        votes = one.body.votes
        is_later = one.at > hold.at and one.decision in ("pass", "warn")
        if is_later and votes.counted and not _is_overridden(one):
            times = [time for vote in votes.counted if (time := read_time(vote.at))]
            took = (max(times) - hold.at).total_seconds() if times else -1.0
            return took if took >= 0 else None
    return None


def _blocked(history: History, ai: Sequence[Change]) -> Iterator[Figure]:
    blocked = [one for one in ai if one.worst == "block"]
    yield share("blocked_ratio", len(blocked), len(ai), _NO_AI)
    fates = Counter(fate(one) for one in blocked)
    for name in FATES:
        if name in ("abandoned", "merged", "open") and blocked and not history.knows_ends:
            yield missing("blocked_changes", _UNTOLD, name)
        else:
            yield count("blocked_changes", fates[name], name)


def _waiting(history: History, ai: Sequence[Change]) -> Figure:
    held = [one for one in ai if one.last.decision == "hold"]
    if held and not history.knows_ends:
        return missing("waiting_changes", _UNTOLD)
    return count("waiting_changes", sum(1 for one in held if not one.end))


def _approvals(ai: Sequence[Change]) -> Iterator[Figure]:
    asked = [
        len(one.last.body.votes.counted)
        for one in ai
        if one.last.body.votes.required and one.last.decision in ("pass", "warn")
    ]
    why = "no AI change that asked for approval may go in"
    yield share("approvals_per_change", sum(asked), len(asked), why)
    took = [seconds for one in ai if (seconds := completed(one)) is not None]
    why = "no hold was completed by a vote"
    yield spread("approval_latency_seconds", took, why)
    quick = sum(1 for seconds in took if seconds < RUBBER_STAMP_SECONDS)
    yield share("rubber_stamp_ratio", quick, len(took), why)


def _overrides(history: History, ai: Sequence[Change]) -> Iterator[Figure]:
    stopped = [one for one in ai if one.worst != "pass" or _how(one)]
    how = Counter(_how(one) for one in stopped)
    yield count("overridden_changes", how["waiver"], "waiver")
    yield count("overridden_changes", how["break_glass"], "break_glass")
    if stopped and not history.knows_ends:
        yield missing("overridden_changes", _UNTOLD, "merged")
        yield missing("override_ratio", _UNTOLD)
        return
    yield count("overridden_changes", how["merged"], "merged")
    part = sum(number for name, number in how.items() if name)
    yield share("override_ratio", part, len(stopped), "nothing was stopped")


def _how(change: Change) -> str:
    """How a change went on against the gate; empty: it did not."""
    merged = change.outcome("merged")
    if merged is not None and change.end == "merged":
        at = read_time(merged.at)
        before = [one for one in change.judged if at is None or one.at <= at] or change.judged
        if before[-1].decision in ("hold", "block", "error"):
            return "merged"
    if any(_is_overridden(one) for one in change.judged):
        return "break_glass"
    return "waiver" if change.last.waivers - {"break-glass"} else ""


def _false_blocks(history: History, changes: Sequence[Change]) -> Figure:
    blocked = [one for one in changes if one.worst == "block"]
    if blocked and not history.knows_outcomes:
        return missing("false_block_ratio", _UNTOLD)
    wrong = sum(1 for one in blocked if one.outcome("false_block"))
    return share("false_block_ratio", wrong, len(blocked), "no change was blocked")


def _merged(history: History, ai: Sequence[Change]) -> Iterator[Figure]:
    merged = [one for one in ai if one.outcome("merged")]
    why = "no AI change was merged" if history.knows_ends else _UNTOLD
    for lane, worst in _LANES.items():
        took = _lead_times(one for one in merged if one.worst == worst)
        none = "no such AI change was merged" if history.knows_ends else why
        yield spread("lead_time_seconds", took, none, lane)
    reverted = sum(1 for one in merged if one.outcome("reverted"))
    yield share("change_failure_ratio", reverted, len(merged), why)


def _lead_times(merged: Iterable[Change]) -> Iterator[float]:
    for one in merged:
        end = one.outcome("merged")
        at: datetime | None = read_time(end.at) if end else None
        if at is not None and at >= one.judged[0].at:
            yield (at - one.judged[0].at).total_seconds()


def _holds(change: Change) -> bool:
    return any(one.decision == "hold" for one in change.judged)


def _is_overridden(judged: Judged) -> bool:
    glass = judged.body.votes.break_glass
    return glass is not None and glass.in_force


def _head(judged: Judged) -> str:
    return judged.body.pull.head if judged.body.pull else ""
