"""Hold a protected branch against the ledger: every commit without a decision is a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from gate.audit.reading import Told
from gate.audit.reconciliation.coverage import Known, Row, cover_all
from gate.collect.git_branch import open_branch
from gate.schema.entry import Entry
from gate.schema.events import ReconciliationBody
from gate.store.ledger import require_stream, walk
from gate.store.streams import Streams

KIND = "reconciliation"
"""Kind of the entry."""
MAX_ROWS = 1000
"""Uncovered commits that an entry lists."""


class Question(NamedTuple):
    """Which branch is walked."""

    clone: str
    """A clone of the repository."""
    repo: str
    """`owner/name`, as the ledger calls it."""
    branch: str
    """Name of the branch."""
    since: str | None = None
    """Commit the walk begins behind; empty: the first; `None`: where the last one ended."""


class Reconciled(NamedTuple):
    """What came of a walk."""

    body: ReconciliationBody
    """As it was written."""
    rows: tuple[Row, ...]
    """Every commit with what covers it, oldest first."""
    entry: Entry
    """Where it stands."""

    @property
    def uncovered(self) -> tuple[Row, ...]:
        """Commits that nothing covers."""
        return tuple(row for row in self.rows if not row.rule)


def reconcile(streams: Streams, question: Question, now: str) -> Reconciled:
    """Walk the branch, compare, and write down what was found.

    Args:
        streams: the ledger.
        question: which branch.
        now: RFC 3339 UTC.

    Raises:
        TamperedError: the ledger does not verify.
        RecordError: it cannot be read or written.
        CollectError: the clone cannot be read, or is too shallow.
    """
    told = list(_read(streams, question.repo))
    since = _last_end(told, question) if question.since is None else question.since
    with open_branch(question.clone, question.branch) as branch:
        commits = branch.walk(since)
        rows = cover_all(commits, Known(told, question.repo), branch)
        body = _body(question, since, branch.head, rows)
    ledger = streams.decisions(question.repo)
    entry = ledger.append(KIND, now, msgspec.to_builtins(body))
    return Reconciled(body, tuple(rows), entry)


def _read(streams: Streams, repo: str) -> Iterator[Told]:
    stream = streams.decisions_name(repo)
    for entry, _ in walk(iter(enumerate(streams.store.read(stream), 1))):
        require_stream(entry, stream, f"entry {entry.seq}")
        if entry.kind in ("decision", "outcome", KIND):
            yield Told(stream, entry)


def _last_end(told: Sequence[Told], question: Question) -> str:
    for one in reversed(told):
        if one.entry.kind == KIND:
            body = one.body(ReconciliationBody)
            if (body.repo.lower(), body.branch) == (question.repo.lower(), question.branch):
                return body.until
    return ""


def _body(question: Question, since: str, until: str, rows: Sequence[Row]) -> ReconciliationBody:
    uncovered = [row for row in rows if not row.rule]
    return ReconciliationBody(
        repo=question.repo,
        branch=question.branch,
        since=since,
        until=until,
        commits=len(rows),
        uncovered=tuple(
            {"commit": row.commit.sha, "at": row.commit.at, "why": row.why}
            for row in uncovered[:MAX_ROWS]
        ),
    )
