"""`gate reconcile` over real git: what covers a commit, and everything that does not."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gate.audit.reconciliation.walk import Question, reconcile
from gate.cli import main
from gate.errors import CollectError
from gate.store.file import FileLedger
from gate.store.streams import Streams
from gate.store.tampering import TamperedError

NOW = "2026-11-24T10:00:00Z"
BEFORE = "2026-09-21T13:00:00Z"
"""Before the commits, which are of 14:13:20 that day."""
REPO = "acme/infra"
ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": value
       for who in ("AUTHOR", "COMMITTER")
       for what, value in (("NAME", "a"), ("EMAIL", "a@b.example"), ("DATE", "1790000000 +0000"))},
}  # fmt: skip


class Site:
    """A repository with a branch `main`, and a ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.folder.mkdir()
        self.ledger = FileLedger(str(folder / "ledger.jsonl"))
        self.spec = str(folder / "ledger.jsonl")
        self.git("init", "-q", "-b", "main")
        self.start = self.commit("start", "start")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=ENV, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, name: str, text: str, message: str = "") -> str:
        (self.folder / name).write_text(text)
        self.git("add", name)
        self.git("commit", "-q", "-m", message or name)
        return self.git("rev-parse", "HEAD")

    def topic(self, name: str, *files: str) -> str:
        """A branch off main with one commit per file; ends on main again."""
        self.git("checkout", "-q", "-b", name)
        for file in files:
            self.commit(file, name)
        head = self.git("rev-parse", "HEAD")
        self.git("checkout", "-q", "main")
        return head

    def decide(
        self, number: int, head: str, decision: str = "pass", at: str = NOW, **more: Any
    ) -> None:
        pull = {"repo": REPO, "number": number, "head": head, "base": self.start}
        pull |= more.pop("pull", {})
        self.ledger.append("decision", at, {"decision": decision, "pull": pull, **more})

    def merged(self, number: int, head: str, merge: str, at: str = NOW) -> None:
        pull = {"repo": REPO, "number": number, "head": head, "base": self.start}
        body = {"pull": pull, "outcome": "merged", "at": at, "merge": merge}
        self.ledger.append("outcome", NOW, body)

    def merge(self, topic: str) -> str:
        self.git("merge", "-q", "--no-ff", "-m", f"Merge {topic}", topic)
        return self.git("rev-parse", "HEAD")

    def squash(self, topic: str, message: str) -> str:
        self.git("merge", "-q", "--squash", topic)
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def look(self, since: str | None = None) -> dict[str, tuple[str, str]]:
        """Commit -> rule and why not, of what came after `since`, or after the start."""
        question = Question(str(self.folder), REPO, "main", since or self.start)
        found = reconcile(Streams(self.spec), question, NOW)
        return {row.commit.sha: (row.rule, row.why) for row in found.rows}

    def uncovered(self) -> list[str]:
        return [sha for sha, (rule, _) in self.look().items() if not rule]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


class TestCovers:
    """One test for each rule."""

    def test_merge_of_a_head_that_passed(self, site: Site) -> None:
        head = site.topic("t", "a")
        site.decide(1, head)
        merge = site.merge("t")
        assert site.look() == {merge: ("merge", "")}

    def test_fast_forward_covers_every_commit_of_it(self, site: Site) -> None:
        site.decide(1, site.topic("t", "a", "b", "c"))
        site.git("merge", "-q", "--ff-only", "t")
        assert list(site.look().values()) == [("head", "")] * 3

    def test_squash_whose_tree_is_what_was_judged(self, site: Site) -> None:
        site.decide(1, site.topic("t", "a", "b"))
        squashed = site.squash("t", "Add things (#1)")
        assert site.look() == {squashed: ("squash", "")}

    def test_squash_onto_a_branch_that_moved_on(self, site: Site) -> None:
        site.decide(1, site.topic("t", "a"))
        site.decide(2, site.topic("u", "b"))
        first, second = site.squash("u", "b (#2)"), site.squash("t", "a (#1)")
        assert site.look() == {first: ("squash", ""), second: ("squash", "")}

    def test_rebase_that_the_forge_told_of(self, site: Site) -> None:
        head = site.topic("t", "a", "b")
        site.decide(1, head)
        site.decide(2, site.topic("u", "c"))
        site.squash("u", "c (#2)")
        site.git("cherry-pick", "main..t")
        site.merged(1, head, site.git("rev-parse", "HEAD"))
        assert [rule for rule, _ in site.look().values()] == ["squash", "rebase", "outcome"]

    def test_outcome_told_by_the_forge(self, site: Site) -> None:
        site.decide(1, "1" * 40)
        squashed = site.commit("a", "a", "no number")
        site.merged(1, "1" * 40, squashed)
        assert site.look() == {squashed: ("outcome", "")}

    def test_blocked_where_the_site_only_looks(self, site: Site) -> None:
        head = site.topic("t", "a")
        site.decide(1, head, "block", observe=True)
        merge = site.merge("t")
        assert site.look() == {merge: ("merge", "")}


