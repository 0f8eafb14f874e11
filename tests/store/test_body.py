"""The body of an entry says what its kind says, or the entry is named."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gate.audit.outcomes.record import record_outcome
from gate.audit.schedule.run import last_runs
from gate.errors import RecordError
from gate.record.earlier import earlier_of
from gate.schema.bodies import PullName
from gate.schema.events import KillBody, OutcomeBody
from gate.schema.gate_input import Completeness
from gate.schema.provenance import Provenance
from gate.schema.report import EngineInfo, Report
from gate.schema.usage import Anomaly, Usage
from gate.store.body import read_body
from gate.store.ledger import link
from gate.store.streams import SCHEDULE, Streams

AT = "2026-11-24T10:00:00Z"
PULL = PullName(repo="acme/infra", number=7)


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


def test_body_is_read_as_its_kind() -> None:
    body = KillBody(event="ready", by="bob", reason="set up")
    assert read_body(link(None, "kill", AT, msgspec.to_builtins(body)), KillBody) == body


@pytest.mark.parametrize("body", [{}, {"event": 1}, {"event": "stopped", "by": "b", "reason": ""}])
def test_body_of_another_form_names_the_entry(body: dict[str, object]) -> None:
    with pytest.raises(RecordError, match=r"stream main, entry 0 \(kill\)"):
        read_body(link(None, "kill", AT, body), KillBody)


def test_decision_of_another_form_does_not_crash_the_alerts_of_a_run(streams: Streams) -> None:
    streams.ledger("main").append("decision", AT, {"decision": "perhaps"})
    unusual = Anomaly(
        signal="volume", agent="a", value=9, expected=1, baseline="rolling", text="9 on one day"
    )
    report = Report(
        decision="hold",
        reasons=(),
        provenance=Provenance(authorship="agent"),
        completeness=Completeness(ok=True),
        engine=EngineInfo(name="none", version=""),
        usage=Usage(anomalies=(unusual,)),
        at=AT,
    )
    with pytest.raises(RecordError, match="entry 0"):
        earlier_of(streams, report)


def test_outcome_and_task_of_another_form_are_named(streams: Streams) -> None:
    streams.ledger("main").append("outcome", AT, {"pull": 7})
    with pytest.raises(RecordError, match=r"entry 0 \(outcome\)"):
        record_outcome(streams, OutcomeBody(pull=PULL, outcome="merged", at=AT), AT)
    streams.ledger(SCHEDULE).append("scheduled", AT, {"task": 7})
    with pytest.raises(RecordError, match=r"stream org/schedule, entry 0 \(scheduled\)"):
        last_runs(streams)
