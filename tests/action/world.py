"""A repository with the Action on it, the people who work there, and what they do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from action.running import Job, Runner
from forge.scenario import make_state
from forge.state import State

DEVIN = {"login": "devin-ai-integration[bot]", "id": 158243242, "type": "Bot"}
COPILOT = {"login": "copilot-pull-request-reviewer[bot]", "id": 175728472, "type": "Bot"}
CURSOR = {"login": "cursor[bot]", "id": 206951365, "type": "Bot"}
ALICE, BOB, CAROL, DAVE = (
    {"login": name, "id": 11 + at, "type": "User"}
    for at, name in enumerate(("alice", "bob", "carol", "dave"))
)
IAM = {"infra/main.tf": (None, b'resource "aws_iam_user" "ci" {\n  name = "ci"\n}\n')}
DOCS = {"README.md": (b"read\n", b"read me\n")}
LABELLED = b"""package teams.iam

import rego.v1

deny contains "IAM changes need the label iam-approved" if {
	not "iam-approved" in input.pr.labels
}
"""


class World:
    """A repository with the Action on it, and the people who work there."""

    def __init__(self, run: Runner, state: State) -> None:
        self.run = run
        self.state = state
        self.clock = 0

    def now(self) -> str:
        """A later time with every call, after the head arrived."""
        self.clock += 1
        return f"2026-11-21T{self.clock // 60:02d}:{self.clock % 60:02d}:00Z"

    def review(self, user: dict[str, Any], verdict: str = "APPROVED", **more: Any) -> Any:
        """Somebody reviews the head."""
        review = {
            "id": 100 + len(self.state.reviews),
            "user": user,
            "state": verdict,
            "body": "",
            "commit_id": self.state.head(),
            "submitted_at": self.now(),
            **more,
        }
        self.state.reviews.append(review)
        return review

    def dismiss(self, review: Any, by: dict[str, Any]) -> None:
        """Somebody dismisses an approval."""
        review["state"] = "DISMISSED"
        gone = {"state": "approved", "review_id": review["id"], "dismissal_message": "too fast"}
        self.event("review_dismissed", by, dismissed_review=gone)

    def comment(self, user: dict[str, Any], body: str) -> Any:
        """Somebody comments."""
        at = self.now()
        comment = {
            "id": 700 + len(self.state.comments),
            "user": user,
            "body": body,
            "created_at": at,
            "updated_at": at,
        }
        self.state.comments.append(comment)
        return comment

    def event(self, name: str, actor: dict[str, Any], **more: Any) -> None:
        """Something that GitHub keeps in the history of the pull request."""
        entry = {"id": 300 + len(self.state.events), "event": name, "actor": actor}
        self.state.events.append({**entry, "created_at": self.now(), **more})

    def label(self, user: dict[str, Any], name: str) -> None:
        """Somebody sets a label."""
        self.state.pull["labels"] = [{"name": name}]
        self.event("labeled", user, label={"name": name})

    def opened(self, token: str = "writer", action: str = "opened", **more: Any) -> Job:
        """The event of the pull request itself, in the trusted workflow."""
        return self.run.on(
            "pull_request_target",
            token,
            action=action,
            number=self.state.pull["number"],
            pull_request=self.state.pull,
            **more,
        )

    def relayed(self) -> Job:
        """The event of a review, as another workflow relays it."""
        head = self.state.pull["head"]
        run = {
            "id": 1,
            "event": "pull_request_review",
            "head_sha": head["sha"],
            "head_branch": head["ref"],
            "head_repository": head["repo"],
            "pull_requests": [],
        }
        return self.run.on("workflow_run", action="completed", workflow_run=run)

    def commented(self, comment: Any, action: str = "created") -> Job:
        """The event of a comment."""
        issue = {"number": self.state.pull["number"], "pull_request": {"url": "x"}}
        return self.run.on("issue_comment", action=action, issue=issue, comment=comment)

    @property
    def statuses(self) -> list[str]:
        """The states written on the head, in order."""
        return [one["state"] for one in self.state.statuses if one["sha"] == self.state.head()]

    @property
    def status(self) -> tuple[str, str]:
        """State and description that stand on the head now."""
        latest = [one for one in self.state.statuses if one["sha"] == self.state.head()][-1]
        return latest["state"], latest["description"]

    @property
    def verdicts(self) -> list[str]:
        """The gate's own reviews."""
        return [
            review["state"]
            for review in self.state.reviews
            if review["user"]["login"] == "github-actions[bot]"
        ]


def report_of(job: Job) -> Any:
    """The JSON report of a job."""
    return json.loads(Path(job.outputs["report-json"]).read_text())


def codes(job: Job) -> dict[str, list[str]]:
    """Login -> why their votes do not count."""
    found: dict[str, list[str]] = {}
    for vote in report_of(job)["votes"]["ignored"]:
        found.setdefault(vote["login"], []).append(vote["code"])
    return found


def counted(job: Job) -> list[str]:
    """Logins of the votes that count."""
    return [vote["login"] for vote in report_of(job)["votes"]["counted"]]


def by_devin(files: Any, site: dict[str, bytes] | None = None, **pull: Any) -> State:
    """A pull request that Devin wrote."""
    state = make_state(files, site, user=dict(DEVIN), **pull)
    for commit in state.commits:
        commit["author"] = commit["committer"] = dict(DEVIN)
        person = {"name": "devin", "email": "x@example.com", "date": "2026-11-20T10:00:00Z"}
        commit["commit"] |= {"author": person, "committer": person}
    state.permissions = {"alice": "write", "bob": "write", "carol": "maintain", "dave": "admin"}
    state.checks[state.head()] = ["2026-11-20T11:00:00Z"]
    return state


def registry(**changes: Any) -> dict[str, bytes]:
    """A site that knows Devin."""
    record = {
        "version": 1,
        "id": "infra-coder",
        "kind": "coder",
        "owner": {"human": "dave", "backup": "carol"},
        "purpose": "keeps the infrastructure's examples up to date",
        "systems": ["github"],
        "data_classes": ["internal"],
        "justification": "the examples were stale in every release",
        "identities": {"logins": [DEVIN["login"]]},
        "grants": [{"surfaces": ["*"], "actions": ["*"], "why": "all of it is code"}],
        "risk_tier": "low",
        "state": "active",
        "promotion": {"report": "ab" * 32, "at": "2026-10-01", "by": "dave"},
        "review_due": "2099-01-01",
        **changes,
    }
    return {f"agents/{record['id']}.yml": json.dumps(record).encode()}
