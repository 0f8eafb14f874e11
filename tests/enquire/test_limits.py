"""Limits: what a window counts, whose it is, and what a change adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from enquire.ledger import NOON, ask, history, limit, outcome, reserved

from gate.enquire.limits import weigh
from gate.errors import RecordError
from gate.schema.ledger import Draft
from gate.schema.question import Question
from gate.schema.site import Limit
from gate.store.taken import back

AN_HOUR_AGO = "2026-03-02T11:00:00Z"


def numbers(entries: Sequence[Draft], question: Question, one: Limit) -> tuple[int, int, bool]:
    """Used, wanted, exceeded of a limit that speaks of the change once."""
    (use,) = weigh(history(*entries), question, [one])
    return use.used, use.wanted, use.exceeded


@pytest.mark.parametrize(
    ("at", "used"),
    [
        ("2026-03-01T11:59:59Z", 0),
        ("2026-03-01T12:00:00Z", 0),  # open where the window begins
        ("2026-03-01T12:00:01Z", 1),
        ("2026-03-02T12:00:00Z", 1),  # closed where it ends
        ("2026-03-02T12:00:01Z", 1),  # of a clock that was wrong: as of now
        ("2099-01-01T00:00:00Z", 1),
        ("2026-03-02T11:59:59.9Z", 1),
        ("2026-03-01T13:00:01+01:00", 1),
    ],
)
def test_window_is_exact_to_the_second(at: str, used: int) -> None:
    assert numbers(reserved(ask(2), at), ask(1), limit("pulls", 1))[0] == used


@pytest.mark.parametrize(
    ("end", "lease", "counts"),
    [
        ("commit", "2026-03-02T11:15:00Z", True),
        ("", "2026-03-02T12:00:01Z", True),
        ("", "2026-03-02T12:00:00Z", False),
        ("release", "2026-03-02T12:10:00Z", False),
    ],
)
def test_reservation_counts_while_committed_or_leased(end: str, lease: str, counts: bool) -> None:
    taken = reserved(ask(2), AN_HOUR_AGO, lease=lease, end=end)
    assert numbers(taken, ask(1), limit("pulls", 5))[0] == int(counts)


def test_release_after_the_commit_gives_nothing_back() -> None:
    first, done = reserved(ask(2), AN_HOUR_AGO)
    late = Draft(kind="release", at=NOON, body={"reservation": first.id}, id="late")
    assert numbers([first, done, late], ask(1), limit("pulls", 5))[0] == 1


def test_pull_request_counts_once_at_its_maximum() -> None:
    entries = [
        *reserved(ask(2, "a", files=3), AN_HOUR_AGO),
        *reserved(ask(2, "b", files=9), AN_HOUR_AGO),
        *reserved(ask(2, "c", files=1), AN_HOUR_AGO),
        *reserved(ask(1, "a", files=7), AN_HOUR_AGO),
    ]
    assert numbers(entries, ask(1, "b", files=2), limit("files", 15)) == (9, 7, True)
    assert numbers(entries, ask(1, "b", files=2), limit("pulls", 2)) == (1, 1, False)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        ("files", (4, 1, True)),
        ("lines", (30, 10, True)),
        ("resources", (5, 2, True)),
        ("destroyed", (3, 1, True)),
        ("pulls", (2, 1, True)),
    ],
)
def test_counts_what_its_name_says(count: str, expected: tuple[int, int, bool]) -> None:
    entries = [
        *reserved(ask(2, files=1, lines=10, resources=3, destroyed=3), AN_HOUR_AGO),
        *reserved(ask(3, files=3, lines=20, resources=2, destroyed=0), AN_HOUR_AGO),
    ]
    question = ask(1, resources=2, destroyed=1)
    most = sum(expected[:2])
    assert numbers(entries, question, limit(count, most - 1)) == expected
    assert numbers(entries, question, limit(count, most)) == (*expected[:2], False)


def test_change_that_takes_none_of_it_is_not_held_against_a_limit() -> None:
    entries = reserved(ask(2, destroyed=9), AN_HOUR_AGO)
    assert numbers(entries, ask(1, destroyed=0), limit("destroyed", 5)) == (9, 0, False)


def test_destroying_six_split_over_two_pull_requests_is_still_six() -> None:
    entries = reserved(ask(2, destroyed=3), AN_HOUR_AGO)
    assert numbers(entries, ask(1, destroyed=3), limit("destroyed", 5)) == (3, 3, True)
    assert numbers([], ask(1, destroyed=6), limit("destroyed", 5)) == (0, 6, True)


@pytest.mark.parametrize(
    ("per", "other", "used"),
    [
        (("agent",), {"agent": "devin"}, 0),
        (("agent",), {"repo": "acme/web"}, 1),
        (("repository",), {"agent": "devin"}, 1),
        (("repository",), {"repo": "acme/web"}, 0),
        (("repository",), {"repo": "ACME/Infra"}, 1),
        (("requester",), {"agent": "devin", "repo": "acme/web"}, 1),
        (("requester",), {"requester": "Alice"}, 1),
        (("requester",), {"requester": "bob"}, 0),
        (("agent", "repository"), {"repo": "acme/web"}, 0),
        ((), {"agent": "devin", "repo": "acme/web", "requester": "bob"}, 1),
    ],
)
def test_adds_up_whose_use_it_says(per: Any, other: dict[str, Any], used: int) -> None:
    entries = reserved(ask(2, **other), AN_HOUR_AGO)
    assert numbers(entries, ask(1), limit("pulls", 9, per=per))[0] == used


def test_number_of_another_repository_is_another_pull_request() -> None:
    entries = reserved(ask(1, repo="acme/web"), AN_HOUR_AGO)
    assert numbers(entries, ask(1), limit("pulls", 9)) == (1, 1, False)


def test_limit_per_environment_speaks_of_each_that_is_touched() -> None:
    entries = reserved(ask(2, environments={"prod": (4, 2), "staging": (1, 0)}), AN_HOUR_AGO)
    question = ask(1, environments={"prod": (2, 2), "dev": (9, 0)})
    uses = weigh(history(*entries), question, [limit("resources", 5, per=("agent", "environment"))])
    assert [(use.per["environment"], use.used, use.wanted, use.exceeded) for use in uses] == [
        ("dev", 0, 9, True),
        ("prod", 4, 2, True),
    ]


def test_named_environments_alone_are_counted() -> None:
    entries = reserved(ask(2, environments={"prod": (4, 2), "dev": (90, 0)}), AN_HOUR_AGO)
    guarded = limit("resources", 5, environments=("prod", "staging"))
    question = ask(1, environments={"prod": (1, 0), "staging": (1, 0), "dev": (50, 0)})
    assert numbers(entries, question, guarded) == (4, 2, True)
    assert weigh((), ask(1, environments={"dev": (50, 0)}), [guarded]) == ()


def test_limit_for_named_agents_holds_for_them_alone() -> None:
    own = limit("pulls", 1, agents=("tf-bot",), per=())
    entries = [*reserved(ask(2, agent="devin"), AN_HOUR_AGO), *reserved(ask(3), AN_HOUR_AGO)]
    assert numbers(entries, ask(1), own) == (1, 1, True)
    assert weigh((), ask(1, agent="devin", registered=""), [own]) == ()


def test_people_have_no_limits() -> None:
    assert weigh((), ask(1, agent="", registered=""), [limit("pulls", 0)]) == ()


@pytest.mark.parametrize(
    ("after", "used"),
    [((), 1), (("merged",), 0), (("closed",), 0), (("closed", "opened"), 1), (("fixed",), 1)],
)
def test_open_pulls_are_those_without_an_end(after: Sequence[str], used: int) -> None:
    entries = [*reserved(ask(2), AN_HOUR_AGO), *(outcome(2, what) for what in after)]
    assert numbers(entries, ask(1), limit("open_pulls", 1)) == (used, 1, used > 0)


def test_pull_request_judged_after_its_end_is_open_again() -> None:
    entries = [*reserved(ask(2), AN_HOUR_AGO), outcome(2, "closed"), *reserved(ask(2, "b"), NOON)]
    assert numbers(entries, ask(1), limit("open_pulls", 1))[0] == 1


def test_end_of_a_pull_request_elsewhere_ends_nothing_here() -> None:
    entries = [*reserved(ask(2), AN_HOUR_AGO), outcome(2, "merged", repo="acme/web")]
    assert numbers(entries, ask(1), limit("open_pulls", 1))[0] == 1


def test_breaker_counts_heads_with_the_same_plans() -> None:
    plans = ("1" * 64,)
    entries = [
        *reserved(ask(1, "a", plans=plans), AN_HOUR_AGO),
        *reserved(ask(1, "a", plans=plans), NOON),  # run again
        *reserved(ask(1, "b", plans=plans), NOON),
        *reserved(ask(1, "c", plans=("2" * 64,)), NOON),
        *reserved(ask(2, "d", plans=plans), NOON),  # under another number
    ]
    breaker = limit("attempts", 3)
    assert numbers(entries, ask(1, "e", plans=plans), breaker) == (3, 1, True)
    assert numbers(entries, ask(1, "a", plans=plans), breaker) == (2, 1, False)
    assert weigh(history(*entries), ask(1, "e"), [breaker]) == ()


def test_surfaces_are_the_union_over_the_window() -> None:
    entries = [
        *reserved(ask(2, surfaces=("network",)), AN_HOUR_AGO),
        *reserved(ask(3, surfaces=("network", "data")), AN_HOUR_AGO),
    ]
    one = limit("surfaces", 2, window="7d")
    (use,) = weigh(history(*entries), ask(1, surfaces=("iam",)), [one])
    assert (use.used, use.wanted, use.exceeded) == (2, 1, True)
    assert use.touching == "data, iam, network"
    assert use.others == ("acme/infra#3", "acme/infra#2")


def test_change_without_a_surface_is_not_held_against_the_union() -> None:
    entries = reserved(ask(2, surfaces=("network", "data", "iam")), AN_HOUR_AGO)
    assert numbers(entries, ask(1), limit("surfaces", 1)) == (3, 0, False)


SPLIT = (
    ("helper", ()),
    ("config flag", ()),
    ("endpoint", ("network",)),
    ("role", ("iam",)),
    ("wire-up", ("execution",)),
)
"""Governance I-16: one attack in five pull requests, each small."""


def test_attack_split_over_five_pull_requests_is_seen_by_the_fourth() -> None:
    entries: list[Draft] = []
    seen = []
    for number, (_, surfaces) in enumerate(SPLIT, 1):
        at = f"2026-03-0{number}T09:00:00Z"
        question = ask(number, now=at, surfaces=surfaces, files=1, lines=12)
        (use,) = weigh(history(*entries), question, [limit("surfaces", 1, window="7d")])
        seen.append(use.exceeded)
        entries += reserved(question, at)
    assert seen == [False, False, False, True, True]


def test_names_at_most_twenty_others_newest_first() -> None:
    entries = [draft for number in range(2, 40) for draft in reserved(ask(number), AN_HOUR_AGO)]
    (use,) = weigh(history(*entries), ask(1), [limit("pulls", 99)])
    assert len(use.others) == 20
    assert use.others[:2] == ("acme/infra#39", "acme/infra#38")


def test_entries_of_other_kinds_count_nothing() -> None:
    odd = Draft(kind="recovery", at=NOON, body={"torn_bytes": 1}, id="x")
    assert numbers([odd], ask(1), limit("pulls", 1))[0] == 0


@pytest.mark.parametrize(
    "draft",
    [
        Draft(kind="reserve", at=NOON, body={"agent": "x"}, id="x"),
        Draft(kind="commit", at=NOON, body={}, id="x"),
        Draft(kind="reserve", at="yesterday", body={}, id="x"),
    ],
)
def test_malformed_entry_is_an_error(draft: Draft) -> None:
    with pytest.raises(RecordError):
        weigh(history(draft), ask(1), [limit("pulls", 1)])


@pytest.mark.parametrize(
    ("most", "moment"),
    [
        (3, ""),
        (2, "2026-03-03T09:00:00Z"),
        (1, "2026-03-03T11:00:00Z"),
        (0, ""),  # never
    ],
)
def test_says_when_the_change_would_fit(most: int, moment: str) -> None:
    entries = [
        *reserved(ask(2), "2026-03-02T09:00:00Z"),
        *reserved(ask(2, "b"), "2026-03-02T08:00:00Z"),
        *reserved(ask(3), AN_HOUR_AGO),
    ]
    (use,) = weigh(history(*entries), ask(1), [limit("pulls", most)])
    assert use.fits_at == moment
    if moment:
        later = ask(1, now=moment)
        assert not weigh(history(*entries), later, [limit("pulls", most)])[0].exceeded


def test_says_whose_use_is_meant() -> None:
    question = ask(1, requester="", environments={"prod\u202e": (1, 0)})
    per: Any = ("requester", "agent", "environment")
    (use,) = weigh((), question, [limit("resources", 5, per=per)])
    assert use.whose == "agent tf-bot, requester unknown, environment prod\\u{202e}"
    assert weigh((), question, [limit("pulls", 5, per=())])[0].whose == "all agents together"


def test_window_before_the_beginning_of_time_is_an_error_that_says_so() -> None:
    with pytest.raises(RecordError, match="end of time"):
        back("0001-01-02T00:00:00Z", timedelta(days=90))
