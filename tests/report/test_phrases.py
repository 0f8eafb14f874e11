"""The sentences of a report."""

from __future__ import annotations

import msgspec
import pytest
from report.samples import IAM, PULL, ROLE, SAMPLES, report

from gate.report import phrases
from gate.schema.finding import Location
from gate.schema.provenance import Provenance
from gate.schema.report import EngineInfo
from gate.schema.votes import Requirement, Votes


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pass", "nothing to object to"),
        ("warn", "1 warning"),
        ("hold", "1 more person must approve (1 needs approval)"),
        (
            "block",
            "5 blocking, 8 need approval, 2 warnings, 1 observed, 1 waived; "
            "2 more people must approve",
        ),
        ("usage", "could not judge: no such folder: x. Give a folder or BASE...HEAD."),
    ],
)
def test_headline_says_what_matters(name: str, text: str) -> None:
    assert phrases.headline(SAMPLES[name]) == text


def test_headline_of_a_pass_counts_what_was_approved() -> None:
    passed = report(findings=(IAM,), votes=Votes(required=(Requirement(surface="iam", min=1),)))
    assert phrases.headline(passed) == "nothing to object to (1 approved)"
    assert phrases.name_enforcement(IAM, passed) == "approved"


def test_headline_of_an_objection_alone_names_it() -> None:
    held = SAMPLES["hold"]
    reason = msgspec.structs.replace(held.reasons[0], code="votes.objection", text="x objects")
    held = msgspec.structs.replace(held, reasons=(reason,), findings=())
    assert phrases.headline(held) == "x objects"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (None, "pull request"),
        (Location(path=""), "pull request"),
        (Location(path="a.tf"), "a.tf"),
        (Location(path="a.tf", line=3), "a.tf:3"),
        (Location(path="a.tf", line=3, side="LEFT"), "a.tf:3 (removed)"),
    ],
)
def test_place_is_one_that_editors_open(at: Location | None, text: str) -> None:
    assert phrases.place(msgspec.structs.replace(ROLE, at=at)) == text


def test_group_by_file_lists_a_blocking_rule_longer_and_says_what_it_left_out() -> None:
    many = tuple(
        msgspec.structs.replace(kind, at=Location(path=f"{number % 2}.tf", line=number))
        for kind in (ROLE, IAM)
        for number in range(30)
    )
    groups, left_out = phrases.group_by_file(many)
    assert [group[0].at.path for group in groups if group[0].at] == ["0.tf", "1.tf"]
    assert sum(map(len, groups)) == 25 + 5
    assert left_out == (
        "5 more of terraform.wildcard_iam (blocking)",
        "25 more of terraform.iam_changed (need approval)",
    )


def test_group_by_file_stays_readable_whatever_the_number_of_rules() -> None:
    many = tuple(msgspec.structs.replace(ROLE, rule=f"r{number}.x") for number in range(450))
    groups, left_out = phrases.group_by_file(many)
    assert sum(map(len, groups)) == phrases.MAX_TOTAL
    assert len(left_out) == phrases.MAX_LEFT_OUT + 1
    assert left_out[-1] == "30 more of 30 other rules"


@pytest.mark.parametrize(
    ("provenance", "text"),
    [
        (Provenance(authorship="human"), "a person; no trace of an AI agent"),
        (
            Provenance(authorship="human", signals=SAMPLES["pass"].provenance.signals[-1:]),
            "a person; weak signals alone make no agent",
        ),
        (
            Provenance(authorship="unknown"),
            "somebody unknown; nobody can tell whether an AI agent took part",
        ),
        (
            SAMPLES["hold"].provenance,
            "a person together with claude-code, model Claude Opus 4.8, asked for by alice, "
            "strong evidence",
        ),
    ],
)
def test_describe_author_names_model_and_requester(provenance: Provenance, text: str) -> None:
    assert phrases.describe_author(provenance) == text


def test_describe_votes_of_a_local_range_says_reviews_come_later() -> None:
    pull = msgspec.structs.replace(PULL, origin="git")
    lines = phrases.describe_votes(msgspec.structs.replace(SAMPLES["hold"], pull=pull))
    assert lines[-1].startswith("missing: 1 more person; reviews come later")


def test_describe_votes_names_objections_and_completeness() -> None:
    votes = Votes(required=(Requirement(surface="iam", min=1),), objections=("dora",))
    lines = phrases.describe_votes(report(votes=votes))
    assert lines[1:] == ("against: dora requested changes", "missing: nobody")


def test_describe_notes_tells_of_the_embedded_engine_and_of_observing() -> None:
    engine = EngineInfo(name="embedded", version="1.5.2")
    notes = phrases.describe_notes(report(engine=engine, observe=True))
    assert notes[0].startswith("the site only observes")
    assert notes[1].startswith("evaluated by the embedded engine")
    said = report(engine=engine, notes=("the embedded engine ran",))
    assert phrases.describe_notes(said) == ("the embedded engine ran",)


def test_name_pull_knows_local_changes() -> None:
    local = msgspec.structs.replace(PULL, repo="", number=0)
    assert phrases.name_pull(report(pull=local)) == "local change at aaaaaaaaaaaa"
    assert phrases.name_pull(report(pull=None)) == ""
