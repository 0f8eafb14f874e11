"""Entries of every kind, as the gate writes them."""

from __future__ import annotations

from typing import Any

import msgspec

from gate.audit.reading import Told
from gate.schema.bodies import DecisionBody, EntryName, FindingTold, Measures, PullName
from gate.schema.entry import Entry
from gate.schema.events import (
    AlertBody,
    BaselineBody,
    ErasureBody,
    HookBody,
    IncidentBody,
    KillBody,
    OutcomeBody,
    ReconciliationBody,
    ReserveBody,
    ScheduledBody,
    SettleBody,
)
from gate.schema.usage import Anomaly
from gate.schema.votes import CountedVote, Votes

AT = "2026-11-24T10:00:00Z"
PULL = PullName(origin="github", repo="acme/infra", number=7, head="ab" * 20, base="cd" * 20)
NAME = EntryName(stream="repo/acme/infra", seq=3, hash="12" * 32)
FINDING = FindingTold(
    id="f1",
    rule="terraform.wildcard_iam",
    enforcement="block",
    surface="iam",
    subject="aws_iam_policy.ci",
    path="iam.tf",
)
WAIVED = FindingTold(id="f2", rule="terraform.open_ingress", enforcement="block", waived_by="W-1")
ODD = Anomaly(
    signal="volume",
    agent="tf-bot",
    value=14,
    expected=2,
    probability=0.0001,
    baseline="frozen 2026-11-01, 30 days",
    text="14 pull requests today, 2 are usual",
)


def decision(name: str = "block", **over: Any) -> DecisionBody:
    """A decision on PULL."""
    fields: dict[str, Any] = {
        "decision": name,
        "pull": PULL,
        "authorship": "agent",
        "agent": "terraform-bot",
        "registered": "tf-bot",
        "model": "claude-opus-4",
        "policy_digest": "34" * 32,
        "findings": (FINDING, WAIVED),
        "reasons": ("blocked",),
        "anomalies": (ODD,),
        "kill": "clear",
        **over,
    }
    return DecisionBody(**fields)


VOTE = CountedVote(login="alice", via="review", at=AT, sha=PULL.head)
APPROVED = decision("pass", votes=Votes(counted=(VOTE,)), findings=())

BODIES: dict[str, tuple[Any, ...]] = {
    "decision": (
        *(decision(name) for name in ("pass", "warn", "hold", "block", "error")),
        decision("block", observe=True),
        decision("error", pull=None),
        APPROVED,
    ),
    "follow_up": (
        {"decision": "12" * 32, "by": ["alice", "bob"], "reason": "the site is down", "pull": {}},
    ),
    "outcome": tuple(
        OutcomeBody(pull=PULL, outcome=name, by="alice", at=AT, reason="a test fixture")
        for name in ("merged", "reverted", "false_block")
    ),
    "agent": tuple(
        {"agent": "tf-bot", "event": event, "by": "alice", "reason": "due"}
        for event in (
            "registered",
            "promoted",
            "suspended",
            "resumed",
            "decommissioned",
            "reviewed",
            "rotated",
        )
    ),
    "kill": (
        KillBody(event="ready", by="alice", reason="set up"),
        KillBody(event="killed", by="alice", reason="runs wild", alert="A1"),
        KillBody(event="killed", scope="repo", target="acme/infra", by="alice", reason="x"),
        KillBody(event="killed", scope="agent", target="tf-bot", by="alice", reason="x"),
        KillBody(event="lifted", scope="model", target="gpt@1", by="alice", reason="mended"),
    ),
    "hook": tuple(
        HookBody(of=NAME, name="page", result=result, code=0, text="paged")
        for result in ("ok", "failed")
    ),
    "reserve": (ReserveBody(pull=PULL, agent="tf-bot", measures=Measures(files=2), lease=AT),),
    "commit": (SettleBody(reservation="R1", decision="12" * 32),),
    "release": (SettleBody(reservation="R1", reason="blocked"),),
    "baseline": (BaselineBody(agent="tf-bot", by="alice", since="2026-10-01", until="2026-10-31"),),
    "alert": (
        AlertBody(
            source="anomaly",
            key="anomaly:tf-bot:volume",
            severity="high",
            agent="tf-bot",
            pull=PULL,
            about=(NAME,),
            first_at=AT,
            text=ODD.text,
            values={"value": 14.5},
        ),
        AlertBody(source="overdue", key="k", severity="low", first_at=AT, text="a review is due"),
    ),
    "incident": tuple(
        IncidentBody(incident="I1", event=event, by=by, reason="x", severity=severity)
        for event, by, severity in (
            ("opened", "", "critical"),
            ("acknowledged", "alice", ""),
            ("escalated", "", ""),
            ("told", "", ""),
            ("note", "alice", ""),
            ("closed", "alice", ""),
        )
    ),
    "checkpoint": ({"note": "gate\n3\nroot\n", "streams": {}},),
    "reconciliation": (
        ReconciliationBody(repo="acme/infra", branch="main", since="", until="ab", commits=3),
        ReconciliationBody(
            repo="acme/infra",
            branch="main",
            since="",
            until="ab",
            commits=3,
            uncovered=({"commit": "ab", "at": AT, "why": "no decision"},),
        ),
    ),
    "review": ({"of": "12" * 32, "by": "alice"},),
    "scheduled": (
        ScheduledBody(task="reviews", result="done"),
        ScheduledBody(task="outcomes", result="failed", text="no answer"),
    ),
    "erasure": (ErasureBody(digests=("ab" * 32,), entry=NAME, by="alice", reason="asked for"),),
    "recovery": ({"torn_bytes": 7, "torn_sha256": "ab" * 32},),
}
"""Kind -> bodies of it."""


def told(kind: str, body: Any, **over: Any) -> Told:
    """An entry with a body."""
    fields: dict[str, Any] = {
        "seq": 4,
        "prev": "56" * 32,
        "at": AT,
        "kind": kind,
        "id": "01J0000000000000000000000A",
        "body": msgspec.json.decode(msgspec.json.encode(body)),
        "hash": "78" * 32,
        **over,
    }
    return Told("repo/acme/infra", Entry(**fields))


EVERY = [told(kind, body) for kind, bodies in BODIES.items() for body in bodies]
"""An entry for each of them."""
