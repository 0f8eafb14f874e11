"""Catch up on what became of pull requests: what events missed, and what only time shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from gate.audit.outcomes.record import record_outcome
from gate.audit.reading import Told, decisions, read_all
from gate.moment import read_time, show_time
from gate.pattern import pattern
from gate.schema.bodies import PullName
from gate.schema.entry import Entry
from gate.schema.events import OutcomeBody
from gate.schema.facts import PullCommit
from gate.schema.forge import ClosedPull
from gate.store.streams import Streams

_REVERTS = pattern(r"^This reverts commit ([0-9a-f]{7,40})\b")
_MAX_MESSAGE = 20_000
_GOOD = ("pass", "warn")


class PullListing(Protocol):
    """What is asked of GitHub; `gate.forge.Forge` is one."""

    repository: str

    def closed_pulls(self, since: str) -> tuple[ClosedPull, ...]:
        """Closed pull requests, newest first."""

    def branch_commits(self, branch: str, since: str) -> tuple[PullCommit, ...]:
        """Commits of a branch, newest first."""


def sync_outcomes(
    streams: Streams, listing: PullListing, branch: str, since: str, now: str
) -> tuple[Entry, ...]:
    """Record merges, ends, reverts and fixes that the ledger does not know.

    Args:
        streams: the ledger.
        listing: GitHub, for one repository.
        branch: the protected branch, on which reverts are looked for.
        since: RFC 3339 UTC.
        now: RFC 3339 UTC.

    Returns:
        What was written.

    Raises:
        ForgeReadError: GitHub did not answer; nothing was written.
        RecordError: the ledger cannot be read, or did not take an entry.
    """
    closed = listing.closed_pulls(since)
    commits = listing.branch_commits(branch, since)
    ends = [end_of(pull, listing.repository) for pull in closed]
    told = read_all(streams.store, kinds=("decision", "outcome"))
    known = [one.body(OutcomeBody) for one in told if one.entry.kind == "outcome"]
    found = [
        *(end for end in ends if end is not None),
        *find_reverts([*known, *(end for end in ends if end)], commits, now),
        *find_fixed(told),
    ]
    found.sort(key=lambda body: (body.at, body.pull.number, body.outcome))
    return tuple(entry for body in found for entry in record_outcome(streams, body, now))


def end_of(pull: ClosedPull, repository: str) -> OutcomeBody | None:
    """How a closed pull request ended; `None`: GitHub does not say when."""
    at = show_time(read_time(pull.merged_at or pull.closed_at))
    if not at:
        return None
    return OutcomeBody(
        pull=PullName(
            origin="github",
            repo=repository,
            number=pull.number,
            head=pull.head.sha,
            base=pull.base.sha,
        ),
        outcome="merged" if pull.merged_at else "closed",
        at=at,
        merge=(pull.merge_commit_sha or "") if pull.merged_at else "",
    )


def find_reverts(
    outcomes: Iterable[OutcomeBody], commits: Iterable[PullCommit], now: str
) -> list[OutcomeBody]:
    """The merged pull requests that commits of the branch say they revert.

    Source: `git revert` writes `This reverts commit <id>`, and whoever reverts by hand does not.

    Args:
        outcomes: what is known, merges among them.
        commits: of the protected branch.
        now: RFC 3339 UTC; no revert is later, whatever clock its author had.
    """
    merged = {one.merge: one for one in outcomes if one.outcome == "merged" and one.merge}
    found = []
    for commit in commits:
        person = commit.commit.committer
        at = show_time(read_time(person.date)) if person else ""
        for name in _reverted(commit.commit.message):
            fits = [sha for sha in merged if sha.startswith(name)]
            if len(fits) == 1:
                merge = merged[fits[0]]
                found.append(
                    OutcomeBody(
                        pull=merge.pull,
                        outcome="reverted",
                        at=max(merge.at, min(at or now, now)),
                        merge=commit.sha,
                    )
                )
    return found


def find_fixed(told: Sequence[Told]) -> list[OutcomeBody]:
    """Pull requests of which a later head passed where an earlier one was blocked."""
    bad: dict[tuple[str, int], set[str]] = {}
    found = []
    for one, body in decisions(told):
        pull = body.pull
        if pull is None or not pull.number:
            continue
        name = (pull.repo.lower(), pull.number)
        if body.decision == "block":
            bad.setdefault(name, set()).add(pull.head)
        elif body.decision in _GOOD and name in bad and pull.head not in bad[name]:
            del bad[name]
            found.append(OutcomeBody(pull=pull, outcome="fixed", at=one.entry.at))
    return found


def _reverted(message: str) -> Iterator[str]:
    for line in message[:_MAX_MESSAGE].splitlines():
        match = _REVERTS.match(line)
        if match:
            yield match[1]
