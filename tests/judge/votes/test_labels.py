"""Labels: who set them, when, and what only looks like one."""

from __future__ import annotations

import pytest
from judge.scene import at, event, facts, labeled, who, with_label

from gate.judge.approvals import Franchise, count_labels, label_gaps, label_notes

NOBODY = Franchise()


def test_hundred_and_one_labels_are_unknown() -> None:
    names = [f"l{number:03}" for number in range(101)]
    found = count_labels(
        facts(
            pull={"labels": [{"name": name} for name in names]},
            events=[labeled("bob", name=name) for name in names],
        ),
        NOBODY,
    )
    assert {label.code for label in found} == {"label_unknown"}
    assert len(label_gaps(found)) == 101


def test_label_whose_setter_may_do_nobody_knows_what_is_a_gap() -> None:
    found = count_labels(with_label(labeled(who("newcomer", 70))), NOBODY)
    assert [label.code for label in found] == ["permission_unknown"]
    assert "iam-approved" in label_gaps(found)[0].reason
    assert not label_gaps(count_labels(with_label(labeled("mona")), NOBODY))


@pytest.mark.parametrize(
    "name",
    [
        "iam\u2011approved",
        "\u0456\u0430m-\u0430pproved",
        "iam-approved\u200b",
        "\ufeffiam-approved",
        "iam-approved\ufe0f",
        "\uff49\uff41\uff4d-approved",
        " iam-approved",
        "iam-approved\u00a0",
    ],
)
def test_near_miss_is_named(name: str) -> None:
    facts_ = with_label(labeled("bob", name=name), name=name)
    notes = label_notes(count_labels(facts_, NOBODY))
    assert notes[-1].endswith("is not iam-approved, though it looks it")
    assert notes[-1].isprintable()


@pytest.mark.parametrize("name", ["IAM-Approved", "Iam\u2010approved"])
def test_near_miss_of_a_wanted_label_is_named_whatever_its_case(name: str) -> None:
    labels = count_labels(with_label(labeled("bob", name=name), name=name), NOBODY)
    assert "is not iam-approved" in label_notes(labels, ["iam-approved"])[-1]
    assert not label_notes(labels, [name])


@pytest.mark.parametrize(
    "name", ["iam-approved", "\u00fcberpr\u00fcft", "\U0001f525 urgent", "\u6f14"]
)
def test_ordinary_label_is_no_near_miss(name: str) -> None:
    assert not label_notes(count_labels(with_label(labeled("bob", name=name), name=name), NOBODY))


def test_label_event_without_a_time_wins_nothing() -> None:
    gone = {**event("unlabeled", label={"name": "iam-approved"}), "created_at": None}
    (found,) = count_labels(with_label(labeled("bob"), gone), NOBODY)
    assert found.code == "label_removed"


def test_label_says_how_its_time_was_judged() -> None:
    (found,) = count_labels(with_label(labeled("bob")), NOBODY)
    assert (found.counts, found.reason) == (True, "arrival of the head judged by commit dates")
    (found,) = count_labels(with_label(labeled("bob"), head_arrived_at=at("08:30")), NOBODY)
    assert (found.counts, found.reason) == (True, "")
