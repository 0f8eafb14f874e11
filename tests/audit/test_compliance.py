"""A control is claimed as far as the ledger carries it, counted by hand here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gate.audit.compliance.claim import Claim, Statement, state
from gate.audit.compliance.framework import FRAMEWORKS, read_framework
from gate.audit.compliance.measures import MEASURES, Count, Period
from gate.audit.reading import read_all
from gate.cli import main
from gate.evaluate.catalogue import bundled_rules
from gate.schema.bodies import DecisionBody, FindingTold, PullName
from gate.schema.events import (
    AlertBody,
    IncidentBody,
    KillBody,
    OutcomeBody,
    ReconciliationBody,
)
from gate.schema.votes import BreakGlass, CountedVote, IgnoredVote, Requirement, Votes
from gate.store.streams import INCIDENTS, KILL, Streams

DAY = "2026-11-10T10:00:00Z"
RULES = [rule.id for rule in bundled_rules()]


def pull(number: int) -> PullName:
    return PullName(origin="github", repo="acme/infra", number=number, head="a" * 40, base="b" * 40)


def decision(number: int, name: Any = "pass", **more: Any) -> DecisionBody:
    facts: dict[str, Any] = {"authorship": "agent", "registered": "tf-bot", "pull": pull(number)}
    return DecisionBody(decision=name, **{**facts, **more})


def finding(rule: str) -> tuple[FindingTold, ...]:
    return (FindingTold(id="f", rule=rule, enforcement="block"),)


APPROVED = Votes(
    required=(Requirement(surface="iam", min=1, have=1),),
    counted=(CountedVote(login="bob", via="review", at=DAY, sha="a" * 40),),
    ignored=(IgnoredVote(login="alice", via="review", reason="wrote it", code="author"),),
)
BROKEN = Votes(
    required=(Requirement(surface="iam", min=1),),
    break_glass=BreakGlass(
        by=("bob", "carol"), reason="outage", at=DAY, in_force=True, review_by=DAY
    ),
)


def outcome(number: int) -> OutcomeBody:
    return OutcomeBody(pull=pull(number), outcome="merged", at=DAY, merge="c" * 40)


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    """A history whose counts stand in the tests below.

    #1 passes and is merged, approved by one, one refused as the author; #2 is blocked for a secret;
    #3 goes in by break-glass, with its review to follow; #4 could not be judged; #5 is by an agent
    that nobody registered; #6 is a person's.
    """
    made = Streams(str(tmp_path / "ledger.jsonl"))

    def write(stream: str, kind: str, *bodies: Any) -> None:
        for body in bodies:
            made.ledger(stream).append(kind, DAY, msgspec.to_builtins(body))

    write(
        "main",
        "decision",
        decision(1, votes=APPROVED),
        decision(2, "block", findings=finding("secrets.added")),
        decision(3, "warn", votes=BROKEN),
        decision(4, "error"),
        decision(5, registered=None),
        decision(6, authorship="human"),
    )
    write("main", "follow_up", {"decision": "x"})
    write("main", "outcome", outcome(1), outcome(3))
    walk = ReconciliationBody(
        repo="acme/infra", branch="main", since="", until="d" * 40, commits=5, uncovered=({},)
    )
    write("main", "reconciliation", walk)
    write(KILL, "kill", KillBody(event="killed", scope="org", by="bob", reason="stop"))
    alert = AlertBody(source="manual", key="k", severity="low", first_at=DAY, text="look")
    write(INCIDENTS, "alert", alert)
    opened = IncidentBody(incident="I", event="opened", key="k")
    write(INCIDENTS, "incident", opened, IncidentBody(incident="I", event="closed", by="bob"))
    return made


@pytest.mark.parametrize(
    ("measure", "count"),
    [
        ("decisions", Count(4, 0, 1)),
        ("approvals", Count(1, 1, 0)),
        ("emergencies", Count(1, 0, 0)),
        ("separation", Count(1, 1, 0)),
        ("reconciliation", Count(4, 0, 1)),
        ("registry", Count(4, 0, 1)),
        ("secrets", Count(3, 1, 0)),
        ("alerts", Count(1, 0, 0)),
        ("incidents", Count(1, 0, 0)),
        ("kills", Count(1, 0, 0)),
        ("logging", Count(14, 0, 1)),
        ("erasures", Count(0, 0, 0)),
    ],
)
def test_measure_equals_what_was_counted_by_hand(
    measure: str, count: Count, streams: Streams
) -> None:
    assert MEASURES[measure][0](Period(read_all(streams.store))) == count


def claims(streams: Streams, framework: str, rules: list[str] = RULES) -> dict[str, Claim]:
    told = read_all(streams.store)
    stated = state(read_framework(framework), told, rules, review="unreviewed")
    return {claim.control: claim for claim in stated.claims}


def test_control_adds_up_its_measures(streams: Streams) -> None:
    claim = claims(streams, "soc2")["CC8.1"]
    assert claim.text == "operated 10 times, 1 exception, 2 gaps"


def test_control_whose_rule_was_deleted_is_uncovered(streams: Streams) -> None:
    left = [rule for rule in RULES if rule != "scope.gate_changed"]
    claim = claims(streams, "soc2", left)["CC8.1"]
    assert claim.claimed == "uncovered"
    assert "scope.gate_changed" in claim.text


def test_what_nothing_measures_is_not_claimed(streams: Streams) -> None:
    claim = claims(streams, "gdpr")["Art. 28"]
    assert claim.claimed == "not claimed"
    assert "processors" in claim.text


def test_what_did_not_happen_is_not_claimed(streams: Streams) -> None:
    assert claims(streams, "gdpr")["Art. 17"].claimed == "not claimed"


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_framework_names_rules_that_exist_and_says_it_is_unreviewed(name: str) -> None:
    framework = read_framework(name)
    assert framework.reviewed == ""
    assert framework.edition
    assert framework.source
    assert framework.written
    assert {rule for one in framework.controls for rule in one.rules} <= set(RULES)
    assert len({one.id for one in framework.controls}) == len(framework.controls)


def test_command_counts_reviews_and_refuses_what_is_no_day(
    streams: Streams, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--ledger", streams.spec, "--now", "2026-11-24"]
    assert main(["compliance", "soc2", *words]) == 0
    assert "unreviewed" in capsys.readouterr().out
    assert main(["compliance", "soc2", *words, "--reviewed-by", "dana"]) == 0
    capsys.readouterr()
    assert main(["compliance", "soc2", *words, "--format", "json"]) == 0
    (stated,) = json.loads(capsys.readouterr().out, object_hook=dict)
    assert msgspec.convert(stated, Statement).review == "reviewed by dana on 2026-11-24"
    late = ["--ledger", streams.spec, "--now", "2027-11-24"]
    assert main(["compliance", "soc2", *late, "--format", "markdown"]) == 0
    assert "due again" in capsys.readouterr().out
    assert main(["compliance", "soc2", "--from", "yesterday", *words]) == 2
    assert main(["compliance", "--reviewed-by", "dana", *words]) == 2
    assert main(["compliance", "--ledger", str(tmp_path / "none.jsonl")]) == 2


def test_period_leaves_out_what_lies_outside(
    streams: Streams, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compliance", "soc2", "--ledger", streams.spec, "--format", "json"]
    assert main([*words, "--from", "2026-11-11"]) == 0
    (stated,) = json.loads(capsys.readouterr().out)
    assert {claim["claimed"] for claim in stated["claims"]} == {"not claimed"}
