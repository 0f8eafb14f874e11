"""What the ledger is asked about one pull request: under which names, and whose limits."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from enquire.ledger import ask, limit
from trust.samples import facts, provenance, record

from gate.memory import Memory, question_of
from gate.parties import find_parties
from gate.schema.agents import AgentRecord
from gate.schema.bodies import Measures
from gate.schema.collected import Collected
from gate.schema.provenance import Provenance
from gate.schema.question import Question
from gate.schema.site import Site, SiteConfig
from gate.store.streams import LIMITS, Streams

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


def test_talk_on_a_closed_pull_request_uses_up_nobodys_limit(tmp_path: Path) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    site = Site(present=True, config=SiteConfig(limits=(limit("pulls", 1),)))
    closed = msgspec.structs.replace(ask(1), ended=True)
    (use,) = Memory(streams, NOW, reserve=True).ask(site, closed).limits
    assert (use.used, use.wanted) == (0, 1)
    assert list(streams.store.read(LIMITS)) == []
    assert Memory(streams, NOW, reserve=True).ask(site, ask(2)).reserved


@pytest.mark.parametrize(("state", "ended"), [("open", False), ("closed", True)])
def test_state_of_the_pull_request_says_whether_it_ended(
    tmp_path: Path, state: str, ended: bool
) -> None:
    known = facts(opener="tf-bot[bot]")
    known = msgspec.structs.replace(known, pull=msgspec.structs.replace(known.pull, state=state))
    collected = Collected(origin="github", facts=known, diff=b"")
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    parties = find_parties(collected, SEEN, Site(present=True), (), streams, NOW)
    assert question_of(collected, parties, Measures(), (), NOW).ended is ended