class TestDoesNotCover:
    """Ways into the branch past the gate."""

    def test_direct_push(self, site: Site) -> None:
        pushed = site.commit("a", "a")
        assert site.look() == {pushed: ("", "no decision is about it")}

    @pytest.mark.parametrize("decision", ["block", "hold", "error"])
    def test_merge_of_a_head_that_did_not_pass(self, site: Site, decision: str) -> None:
        head = site.topic("t", "a")
        site.decide(1, head)
        site.decide(1, head, decision)
        merge = site.merge("t")
        rule, why = site.look()[merge]
        assert rule == ""
        assert decision in why

    def test_merge_that_the_forge_did_although_it_was_blocked(self, site: Site) -> None:
        site.decide(1, "1" * 40, "block")
        merge = site.commit("a", "a")
        site.merged(1, "1" * 40, merge)
        assert site.look()[merge][0] == ""

    def test_decision_that_came_after_the_merge(self, site: Site) -> None:
        site.decide(1, "1" * 40)
        merge = site.commit("a", "a")
        site.merged(1, "1" * 40, merge, at="2026-11-24T09:00:00Z")
        assert site.look()[merge] == ("", "acme/infra#1 was merged, without a decision")

    def test_merge_commit_with_changes_of_its_own(self, site: Site) -> None:
        site.decide(1, site.topic("t", "a"))
        site.git("merge", "-q", "--no-ff", "--no-commit", "t")
        evil = site.commit("evil", "x", "Merge t")
        rule, why = site.look()[evil]
        assert rule == ""
        assert "changes more" in why

    def test_merge_commit_with_changes_of_its_own_that_the_forge_took_for_the_merge(
        self, site: Site
    ) -> None:
        head = site.topic("t", "a")
        site.decide(1, head)
        site.git("merge", "-q", "--no-ff", "--no-commit", "t")
        merge = site.commit("smuggled", "x", "Merge t")
        site.merged(1, head, merge)
        assert "changes more" in site.look()[merge][1]

    def test_merge_of_several_heads_at_once(self, site: Site) -> None:
        for number, name in enumerate(("t", "u"), 1):
            site.decide(number, site.topic(name, name))
        site.commit("m", "m")
        site.git("merge", "-q", "--no-ff", "-m", "Merge t and u", "t", "u")
        merge = site.git("rev-parse", "HEAD")
        site.merged(1, site.git("rev-parse", "t"), merge)
        assert not site.look()[merge][0]

    def test_merge_that_took_a_person_among_others_that_did_not(self, site: Site) -> None:
        names = ("t", "u", "v")
        for number, name in enumerate(names, 1):
            file = "same" if name != "v" else "v"
            site.decide(number, site.topic(name, file) if name != "u" else self.other(site))
        clean = site.merge("t")
        site.git("merge", "-q", "--no-ff", "-m", "Merge u", "-s", "ours", "u")
        by_hand = site.git("rev-parse", "HEAD")
        last = site.merge("v")
        rules = {sha: rule for sha, (rule, _) in site.look().items()}
        assert rules == {clean: "merge", by_hand: "", last: "merge"}

    def other(self, site: Site) -> str:
        site.git("checkout", "-q", "-b", "u")
        head = site.commit("same", "in conflict")
        site.git("checkout", "-q", "main")
        return head

    def test_head_that_could_not_be_judged_where_the_site_only_looks(self, site: Site) -> None:
        site.decide(1, site.topic("t", "a"), "error", observe=True)
        merge = site.merge("t")
        assert "error" in site.look()[merge][1]

    @pytest.mark.parametrize("way", ["merge", "squash"])
    def test_head_that_was_blocked_when_it_went_in_and_passed_later(
        self, site: Site, way: str
    ) -> None:
        head = site.topic("t", "a")
        site.decide(1, head, "block", at=BEFORE)
        site.decide(1, head, "pass")
        went_in = site.merge("t") if way == "merge" else site.squash("t", "T (#1)")
        assert "block" in site.look()[went_in][1]

    def test_commit_that_borrows_a_number(self, site: Site) -> None:
        site.decide(1, site.topic("t", "a"))
        borrowed = site.commit("evil", "x", "Fix a typo (#1)")
        assert site.look()[borrowed] == ("", "it names #1, and changes something else")

    def test_squash_whose_head_is_not_there_to_compare(self, site: Site) -> None:
        site.decide(1, "1" * 40)
        squashed = site.commit("a", "a", "a (#1)")
        assert "not in this clone" in site.look()[squashed][1]

    def test_head_that_was_judged_for_another_branch(self, site: Site) -> None:
        dev = site.topic("dev", "wide")
        site.git("checkout", "-q", "dev")
        head = site.commit("small", "x")
        site.git("checkout", "-q", "main")
        site.decide(1, head, pull={"base": dev})
        merge = site.merge("dev")
        assert site.look()[merge] == ("", "#1 was judged against another branch")

    def test_decision_on_another_repository(self, site: Site) -> None:
        head = site.topic("t", "a")
        site.decide(1, head, pull={"repo": "acme/other"})
        assert site.merge("t") in site.uncovered()

    def test_push_between_two_rebased_commits(self, site: Site) -> None:
        head = site.topic("t", "a", "b")
        site.decide(1, head)
        site.git("cherry-pick", "t~1")
        pushed = site.commit("evil", "x")
        site.git("cherry-pick", "t")
        site.merged(1, head, site.git("rev-parse", "HEAD"))
        rules = site.look()
        assert rules[pushed][0] == ""
        assert [rule for rule, _ in rules.values()].count("rebase") == 0


