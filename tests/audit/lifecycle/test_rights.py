"""What agents were granted, against what they used of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from audit.agent_history import Past, day
from trust.samples import record

from gate.audit.lifecycle.rights import Rights, Use, in_words, rights_of
from gate.audit.reading import read_all
from gate.store.streams import Streams

NETWORK = {
    "surfaces": ["network", "other"],
    "environments": ["sandbox", "staging"],
    "actions": ["create", "update"],
    "why": "Subnets change every month",
}
TODAY = day(30)[:10]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    """An empty ledger in a file."""
    return Past(str(tmp_path / "l.jsonl"))


def used(*words: str) -> list[dict[str, str]]:
    """`surface/environment/action` as a decision keeps it."""
    names = ("surface", "environment", "action")
    return [dict(zip(names, word.split("/"), strict=True)) for word in words]


def rights(past: Past, *grants: dict[str, Any], days: int = 90) -> Rights:
    """The report on tf-bot."""
    told = read_all(past.streams.store, kinds=("decision", "outcome"))
    return rights_of((record(grants=list(grants)),), told, TODAY, days)[0]


def told(uses: tuple[Use, ...]) -> list[str]:
    """Rights in the short form."""
    return [f"{one.surface}/{one.environment}/{one.action}" for one in uses]


def test_s1_46_unused_rights_equal_those_counted_by_hand(past: Past) -> None:
    """2 surfaces, 2 environments and 2 actions are 8 rights; 3 of them are used."""
    past.decided(1, day(3), used=used("network/staging/update", "other/staging/update"))
    past.decided(2, day(5), used=used("network/staging/update"))
    past.decided(2, day(6), used=used("network/staging/update"), head="f" * 40)
    past.decided(3, day(7), used=used("network/sandbox/create"))
    found = rights(past, NETWORK)
    (grant,) = found.grants
    assert (found.granted, found.unused, found.pulls, found.denied) == (8, 5, 3, 0)
    assert told(grant.unused) == [
        "network/sandbox/update", "network/staging/create",
        "other/sandbox/create", "other/sandbox/update", "other/staging/create",
    ]  # fmt: skip
    assert [(right.pulls, right.last) for right in grant.rights if right.pulls] == [
        (1, "2026-10-08"), (2, "2026-10-07"), (1, "2026-10-04"),
    ]  # fmt: skip
    assert (found.ungranted, found.refused, found.last_activity) == ((), (), "2026-10-08")


@pytest.mark.parametrize(
    ("decision", "over", "is_used"),
    [
        ("pass", {}, True),
        ("warn", {}, True),
        ("hold", {}, False),
        ("block", {}, False),
        ("error", {}, False),
        ("block", {"observe": True}, True),
        ("error", {"observe": True}, False),
    ],
)
def test_only_what_was_let_through_is_used(
    past: Past, decision: str, over: dict[str, Any], is_used: bool
) -> None:
    past.decided(1, day(3), decision, used=used("iam/prod/delete"), **over)
    found = rights(past, NETWORK)
    assert told(found.ungranted) == (["iam/prod/delete"] if is_used else [])
    assert told(found.refused) == ([] if is_used else ["iam/prod/delete"])


def test_what_was_merged_all_the_same_was_used(past: Past) -> None:
    past.decided(1, day(3), "block", ("agents.outside_grants!",), used=used("iam/prod/delete"))
    past.decided(1, day(3), "block", used=used("iam/prod/create"), head="f" * 40)
    past.came_to("merged", 1, day(4))
    found = rights(past, NETWORK)
    assert told(found.ungranted) == ["iam/prod/delete"], "the head that was merged, no other"
    assert told(found.refused) == ["iam/prod/create"]
    assert (found.denied, found.denials) == (1, {"agents.outside_grants": 1})


@pytest.mark.parametrize(
    ("grant", "use", "unused", "ungranted"),
    [
        ({"actions": ["*"]}, "network/staging/delete", 0, 0),
        ({"surfaces": ["*"]}, "iam/staging/update", 0, 0),
        ({"environments": ["*"]}, "network/prod/update", 0, 0),
        ({}, "network//update", 0, 0),  # the site maps no environments
        ({}, "network/staging/read", 1, 0),  # a read needs no action, and uses none
        ({}, "network/staging/unclear", 1, 1),
        ({"actions": ["create", "update", "replace", "delete"]}, "network/staging/unclear", 0, 0),
        ({}, "network/unmapped/update", 1, 1),
        ({}, "iam/staging/update", 1, 1),
    ],
)
def test_grant_covers_as_the_rule_on_grants_says(
    past: Past, grant: dict[str, Any], use: str, unused: int, ungranted: int
) -> None:
    one = {"surfaces": ["network"], "environments": ["staging"], "actions": ["update"], "why": "x"}
    past.decided(1, day(3), used=used(use))
    found = rights(past, {**one, **grant})
    assert (found.unused, len(found.ungranted)) == (unused, ungranted)


def test_span_ends_what_was_used_and_not_when_it_was_last_active(past: Past) -> None:
    past.decided(1, day(3), used=used("network/staging/update"))
    found = rights(past, NETWORK, days=10)
    assert (found.pulls, found.unused, found.last_activity) == (0, 8, "2026-10-04")


def test_agent_without_a_trace_has_used_nothing(past: Past) -> None:
    past.decided(1, day(3), used=used("network/staging/update"), registered="other")
    found = rights(past, NETWORK)
    assert (found.pulls, found.unused, found.last_activity) == (0, 8, "")
    assert rights(past).grants == ()


def test_rights_in_words_gather_actions() -> None:
    uses = (
        Use(surface="iam", environment="prod", action="create"),
        Use(surface="iam", environment="prod", action="delete"),
        Use(surface="*", environment="*", action="*"),
        Use(surface="other", environment="", action="update"),
    )
    assert list(in_words(uses)) == [
        "create, delete on iam in prod", "any action on any surface", "update on other",
    ]  # fmt: skip


def test_repositories_of_a_shared_ledger_are_added_up(tmp_path: Path) -> None:
    """One stream for each repository."""
    past = Past(str(tmp_path / "l.jsonl"))
    for number, repo in enumerate(("acme/infra", "acme/web")):
        body = {
            "decision": "pass",
            "pull": {"repo": repo, "number": 7, "head": f"{number}" * 40},
            "authorship": "agent",
            "registered": "tf-bot",
            "used": used("network/staging/update"),
        }
        store = Streams(past.streams.spec)
        store.ledger(f"repo/{repo}").append("decision", day(number), body)
    found = rights(past, NETWORK)
    assert (found.pulls, found.grants[0].rights[3].pulls) == (2, 2)
