"""The registry loads whole, and every error names file, line and key (S1-01, S1-42, S1-44, S1-47)."""

from __future__ import annotations

from typing import Any

import pytest
from trust.samples import REPORT, document, files

from gate.errors import ConfigError
from gate.trust.registry import load_registry, read_registry

RECORD = b"""\
version: 1
id: tf-bot
kind: coder
owner:
  human: alice
  backup: bob
purpose: Keeps the Terraform of staging up to date
systems: [aws-staging]
data_classes: [none]
justification: Saves the platform team two days of updates a month
identities:
  logins: ["tf-bot[bot]"]
  app_ids: [12345]
grants:
  - surfaces: [network]
    environments: [staging]
    why: Subnets change every month
credentials:
  - {ref: "vault:kv/tf-bot", tier: high, rotated_at: 2026-11-01}
risk_tier: medium
state: proposed
review_due: 2027-01-31
"""


def first_error(*records: dict[str, Any], environments: tuple[str, ...] = ()) -> str:
    """What is said of a folder."""
    with pytest.raises(ConfigError) as raised:
        load_registry(files(*records), {}, environments)
    return raised.value.message


def test_folder_without_agents_is_no_registry() -> None:
    assert load_registry({"gate.yml": b"version: 1\n"}, {}) is None


def test_empty_folder_is_a_registry_of_nobody() -> None:
    assert load_registry({"agents/.gitkeep": b""}, {}) == ()
    assert load_registry({"agents/README.md": b"# Agents"}, {}) == ()


def test_record_is_read_with_its_lines() -> None:
    lines: dict[str, int] = {}
    records = load_registry({"agents/tf-bot.yml": RECORD}, lines)
    assert records is not None
    assert [one.id for one in records] == ["tf-bot"]
    assert lines["agents/tf-bot.yml identities app_ids"] == 13
    assert lines["agents/tf-bot.yml grants 0 why"] == 17


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"human: alice", b"human: dependabot[bot]", "5: key owner.human: 'dependabot[bot]' is a"),
        (b"backup: bob", b"backup: ALICE", "6: key owner.backup: is the owner again"),
        (b"backup: bob", b"backups: bob", "6: key owner.backups: Object contains unknown field"),
        (b"  backup: bob\n", b"", "4: key owner.backup: Object missing required field `backup`"),
        (b"purpose: Keeps the Terraform of staging up to date", b"purpose: Terraform",
         "7: key purpose: 9 characters, at least 20 are needed"),
        (b"justification: Saves the platform team two days of updates a month",
         b"justification: '                             x'", "10: key justification: 1 characters"),
        (b"data_classes: [none]", b"data_classes: [everything]", "9: key data_classes[0]: Invalid enum value"),
        (b"data_classes: [none]", b"data_classes: []", "9: key data_classes: name at least one"),
        (b"systems: [aws-staging]", b"systems: ['']", "8: key systems: name at least one"),
        (b"kind: coder", b"kind: overlord", "3: key kind: Invalid enum value 'overlord'"),
        (b"kind: coder", b"kind: triage", "14: key grants: triage is a kind that changes nothing"),
        (b"surfaces: [network]", b"surfaces: [networks]",
         "15: key grants.0.surfaces: 'networks': no such surface"),
        (b"environments: [staging]", b"environments: [stagin]",
         "16: key grants.0.environments: 'stagin': no such environment"),
        (b"why: Subnets change every month", b"why: ' '", "17: key grants.0.why: is empty"),
        (b"ref: \"vault:kv/tf-bot\"", b"ref: hunter2", "19: key credentials.0.ref: is not a ref"),
        (b"ref: \"vault:kv/tf-bot\"", b"ref: vault:ghp_" + b"A1" * 15,
         "19: key credentials.0.ref: is a credential"),
        (b"rotated_at: 2026-11-01", b"rotated_at: 2026-11-31",
         "19: key credentials.0.rotated_at: '2026-11-31' is not a day"),
        (b"review_due: 2027-01-31", b"review_due: soon", "22: key review_due: 'soon' is not a day"),
        (b"state: proposed", b"state: observing", "1: key observing_since: is missing"),
        (b"state: proposed", b"state: active", "1: key promotion: is missing"),
        (b"state: proposed", b"state: decommissioned", "18: key credentials: 1 are left"),
        (b"logins: [\"tf-bot[bot]\"]", b"logins: [\"github-actions[bot]\"]",
         "12: key identities.logins: 'github-actions[bot]' is shared by every workflow"),
        (b"logins: [\"tf-bot[bot]\"]", b"emails: [noreply@github.com]",
         "12: key identities.emails: 'noreply@github.com' is GitHub's own"),
        (b"logins: [\"tf-bot[bot]\"]", b"keys: [abc]", "12: key identities.keys: 'abc' is not a key"),
        (b"logins: [\"tf-bot[bot]\"]", b"branches: [a]", "12: key identities.branches: 'a' is too"),
        (b"logins: [\"tf-bot[bot]\"]", b"trailers: [tf-bot]", "12: key identities.trailers:"),
        (b"app_ids: [12345]", b"app_ids: [0]", "13: key identities.app_ids: 0 is not"),
        (b"id: tf-bot", b"id: tf-bott", "2: key id: 'tf-bott' is not the file's name 'tf-bot'"),
        (b"version: 1", b"version: 2", "1: key version:"),
        (b"kind: coder", b"kind: coder\nkind: coder", "4: duplicate key 'kind'"),
        (b"risk_tier: medium", b"risk_tier: [", "not valid YAML"),
    ],
)  # fmt: skip
def test_broken_record_is_refused_with_file_line_and_key(
    old: bytes, new: bytes, message: str
) -> None:
    assert RECORD.count(old) == 1
    changed = {"agents/tf-bot.yml": RECORD.replace(old, new)}
    with pytest.raises(ConfigError) as raised:
        load_registry(changed, {}, ("staging", "production"))
    assert raised.value.message.startswith(".gate/agents/tf-bot.yml:")
    assert message in raised.value.message