class TestWalk:
    """Where it begins and ends."""

    def test_goes_on_where_the_last_one_ended(self, site: Site) -> None:
        site.commit("a", "a")
        question = Question(str(site.folder), REPO, "main")
        assert len(reconcile(Streams(site.spec), question, NOW).rows) == 2
        later = site.commit("b", "b")
        found = reconcile(Streams(site.spec), question, NOW)
        assert [row.commit.sha for row in found.rows] == [later]
        assert found.entry.body["commits"] == 1
        assert found.entry.body["uncovered"][0]["commit"] == later
        assert reconcile(Streams(site.spec), question, NOW).rows == ()

    def test_branch_that_was_rewritten_is_said(self, site: Site) -> None:
        site.commit("a", "a")
        question = Question(str(site.folder), REPO, "main")
        reconcile(Streams(site.spec), question, NOW)
        site.git("reset", "-q", "--hard", "HEAD~1")
        site.commit("b", "b")
        with pytest.raises(CollectError, match="not on the branch"):
            reconcile(Streams(site.spec), question, NOW)

    def test_shallow_clone_is_no_clean_look(self, site: Site, tmp_path: Path) -> None:
        site.commit("a", "a")
        subprocess.run(
            ["git", "clone", "-q", "--depth", "1", f"file://{site.folder}", str(tmp_path / "s")],
            env=ENV,
            check=True,
        )
        with pytest.raises(CollectError, match="shallow"):
            reconcile(Streams(site.spec), Question(str(tmp_path / "s"), REPO, "main", ""), NOW)

    def test_origin_counts_before_the_clones_own_branch(self, site: Site) -> None:
        pushed = site.commit("a", "a")
        site.git("update-ref", "refs/remotes/origin/main", pushed)
        site.git("reset", "-q", "--hard", site.start)
        assert list(site.look()) == [pushed]

    def test_nothing_is_written_into_the_clone(self, site: Site) -> None:
        site.decide(1, site.topic("t", "a"))
        site.decide(2, site.topic("u", "b"))
        site.squash("u", "b (#2)")
        site.squash("t", "a (#1)")
        before = site.git("count-objects")
        site.look()
        assert site.git("count-objects") == before

    def test_changed_ledger_is_no_answer(self, site: Site) -> None:
        site.decide(1, site.topic("t", "a"), "block")
        path = Path(site.spec)
        path.write_bytes(path.read_bytes().replace(b'"block"', b'"pass"'))
        with pytest.raises(TamperedError):
            site.look()


class TestCommand:
    """`gate reconcile` as a person meets it."""

    def run(self, site: Site, *words: str) -> int:
        repo = ("--repo", str(site.folder), "--repository", REPO)
        return main(["reconcile", *repo, "--ledger", site.spec, "--now", NOW, *words])

    def test_names_uncovered_commits_and_ends_with_1(
        self, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        site.decide(1, site.topic("t", "a"))
        site.merge("t")
        pushed = site.commit("b", "b", "sneak\x1b[31m in")
        assert self.run(site, "--since", site.start) == 1
        out = capsys.readouterr().out
        assert "acme/infra main: 1 of 2 commits covered" in out
        assert "by merge: 1" in out
        assert pushed[:12] in out
        assert "\x1b" not in out

    def test_says_each_rule_in_json(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        site.decide(1, site.topic("t", "a"))
        merge = site.merge("t")
        assert self.run(site, "--since", site.start, "--format", "json") == 0
        document = json.loads(capsys.readouterr().out)
        assert [(row["commit"], row["rule"]) for row in document["commits"]] == [(merge, "merge")]
        assert document["commits"][0]["decision"]["seq"] == 0

    @pytest.mark.parametrize(
        "words", [("--branch", "none"), ("--since", "none"), ("--repo", "/nonexistent")]
    )
    def test_what_is_not_there_is_2(
        self, site: Site, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(site, *words) == 2
        assert capsys.readouterr().err.startswith("gate: ")

    def test_name_of_no_repository_is_2(self, site: Site) -> None:
        assert self.run(site, "--repository", "acme") == 2
