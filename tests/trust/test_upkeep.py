"""A clock decides: observation on day 29, 30, 31; rotation by tier; review before and after."""

from __future__ import annotations

import pytest
from trust.samples import record

from gate.trust.history import Standing
from gate.trust.upkeep import may_be_promoted, observation_day, overdue, review_of, rotations_of


def credential(tier: str, ephemeral: bool = False, day: str = "2026-01-01") -> dict[str, object]:
    """A credential that was rotated on a day."""
    return {"ref": f"vault:{tier}", "tier": tier, "rotated_at": day, "ephemeral": ephemeral}


@pytest.mark.parametrize(
    ("tier", "today", "is_overdue"),
    [
        ("high", "2026-01-31", False),
        ("high", "2026-02-01", True),
        ("medium", "2026-04-01", False),
        ("medium", "2026-04-02", True),
        ("low", "2026-06-30", False),
        ("low", "2026-07-01", True),
    ],
)
def test_rotation_falls_due_by_tier(tier: str, today: str, is_overdue: bool) -> None:
    one = record(credentials=[credential(tier)], review_due="2030-01-01")
    assert [item.what for item in overdue(one, {}, today)] == (
        [f"vault:{tier}"] if is_overdue else []
    )


def test_ephemeral_credential_never_falls_due() -> None:
    one = record(credentials=[credential("high", ephemeral=True)], review_due="2030-01-01")
    assert overdue(one, {}, "2029-01-01") == ()


def test_rotation_dated_later_than_today_has_not_happened() -> None:
    one = record(credentials=[credential("low", day="2099-01-01")], review_due="2030-01-01")
    assert [item.what for item in overdue(one, {}, "2026-01-01")] == ["vault:low"]


@pytest.mark.parametrize(
    ("today", "days"), [("2027-01-30", []), ("2027-01-31", []), ("2027-02-01", [1]),
                        ("2027-05-02", [91])],
)  # fmt: skip
def test_s1_46_review_falls_due(today: str, days: list[int]) -> None:
    assert [item.days for item in overdue(record(), {}, today)] == days


def test_ledger_says_when_the_next_review_is() -> None:
    history = {"tf-bot": Standing(review_due="2026-12-01")}
    review = review_of(record(), history, "2026-12-02")
    assert review is not None
    assert (review.days, review.source) == (-1, "ledger")


def test_ledger_says_when_a_credential_was_rotated() -> None:
    one = record(credentials=[credential("high")])
    history = {"tf-bot": Standing(rotated={"vault:high": "2026-11-01"})}
    (due,) = rotations_of(one, history, "2026-11-24")
    assert (due.due, due.days, due.source) == ("2026-12-01", 7, "ledger")


def test_decommissioned_agent_has_no_review() -> None:
    assert review_of(record(state="decommissioned"), {}, "2030-01-01") is None


@pytest.mark.parametrize(
    ("today", "day", "enough"),
    [
        ("2026-09-30", -1, False),
        ("2026-10-01", 0, False),
        ("2026-10-30", 29, False),
        ("2026-10-31", 30, True),
        ("2026-11-01", 31, True),
    ],
)
def test_observation_takes_30_days(today: str, day: int, enough: bool) -> None:
    one = record(state="observing", observing_since="2026-10-01")
    assert observation_day(one, today) == day
    assert may_be_promoted(one, today) is enough
