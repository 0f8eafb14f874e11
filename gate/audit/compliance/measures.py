"""Count how often each safeguard operated in a period, with its exceptions and gaps.

Each count is a query over the ledger. What nothing in the ledger can show is not counted, and a
control that stands on it alone is not claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gate.audit.reading import Told
from gate.schema.bodies import DecisionBody
from gate.schema.events import (
    AlertBody,
    IncidentBody,
    KillBody,
    OutcomeBody,
    ReconciliationBody,
)
from gate.trust.history import AgentEntry


class Count(NamedTuple):
    """How often a safeguard operated."""

    operated: int
    """Times it did what it is there for."""
    exceptions: int = 0
    """Times it was overridden by somebody who may, or asked and was refused in the open."""
    gaps: int = 0
    """Times it did not do it, or nobody can tell."""

    def __add__(self, other: object) -> Count:
        """Both together."""
        if not isinstance(other, Count):
            return NotImplemented
        return Count(*(mine + its for mine, its in zip(self, other, strict=True)))


class Period:
    """The entries of a period, by kind."""

    def __init__(self, told: Sequence[Told]) -> None:
        self.entries = tuple(told)
        self.decisions = [one.body(DecisionBody) for one in self._of("decision")]
        self.ai = [body for body in self.decisions if body.is_ai]
        self.outcomes = [one.body(OutcomeBody) for one in self._of("outcome")]
        self.agents = [one.body(AgentEntry) for one in self._of("agent")]
        self.kills = [one.body(KillBody) for one in self._of("kill")]
        self.alerts = [(one.entry.id, one.body(AlertBody)) for one in self._of("alert")]
        self.incidents = [one.body(IncidentBody) for one in self._of("incident")]
        self.walks = [one.body(ReconciliationBody) for one in self._of("reconciliation")]
        self.follow_ups = self._of("follow_up")
        self.checkpoints = self._of("checkpoint")
        self.erasures = self._of("erasure")

    def _of(self, kind: str) -> list[Told]:
        return [one for one in self.entries if one.entry.kind == kind]

    def found(self, *rules: str) -> list[DecisionBody]:
        """Decisions with a live finding of one of the rules."""
        return [
            body
            for body in self.ai
            if any(item.rule in rules and item.waived_by is None for item in body.findings)
        ]

    def merged(self) -> dict[tuple[str, int], DecisionBody]:
        """The last decision on each merged change in which an agent took part."""
        gone = {
            (body.pull.repo.lower(), body.pull.number)
            for body in self.outcomes
            if body.outcome == "merged"
        }
        last = {(body.pull.repo.lower(), body.pull.number): body for body in self.ai if body.pull}
        return {key: body for key, body in last.items() if key in gone}


def _decisions(period: Period) -> Count:
    unclear = sum(body.decision == "error" for body in period.ai)
    observed = sum(body.observe for body in period.ai)
    return Count(len(period.ai) - unclear - observed, observed, unclear)


def _approvals(period: Period) -> Count:
    asked = [body for body in period.merged().values() if body.votes.required]
    broken = [body for body in asked if _is_broken(body)]
    short = [body for body in asked if body.votes.missing and body not in broken]
    return Count(len(asked) - len(broken) - len(short), len(broken), len(short))


def _emergencies(period: Period) -> Count:
    broken = sum(_is_broken(body) for body in period.ai)
    followed = len(period.follow_ups)
    return Count(min(broken, followed), 0, max(broken - followed, 0))


def _separation(period: Period) -> Count:
    """Approvals by whoever had a hand in the change are refused, and the refusal is on record."""
    refused = sum(
        vote.code in _CONFLICTS for body in period.decisions for vote in body.votes.ignored
    )
    return Count(sum(len(body.votes.counted) for body in period.decisions), refused)


def _reconciliation(period: Period) -> Count:
    walked = sum(body.commits for body in period.walks)
    uncovered = sum(len(body.uncovered) for body in period.walks)
    return Count(walked - uncovered, 0, uncovered)


def _registry(period: Period) -> Count:
    registered = sum(bool(body.registered) for body in period.ai)
    return Count(registered, 0, len(period.ai) - registered)


def _least_privilege(period: Period) -> Count:
    outside = period.found("agents.outside_grants", "agents.outside_sandbox")
    known = sum(bool(body.registered) for body in period.ai)
    let_in = {id(body) for body in period.merged().values()} & {id(body) for body in outside}
    return Count(known - len(outside), len(outside) - len(let_in), len(let_in))


def _promotions(period: Period) -> Count:
    done = [body for body in period.agents if body.event == "promoted"]
    proven = sum(bool(body.report) for body in done)
    return Count(proven, 0, len(done) - proven)


def _access_reviews(period: Period) -> Count:
    late = {body.registered for body in period.found("agents.review_overdue")}
    return Count(_events(period, "reviewed"), 0, len(late))


def _rotations(period: Period) -> Count:
    late = {body.registered for body in period.found("agents.rotation_overdue")}
    return Count(_events(period, "rotated"), 0, len(late))


def _secrets(period: Period) -> Count:
    return _prevented(period, "secrets.added")


def _pipeline(period: Period) -> Count:
    return _prevented(
        period,
        "workflow.unpinned_action",
        "workflow.dangerous_trigger",
        "workflow.script_injection",
        "workflow.permissions_raised",
    )


def _environments(period: Period) -> Count:
    return _prevented(period, "agents.mixed_environments")


def _anomalies(period: Period) -> Count:
    flagged = sum(bool(body.anomalies) for body in period.ai)
    raised = sum(body.source == "anomaly" for _, body in period.alerts)
    return Count(flagged, 0, 0 if raised or not flagged else flagged)


def _alerts(period: Period) -> Count:
    in_one = {name for body in period.incidents for name in body.alerts}
    keys = {body.key for body in period.incidents if body.event == "opened"}
    lost = sum(name not in in_one and body.key not in keys for name, body in period.alerts)
    return Count(len(period.alerts) - lost, 0, lost)


def _incidents(period: Period) -> Count:
    opened = {body.incident for body in period.incidents if body.event == "opened"}
    taken = {body.incident for body in period.incidents if body.event in _TAKEN}
    return Count(len(opened & taken), 0, len(opened - taken))


def _kills(period: Period) -> Count:
    through = sum(body.kill == "killed" and body.decision in _THROUGH for body in period.ai)
    return Count(sum(body.event == "killed" for body in period.kills), 0, through)


def _logging(period: Period) -> Count:
    if period.entries and not period.checkpoints:
        return Count(len(period.entries), 0, 1)
    return Count(len(period.entries))


def _erasures(period: Period) -> Count:
    return Count(len(period.erasures))


MEASURES: dict[str, tuple[Callable[[Period], Count], str]] = {
    "decisions": (_decisions, "changes by agents judged; exceptions observed only; gaps error"),
    "approvals": (_approvals, "merged changes approved as asked; exceptions break-glass"),
    "emergencies": (_emergencies, "break-glass overrides with a review to follow"),
    "separation": (_separation, "approvals by others counted; exceptions refused in the open"),
    "reconciliation": (_reconciliation, "commits on the protected branch with a decision"),
    "registry": (_registry, "changes by registered agents; gaps by unregistered ones"),
    "least_privilege": (_least_privilege, "changes within the grants; exceptions stopped"),
    "promotions": (_promotions, "agents promoted by a report"),
    "access_reviews": (_access_reviews, "access reviews; gaps agents overdue"),
    "rotations": (_rotations, "rotations of credentials; gaps agents overdue"),
    "secrets": (_secrets, "changes looked through for secrets; exceptions stopped"),
    "pipeline": (_pipeline, "changes looked through for weak workflows; exceptions stopped"),
    "separation_of_environments": (_environments, "changes in one environment"),
    "anomalies": (_anomalies, "unusual changes flagged; gaps without an alert"),
    "alerts": (_alerts, "alerts that an incident took up"),
    "incidents": (_incidents, "incidents acknowledged or closed; gaps nobody took"),
    "kills": (_kills, "kills; gaps changes let through in spite of one"),
    "logging": (_logging, "entries in verified streams; gap no signed checkpoint"),
    "erasures": (_erasures, "erasures with proofs kept"),
}
"""Measure -> how it is counted, and what that means."""

_CONFLICTS = frozenset(
    {"author", "committer", "co_author", "requester", "agent_owner", "last_pusher", "agent", "bot"}
)
_TAKEN = ("acknowledged", "closed")
_THROUGH = ("pass", "warn")


def _is_broken(body: DecisionBody) -> bool:
    return body.votes.break_glass is not None and body.votes.break_glass.in_force


def _events(period: Period, name: str) -> int:
    return sum(body.event == name for body in period.agents)


def _prevented(period: Period, *rules: str) -> Count:
    """Changes looked at; those with a finding were stopped, unless they went in all the same."""
    found = {id(body) for body in period.found(*rules)}
    through = found & {id(body) for body in period.merged().values() if body.decision in _THROUGH}
    judged = [body for body in period.ai if body.decision != "error"]
    return Count(len(judged) - len(found), len(found) - len(through), len(through))
