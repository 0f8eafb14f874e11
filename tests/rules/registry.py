"""The registry of a rule fixture: records laid upon a whole one, a mapping, events of a ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gate.decode.sections import Decoded
from gate.decode.touches import touches
from gate.schema.agents import AgentRecord
from gate.schema.entry import Entry
from gate.schema.facts import PullFacts
from gate.schema.gate_input import AgentFacts, ChangeInput, Touch
from gate.schema.provenance import Provenance
from gate.schema.site import Environment
from gate.trust.history import fold
from gate.trust.registry import load_registry
from gate.trust.standing import agent_facts, match

RECORD: dict[str, Any] = {
    "version": 1,
    "id": "tf-bot",
    "kind": "coder",
    "owner": {"human": "olga", "backup": "boris"},
    "purpose": "Keeps the Terraform of staging up to date",
    "systems": ["aws-staging"],
    "data_classes": ["none"],
    "justification": "Saves the platform team two days of updates a month",
    "identities": {"logins": ["tf-bot[bot]"]},
    "grants": [{"surfaces": ["*"], "actions": ["*"], "why": "it keeps everything up to date"}],
    "risk_tier": "medium",
    "state": "active",
    "promotion": {"report": "ab" * 32, "at": "2025-12-01", "by": "olga"},
    "review_due": "2026-03-01",
}
"""Upon which the records of a case are laid, key by key."""


def read_records(body: Mapping[str, Any]) -> tuple[AgentRecord, ...] | None:
    """The records of a case; `None` where it has no `agents`."""
    if "agents" not in body:
        return None
    records = [{**RECORD, **over} for over in body["agents"]]
    files = {"agents/.gitkeep": b""}
    files.update({f"agents/{one['id']}.yml": msgspec.json.encode(one) for one in records})
    return load_registry(files, {}, tuple(body.get("environments") or ()))


def ask_registry(
    body: Mapping[str, Any],
    records: tuple[AgentRecord, ...] | None,
    facts: PullFacts,
    provenance: Provenance,
    changes: Sequence[ChangeInput],
    decoded: Decoded,
    now: str,
) -> tuple[AgentFacts | None, tuple[Touch, ...]]:
    """What the registry says of a case, and what the case touches."""
    mapping = msgspec.convert(body.get("environments") or {}, dict[str, Environment])
    touched = touches(changes, decoded.terraform, decoded.hcl, mapping)
    history = fold(
        Entry(seq=seq, prev="", at=now, kind="agent", body={**_EVENT, **event})
        for seq, event in enumerate(body.get("ledger") or ())
    )
    found = match(provenance, facts, records)
    return agent_facts(found, provenance, facts, touched, history, now[:10]), touched


_EVENT = {"agent": "tf-bot", "by": "olga", "reason": "as the case says"}
