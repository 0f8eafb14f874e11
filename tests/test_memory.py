"""What the ledger is asked about one pull request: under which names, and whose limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from trust.samples import facts, provenance, record

from gate.memory import question_of
from gate.parties import find_parties
from gate.schema.agents import AgentRecord
from gate.schema.bodies import Measures
from gate.schema.collected import Collected
from gate.schema.provenance import Provenance
from gate.schema.question import Question
from gate.schema.site import Site
from gate.store.streams import Streams

NOW = "2026-11-24T10:00:00Z"
TF_BOT = record(id="tf-bot", identities={"logins": ["tf-bot[bot]"]})
HELPER = record(
    id="helper", identities={"trailers": ["Assisted-by: helper"]}, state="observing", promotion=None
)
TWIN = record(id="twin", identities={"logins": ["tf-bot[bot]"]})
SEEN = provenance("agent", "tf", ("account", "tf", "strong"), ("trailer", "aide", "medium"))


def question(
    tmp_path: Path, records: tuple[AgentRecord, ...] | None, seen: Provenance, message: str = "x"
) -> Question:
    collected = Collected(
        origin="github", facts=facts(opener="tf-bot[bot]", message=message), diff=b""
    )
    site = Site(present=True, agents=records)
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    if records is not None:
        streams.registry().append("note", NOW, {})
    parties = find_parties(collected, seen, site, (), streams, NOW)
    return question_of(collected, parties, Measures(), (), NOW)


def test_traces_of_a_stricter_agent_do_not_move_a_change_to_its_name(tmp_path: Path) -> None:
    asked = question(tmp_path, (TF_BOT, HELPER), SEEN, "x\n\nAssisted-by: helper")
    assert (asked.agent, asked.registered) == ("tf-bot", "tf-bot")
    assert asked.names == ("aide", "helper", "tf", "tf-bot")


@pytest.mark.parametrize(
    ("records", "names"),
    [((TF_BOT, TWIN), ("aide", "tf", "tf-bot", "twin")), (None, ("aide", "tf"))],
)
def test_every_agent_that_may_be_meant_is_named(
    tmp_path: Path, records: tuple[AgentRecord, ...] | None, names: tuple[str, ...]
) -> None:
    asked = question(tmp_path, records, SEEN)
    assert (asked.agent, asked.registered) == ("tf", "")
    assert asked.names == names


def test_person_has_no_name_of_an_agent(tmp_path: Path) -> None:
    asked = question(tmp_path, None, provenance("human"))
    assert (asked.agent, asked.names) == ("", ())