def test_branch_alone_tells_no_agent() -> None:
    assert "nothing tells this agent" in first_error(document(identities={"branches": ["tf-bot/"]}))


@pytest.mark.parametrize(
    ("mine", "theirs", "named"),
    [
        ({"logins": ["tf-bot[bot]"]}, {"logins": ["TF-Bot[bot]"]}, "login 'tf-bot[bot]'"),
        ({"logins": ["tf-bot[bot]"]}, {"logins": ["app/tf-bot"]}, "login 'tf-bot[bot]'"),
        ({"app_ids": [7]}, {"app_ids": [7]}, "app '7'"),
        ({"emails": ["Bot@acme.dev"]}, {"emails": ["bot@ACME.dev"]}, "e-mail 'Bot@acme.dev'"),
        (
            {"emails": ["9+tf-bot[bot]@users.noreply.github.com"]},
            {"logins": ["tf-bot[bot]"]},
            "e-mail '9+tf-bot[bot]@users.noreply.github.com'",
        ),
        ({"keys": ["AB" * 20]}, {"keys": ["ab" * 20]}, "key"),
        ({"keys": ["ab" * 20]}, {"keys": ["AB" * 8]}, "key"),
        ({"keys": ["SHA256:" + "a" * 43]}, {"keys": ["SHA256:" + "a" * 43]}, "key"),
    ],
)
def test_s1_01_identity_of_two_records_is_refused_and_names_both_files(
    mine: dict[str, Any], theirs: dict[str, Any], named: str
) -> None:
    message = first_error(
        document(id="other", identities=theirs), document(id="tf-bot", identities=mine)
    )
    assert message.startswith(".gate/agents/tf-bot.yml:1: key identities.")
    assert named in message
    assert ".gate/agents/other.yml" in message


def test_kinds_of_agents_and_trailers_may_be_shared() -> None:
    shared = {"agents": ["claude-code"], "trailers": ["Assisted-by: Claude:opus"]}
    one = document(identities={"logins": ["a[bot]"], **shared})
    two = document(id="b", identities={"logins": ["b[bot]"], **shared})
    assert len(load_registry(files(one, two), {}) or ()) == 2


def test_s1_47_identity_of_a_decommissioned_agent_is_not_used_again() -> None:
    old = document(id="z-old", state="decommissioned")
    message = first_error(old, document(id="a-new"))
    assert message.startswith(".gate/agents/a-new.yml:")
    assert "is that of decommissioned agent z-old, in .gate/agents/z-old.yml" in message


def test_s1_42_owner_that_is_an_agent_is_refused() -> None:
    other = document(id="other", identities={"logins": ["Bob"]})
    assert "key owner.backup: 'bob' is an agent, by .gate/agents/other.yml" in first_error(
        document(), other
    )


@pytest.mark.parametrize(
    ("days", "refused"), [("2026-10-29", True), ("2026-10-30", True), ("2026-10-31", False)]
)
def test_promotion_needs_30_days_of_observation(days: str, refused: bool) -> None:
    observed = document(
        observing_since="2026-10-01", promotion={"report": REPORT, "at": days, "by": "alice"}
    )
    problems = read_registry(files(observed), {})[1]
    assert [problem.key for problem in problems] == (["promotion.at"] if refused else [])


@pytest.mark.parametrize("report", ["", "ab" * 31, "AB" * 32, "zz" * 32])
def test_promotion_needs_a_digest(report: str) -> None:
    message = first_error(document(promotion={"report": report, "at": "2026-10-01", "by": "bob"}))
    assert "key promotion.report: is not a SHA-256 digest" in message


@pytest.mark.parametrize(
    "name", ["agents/TF.yml", "agents/a.yaml", "agents/x/a.yml", "agents/a.json"]
)
def test_stray_document_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="not a record's name"):
        load_registry({name: b"version: 1\n"}, {})


def test_every_problem_is_told() -> None:
    records, problems = read_registry(
        files(document(purpose="short", review_due="x"), document(id="b")), {}
    )
    assert records is not None
    assert len(records) == 2
    assert [problem.key for problem in problems] == ["purpose", "review_due", "identities.logins"]


@pytest.mark.parametrize("data", [b"", b"[]", b"- version: 1", b"\xff", b"version: 1\n", b"null"])
def test_file_that_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^\.gate/agents/a\.yml"):
        load_registry({"agents/a.yml": data}, {})
