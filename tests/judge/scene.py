"""Small pull requests with their votes, in words short enough for tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gate.judge.approvals import Ballot, Franchise, count_votes, tally, vote_gaps
from gate.schema.facts import PullFacts
from gate.schema.votes import Requirement, Votes

ROOT = Path(__file__).parents[2]
HEAD, OLD, OLDER = "a" * 40, "b" * 40, "d" * 40
NOW = "2026-11-21T09:00:00Z"
IDS = {
    "mona": 1,
    "bob": 12,
    "carol": 13,
    "dave": 14,
    "erin": 15,
    "rita": 16,
    "tim": 17,
    "zed": 99,
}
PERMISSIONS = {
    "mona": "write",
    "bob": "write",
    "carol": "admin",
    "dave": "write",
    "erin": "maintain",
    "rita": "read",
    "tim": "triage",
    "zed": "none",
}


def at(clock: str) -> str:
    """`12:00` or `12:00:30` of the day everything happens."""
    return f"2026-11-20T{clock}{':00' if len(clock) == 5 else ''}Z"


def who(login: str, number: int | None = None, kind: str = "User") -> dict[str, Any]:
    return {"login": login, "id": IDS.get(login, 0) if number is None else number, "type": kind}


def said(login: Any, state: str, when: str = "12:00", **more: Any) -> dict[str, Any]:
    actor = who(login) if isinstance(login, str) else login
    return {
        "id": more.pop("id", 0),
        "user": actor,
        "state": state,
        "commit_id": more.pop("sha", HEAD),
        "submitted_at": at(when),
        **more,
    }


def approves(login: Any, when: str = "12:00", **more: Any) -> dict[str, Any]:
    return said(login, "APPROVED", when, **more)


def objects(login: Any, when: str = "12:00", **more: Any) -> dict[str, Any]:
    return said(login, "CHANGES_REQUESTED", when, **more)


def dismissed(login: Any, when: str = "12:00", **more: Any) -> dict[str, Any]:
    return said(login, "DISMISSED", when, **more)


def comment(login: Any, body: str, when: str = "12:00", **more: Any) -> dict[str, Any]:
    actor = who(login) if isinstance(login, str) else login
    return {
        "user": actor,
        "body": body,
        "created_at": at(when),
        "updated_at": at(more.pop("edited", when)),
        **more,
    }


def votes_by_comment(login: Any, when: str = "12:00", sha: str = HEAD, **more: Any) -> Any:
    return comment(login, f"/gate approve {sha}", when, **more)


def event(kind: str, by: Any = "mona", when: str = "12:30", **more: Any) -> dict[str, Any]:
    actor = who(by) if isinstance(by, str) else by
    return {"event": kind, "actor": actor, "created_at": at(when), **more}


def dismissal(by: Any, when: str, review_id: int, state: str, **more: Any) -> dict[str, Any]:
    review = {"state": state, "review_id": review_id}
    return event("review_dismissed", by, when, dismissed_review=review, **more)


def labeled(by: Any, when: str = "12:00", name: str = "iam-approved", **more: Any) -> Any:
    return event("labeled", by, when, label={"name": name}, **more)


def unlabeled(by: Any, when: str, name: str = "iam-approved") -> dict[str, Any]:
    return event("unlabeled", by, when, label={"name": name})


def commit(author: Any = "mona", committer: Any = "mona", **more: Any) -> dict[str, Any]:
    """A commit; `author_email`, `committer_email`, `message`, `verified`, `date` in `more`."""
    detail: dict[str, Any] = {
        "author": {"name": "A", "email": more.pop("author_email", "mona@acme.test")},
        "committer": {
            "name": "C",
            "email": more.pop("committer_email", "mona@acme.test"),
            "date": more.pop("date", at("08:30")),
        },
        "message": more.pop("message", "change"),
    }
    if "verified" in more:
        detail["verification"] = {"verified": more.pop("verified")}
    return {
        "sha": more.pop("sha", HEAD),
        "commit": detail,
        "author": who(author) if isinstance(author, str) else author,
        "committer": who(committer) if isinstance(committer, str) else committer,
        **more,
    }


def facts(**sections: Any) -> PullFacts:
    """A pull request that mona opened at nine, with overrides of its sections."""
    repository = {"full_name": "acme/infra", "id": 1}
    pull = {
        "number": 7,
        "user": who("mona"),
        "base": {"ref": "main", "sha": "c" * 40, "repo": repository},
        "head": {"ref": "topic", "sha": HEAD, "repo": repository},
        "created_at": at("09:00"),
        **sections.pop("pull", {}),
    }
    permissions = {**PERMISSIONS, **sections.pop("may", {})}
    return msgspec.convert(
        {
            "pull": pull,
            "commits": [commit()],
            "reviews": [],
            "comments": [],
            "events": [],
            "permissions": permissions,
            "teams": {},
            **sections,
        },
        PullFacts,
    )


def need(number: int = 1, **more: Any) -> Requirement:
    return Requirement(surface=more.pop("surface", "iam"), min=number, **more)


@dataclass(frozen=True)
class Scene:
    """Facts with what must follow; what is left out is not looked at."""

    facts: PullFacts
    counted: tuple[str, ...] = ()
    """Logins, in order of time."""
    ignored: dict[str, str] | None = None
    """Login -> codes, sorted, with spaces; everybody who is ignored."""
    says: str = ""
    """Stands in one of the reasons for ignoring."""
    objections: tuple[str, ...] = ()
    franchise: Franchise = Franchise()
    required: tuple[Requirement, ...] = (need(2),)
    missing: int | None = None
    covered: frozenset[str] = frozenset()
    touched: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    """Parts of the gaps that the votes leave."""
    extra: int = 0

    def count(self) -> tuple[Ballot, Votes]:
        ballot = count_votes(self.facts, self.franchise)
        votes = tally(
            ballot,
            self.required,
            self.facts,
            covered=self.covered,
            now=NOW,
            touched=self.touched,
        )
        return ballot, votes

    def check(self) -> None:
        """Everything the scene says is so."""
        ballot, votes = self.count()
        assert tuple(vote.login for vote in votes.counted) == self.counted, votes
        if self.ignored is not None:
            codes: dict[str, list[str]] = {}
            for vote in votes.ignored:
                codes.setdefault(vote.login, []).append(vote.code)
            found = {login: " ".join(sorted(set(many))) for login, many in codes.items()}
            assert found == self.ignored, votes
        assert not self.says or any(self.says in vote.reason for vote in votes.ignored), votes
        assert votes.objections == self.objections
        assert ballot.extra == self.extra
        if self.missing is not None:
            assert votes.missing == self.missing
        gaps = vote_gaps(ballot, votes, "github")
        assert len(gaps) == len(self.gaps), gaps
        for gap, part in zip(gaps, self.gaps, strict=True):
            assert part in gap.reason


@dataclass(frozen=True)
class Label:
    """A pull request whose label must count, or not for a reason."""

    facts: PullFacts
    code: str = ""
    """Empty: it counts."""
    franchise: Franchise = Franchise()
    says: str = ""

    def check(self) -> None:
        """The label is what the scene says."""
        (found,) = count_votes(self.facts, self.franchise).labels
        assert (found.code, found.counts) == (self.code, not self.code), found
        assert bool(found.reason) or found.counts
        assert self.says in found.reason


def with_label(*events: dict[str, Any], name: str = "iam-approved", **sections: Any) -> PullFacts:
    return facts(pull={"labels": [{"name": name}]}, events=list(events), **sections)


@dataclass(frozen=True)
class Elsewhere:
    """Not decided by votes: the test that shows it."""

    file: str
    """Path from the root."""
    needle: str
    """Name of a test, or part of one, that stands in the file."""

    def check(self) -> None:
        """The named test is there."""
        assert self.needle in (ROOT / self.file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class OutOfReach:
    """Nothing that this gate can see or do; why."""

    reason: str

    def check(self) -> None:
        """A reason is more than a word."""
        assert len(self.reason.split()) >= 8


Shown = Scene | Label | Elsewhere | OutOfReach


@dataclass(frozen=True)
class Item:
    """One numbered item of a list, with everything that shows it."""

    number: int
    title: str
    shown: tuple[Shown, ...]

    def label(self, prefix: str) -> str:
        """Id of its test."""
        return f"{prefix}{self.number:02} {self.title}"


def item(number: int, title: str, *shown: Shown) -> Item:
    assert shown
    return Item(number, title, shown)
