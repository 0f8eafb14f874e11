"""Whole pull requests that only people may let in: who counts, what carries over, what overrides."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scenarios.running import NOW, PULLS, Answer, gate

Facts = dict[str, Any]
Edit = Callable[[Facts], None]

HEAD = "a" * 39 + "1"
OLD = "c" * 40
CAROL = {"login": "carol", "id": 13, "type": "User"}
BOB = {"login": "bob", "id": 12, "type": "User"}
ERIN = {"login": "erin", "id": 15, "type": "User"}
DEVIN = {"login": "devin-ai-integration[bot]", "id": 158243242, "type": "Bot"}
CLAUDE = {"login": "claude[bot]", "id": 209825114, "type": "Bot"}
AT = "2026-11-20T12:00:00Z"

RECORD = {
    "version": 1,
    "id": "devin-infra",
    "kind": "coder",
    "owner": {"human": "carol", "backup": "bob"},
    "purpose": "Keeps the Terraform of staging up to date",
    "systems": ["aws-staging"],
    "data_classes": ["none"],
    "justification": "Saves the platform team two days of updates a month",
    "identities": {"logins": ["devin-ai-integration[bot]"]},
    "grants": [{"surfaces": ["*"], "actions": ["*"], "why": "it keeps everything up to date"}],
    "risk_tier": "medium",
    "state": "active",
    "promotion": {"report": "ab" * 32, "at": "2026-11-01", "by": "carol"},
    "review_due": "2027-02-01",
}


def review(by: Facts, state: str = "APPROVED", sha: str = HEAD, at: str = AT) -> Facts:
    return {
        "id": int(at[11:13] + at[14:16]),
        "user": by,
        "state": state,
        "commit_id": sha,
        "submitted_at": at,
    }


def comment(by: Facts, body: str, at: str = AT) -> Facts:
    return {"id": 1, "user": by, "body": body, "created_at": at, "updated_at": at}


@pytest.fixture
def pull(tmp_path: Path) -> Path:
    folder = tmp_path / "pull"
    shutil.copytree(PULLS / "agent-destroys-database", folder)
    edit(folder, lambda facts: facts["permissions"].update(erin="maintain", carol="admin"))
    return folder


def edit(folder: Path, change: Edit) -> None:
    path = folder / "facts.json"
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def site(folder: Path, **files: Any) -> None:
    """Files of `.gate`: `gate` for gate.yml, anything else a record of an agent."""
    for name, document in files.items():
        path = folder / "gate" / ("gate.yml" if name == "gate" else f"agents/{document['id']}.yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))


def check(folder: Path, *words: str) -> Answer:
    return gate(
        "check", str(folder), "--engine", "embedded", *words, "--now", NOW, folder=folder.parent
    )


def votes(*reviews: Facts, comments: tuple[Facts, ...] = ()) -> Edit:
    def change(facts: Facts) -> None:
        facts["reviews"] = list(reviews)
        facts["comments"] = list(comments)

    return change


def test_same_person_twice_is_one(pull: Path) -> None:
    site(pull, gate={"version": 1, "approvals": {"data": {"min": 2}}})
    edit(pull, votes(review(CAROL), comments=(comment(CAROL, f"/gate approve {HEAD}"),)))
    answer = check(pull)
    assert answer.report.decision == "hold"
    assert answer.report.votes.missing == 1
    assert [vote.login for vote in answer.report.votes.counted] == ["carol"]


def test_comment_with_the_whole_commit_approves(pull: Path) -> None:
    edit(pull, votes(comments=(comment(CAROL, f"/gate approve {HEAD}"),)))
    assert check(pull).code == 0
    edit(pull, votes(comments=(comment(CAROL, f"/gate approve {HEAD[:12]}"),)))
    answer = check(pull)
    assert answer.report.decision == "hold"
    assert [vote.code for vote in answer.report.votes.ignored] == ["malformed_command"]


def test_push_after_approval_asks_again(pull: Path) -> None:
    edit(pull, votes(review(CAROL, sha=OLD)))
    answer = check(pull)
    assert answer.report.decision == "hold"
    (vote,) = answer.report.votes.ignored
    assert (vote.login, vote.code) == ("carol", "other_commit")
    assert answer.report.votes.eligible == ("alice", "bob", "carol", "erin")


def test_requester_cannot_approve(pull: Path) -> None:
    edit(pull, lambda facts: facts["pull"].update(body="Requested by: Carol (@carol)"))
    edit(pull, votes(review(CAROL)))
    answer = check(pull)
    assert answer.report.decision == "hold"
    assert [vote.code for vote in answer.report.votes.ignored] == ["requester"]


def test_agents_cannot_approve_each_other(pull: Path) -> None:
    edit(pull, votes(review(CLAUDE), review(DEVIN, at="2026-11-20T12:10:00Z")))
    edit(pull, lambda facts: facts["permissions"].update({"claude[bot]": "admin"}))
    answer = check(pull)
    assert answer.report.decision == "hold"
    assert not answer.report.votes.counted
    assert {vote.code for vote in answer.report.votes.ignored} <= {"agent", "author", "bot"}


def test_owner_of_the_agent_cannot_approve_and_the_backup_can(pull: Path) -> None:
    site(pull, record=RECORD)
    edit(pull, votes(review(CAROL)))
    answer = check(pull)
    assert answer.report.decision == "hold"
    assert [vote.code for vote in answer.report.votes.ignored] == ["agent_owner"]
    assert answer.report.provenance.registered == "devin-infra"
    edit(pull, votes(review(BOB)))
    assert check(pull).report.decision == "pass"


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        ({"state": "suspended"}, "agents.suspended"),
        ({"grants": []}, "agents.read_only_pushed"),
        (
            {"grants": [{"surfaces": ["other"], "paths": ["docs/**"], "why": "it writes docs"}]},
            "agents.outside_grants",
        ),
        ({"review_due": "2026-10-01"}, "agents.review_overdue"),
        ({"owner": {"human": "zoe", "backup": "yan"}}, "agents.owner_missing"),
        (
            {
                "state": "observing",
                "observing_since": "2026-11-10",
                "promotion": None,
                "sandbox": {"environments": ["sandbox"], "paths": ["sandbox/**"]},
            },
            "agents.outside_sandbox",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_agent_out_of_bounds_is_named(pull: Path, record: Facts, rule: str) -> None:
    site(pull, record={**RECORD, **record})
    edit(pull, lambda facts: facts["permissions"].update(zoe="none", yan="none"))
    edit(pull, votes(review(BOB)))
    answer = check(pull)
    found = {finding.rule: finding.enforcement for finding in answer.report.findings}
    assert rule in found
    # a vote settles what asks for approval, and nothing that blocks
    assert answer.report.decision == ("block" if found[rule] == "block" else "pass")


def test_unregistered_agent_holds_once_there_is_a_registry(pull: Path) -> None:
    other = {**RECORD, "id": "other", "identities": {"logins": ["other[bot]"]}}
    site(pull, record=other)
    answer = check(pull)
    found = {finding.rule: finding.enforcement for finding in answer.report.findings}
    assert found["agents.unregistered"] == "approve"
    assert answer.report.decision == "hold"


def test_production_needs_two_of_the_team(pull: Path) -> None:
    site(
        pull,
        gate={
            "version": 1,
            "environments": {"production": {"paths": ["infra/**"]}},
            "matrix": [
                {"environments": ["production"], "min": 2, "teams": ["acme/dba"]},
                {"min": 1},
            ],
        },
    )
    edit(pull, lambda facts: facts.update(teams={"acme/dba": ["carol", "erin"]}))
    edit(pull, votes(review(CAROL), review(BOB, at="2026-11-20T12:10:00Z")))
    answer = check(pull)
    assert answer.report.decision == "hold"
    assert answer.report.environments == ("production",)
    assert "1 for data in production of acme/dba" in answer.report.reasons[-1].text
    assert answer.report.votes.eligible == ("erin",)
    edit(pull, votes(review(CAROL), review(ERIN, at="2026-11-20T12:10:00Z")))
    assert check(pull).code == 0


def test_approval_carries_over_while_the_planned_change_is_the_same(pull: Path) -> None:
    site(pull, gate={"version": 1, "voting": {"current": "scope"}})

    def move_head(sha: str) -> None:
        def change(facts: Facts) -> None:
            facts["pull"]["head"]["sha"] = sha
            facts["commits"][-1]["sha"] = sha

        edit(pull, change)

    move_head(OLD)
    assert check(pull).report.decision == "hold"
    edit(pull, votes(review(CAROL, sha=OLD)))
    move_head(HEAD)
    carried = check(pull)
    assert carried.report.decision == "warn"
    assert [(vote.login, vote.carried) for vote in carried.report.votes.counted] == [
        ("carol", True)
    ]
    plan = pull / "plan.json"
    plan.write_text(
        plan.read_text().replace('"identifier":', '"engine_version": "1", "identifier":')
    )
    diff = pull / "diff.patch"
    diff.write_text(diff.read_text().replace("-  identifier        = ", "-  identifier         = "))
    again = check(pull)
    assert again.report.decision == "hold"
    assert [vote.code for vote in again.report.votes.ignored] == ["other_commit"]


def test_two_maintainers_break_the_glass(pull: Path) -> None:
    shutil.copy(PULLS / "agent-opens-ssh-without-plan" / "diff.patch", pull / "diff.patch")
    shutil.rmtree(pull / "tree", ignore_errors=True)
    source = PULLS / "agent-opens-ssh-without-plan" / "tree"
    if source.exists():
        shutil.copytree(source, pull / "tree")
    (pull / "plan.json").unlink()
    words = f"/gate break-glass {HEAD} the bastion is down and customers wait"
    edit(pull, votes(comments=(comment(CAROL, words),)))
    first = check(pull)
    assert first.report.decision == "block"
    assert first.report.votes.break_glass is not None
    assert not first.report.votes.break_glass.in_force
    edit(pull, votes(comments=(comment(CAROL, words), comment(ERIN, words))))
    second = check(pull)
    assert second.report.decision == "warn", second.report.reasons
    assert {f.waived_by for f in second.report.findings if f.enforcement == "block"} == {
        "break-glass"
    }
    entries = [json.loads(line) for line in second.ledger.read_text().splitlines()]
    assert entries[-1]["kind"] == "follow_up"
    assert entries[-1]["body"]["by"] == ["carol", "erin"]
    assert entries[-1]["body"]["decision"] == entries[-2]["hash"]


@pytest.mark.parametrize("who", [BOB, DEVIN, {"login": "stranger", "id": 99, "type": "User"}])
def test_nobody_else_breaks_the_glass(pull: Path, who: Facts) -> None:
    words = f"/gate break-glass {HEAD} the bastion is down and customers wait"
    edit(pull, votes(comments=(comment(CAROL, words), comment(who, words))))
    edit(pull, lambda facts: facts["permissions"].setdefault("stranger", "read"))
    assert check(pull).report.decision == "hold"


def test_glass_that_overrode_nothing_is_not_in_force(pull: Path) -> None:
    words = f"/gate break-glass {HEAD} the bastion is down and customers wait"
    edit(pull, votes(comments=(comment(CAROL, words), comment(ERIN, words))))
    edit(pull, lambda facts: facts["pull"].update(commits=5))
    answer = check(pull)
    assert answer.code == 2
    assert answer.report.votes.break_glass is not None
    assert not answer.report.votes.break_glass.in_force
    assert not [finding for finding in answer.report.findings if finding.waived_by]
    kinds = [json.loads(line)["kind"] for line in answer.ledger.read_text().splitlines()]
    assert kinds == ["decision"]


def test_glass_overrides_a_hold_that_is_an_objection_alone(tmp_path: Path) -> None:
    folder = tmp_path / "pull"
    shutil.copytree(PULLS / "agent-fixes-docs", folder)
    head = json.loads((folder / "facts.json").read_text())["pull"]["head"]["sha"]
    words = f"/gate break-glass {head} the bastion is down and customers wait"
    edit(folder, lambda facts: facts["permissions"].update(erin="maintain", carol="admin"))
    edit(folder, votes(review(BOB, "CHANGES_REQUESTED", head)))
    assert check(folder).report.decision == "hold"
    edit(folder, lambda facts: facts.update(comments=[comment(CAROL, words), comment(ERIN, words)]))
    assert check(folder).report.decision == "warn"


def test_integrity_stands_whoever_breaks_the_glass(tmp_path: Path) -> None:
    folder = tmp_path / "pull"
    shutil.copytree(PULLS / "person-loosens-gate", folder)
    facts = json.loads((folder / "facts.json").read_text())
    head = facts["pull"]["head"]["sha"]
    words = f"/gate break-glass {head} the bastion is down and customers wait"
    facts["comments"] = [comment(CAROL, words), comment(ERIN, words)]
    facts["permissions"].update(carol="admin", erin="maintain")
    (folder / "facts.json").write_text(json.dumps(facts))
    assert check(folder).report.decision == "hold"


def test_what_if_is_neither_recorded_nor_silent(pull: Path) -> None:
    answer = check(pull, "--what-if", "approve=carol")
    assert answer.report.decision == "warn"
    assert answer.report.simulated == ("approve=carol",)
    assert answer.report.entry is None
    assert not answer.ledger.exists()
    assert check(pull, "--what-if", "approve=devin-ai-integration[bot]").report.decision == "hold"


@pytest.mark.parametrize("wish", ["approve", "approve=", "merge=carol", "approve=a b", ""])
def test_what_if_refuses_what_it_does_not_know(pull: Path, wish: str) -> None:
    answer = check(pull, f"--what-if={wish}")
    assert answer.code == 2
    assert "what-if" in answer.report.reasons[0].text


def test_what_if_is_never_posted(pull: Path) -> None:
    answer = gate("check", "acme/infra#7", "--what-if=push", "--post=review", folder=pull.parent)
    assert answer.code == 2
    assert "what-if" in answer.report.reasons[0].text


def test_expired_waiver_brings_its_finding_back_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "pull"
    shutil.copytree(PULLS / "agent-opens-ssh-waived", folder)
    waivers = folder / "gate" / "waivers.yml"
    text = waivers.read_text()
    expires = text.partition("expires: ")[2][:10]
    waivers.write_text(text.replace(expires, "2026-11-01"))
    answer = check(folder)
    assert answer.report.decision == "block"
    assert "expired 2026-11-01" in answer.report.findings[0].message
    waivers.write_text(text.replace(expires, "2027-12-31"))
    answer = check(folder)
    assert answer.report.decision == "block"
    assert any("further ahead" in note for note in answer.report.notes)


def test_credential_in_a_name_is_in_no_output(pull: Path) -> None:
    token = f"ghp_{'A1' * 15}"
    site(pull, record={**RECORD, "owner": {"human": token, "backup": "bob"}})
    edit(pull, lambda facts: facts["permissions"].update({token: "write"}))
    for wish in ("approve=bob", f"label={token}@bob"):
        answer = check(pull, "--what-if", wish)
        assert answer.report.simulated
        assert token not in answer.out.decode()
    gate_yml = pull / "gate" / "gate.yml"
    gate_yml.write_text(f"version: 1\n{token}: 1\n")
    answer = gate("approvals", str(pull / "gate"), folder=pull.parent)
    assert answer.code == 2
    assert token not in answer.err
