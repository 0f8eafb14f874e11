"""Announce on GitHub while and after a pull request is judged: its review and its status."""

from __future__ import annotations

import sys
from collections.abc import Callable

import msgspec

from gate import config
from gate.cli.complaint import complain
from gate.collect.github import GithubSource
from gate.errors import GateError, HeadMovedError, UsageError
from gate.forge import Forge
from gate.outcome import Outcome
from gate.report.post import post
from gate.report.post_status import StatusOutcome, StatusPoster
from gate.report.review import render_review
from gate.report.status import render_status, withhold
from gate.schema.collected import Source
from gate.text import neutralise, workflow_data

Judge = Callable[[Source], Outcome]
"""Judges what a source reads."""

_SWITCH = {"": True, "true": True, "false": False}


def announced(source: Source, judge: Judge) -> Outcome:
    """Judge a pull request and announce the decision: a review, and the commit status.

    An older success is taken back before anything else, so that it never outlives the question.

    Raises:
        UsageError: the source is no pull request on GitHub, or GATE_STATUS is no switch.
    """
    if not isinstance(source, GithubSource):
        raise UsageError("--post review: only a pull request on GitHub can be reviewed")
    announcer = _Announcer(source) if wants_status() else None
    if announcer is None:
        return post_review(source, judge(source))
    announcer.begin()
    return announcer.finish(post_review(source, judge(source)))


def wants_status() -> bool:
    """Whether the commit status is written, by GATE_STATUS; it is unless that says `false`.

    Raises:
        UsageError: it says neither.
    """
    word = config.environ().get("GATE_STATUS", "").strip()
    if word not in _SWITCH:
        raise UsageError(f"GATE_STATUS: {word[:40]!a} is neither true nor false")
    return _SWITCH[word]


def post_review(source: Source, outcome: Outcome) -> Outcome:
    """Announce the decision in a review.

    A decision that is not in the ledger is not announced. A review that could not be posted does
    not change the decision: the job's result and summary carry it, and the report says so.

    Raises:
        UsageError: the source is no pull request on GitHub.
    """
    if not isinstance(source, GithubSource):
        raise UsageError("--post review: only a pull request on GitHub can be reviewed")
    report = outcome.report
    if report.entry is None:
        return noted(outcome, "no review was posted: the decision is not in the ledger")
    rules = outcome.evaluation.rules if outcome.evaluation else ()
    draft = render_review(report, outcome.changes, rules, _server())
    try:
        posted = post(source.forge, source.number, report, draft)
    except GateError as error:
        complain(error)
        return noted(outcome, f"no review was posted: {neutralise(error.message, 400)}")
    if posted.annotation and config.environ().get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(f"{posted.annotation}\n")
    return noted(outcome, *posted.notes)


def post_group_status(forge: Forge, sha: str, outcome: Outcome, number: int) -> Outcome:
    """Announce the decision on a merge group in the status of its head.

    Args:
        forge: the client.
        sha: head of the group.
        outcome: the decision on the group.
        number: pull request that decided it.
    """
    if not wants_status():
        return outcome
    draft = render_status(outcome.report, f"#{number}")
    try:
        written = StatusPoster(forge, sha, run_address(forge.repository)).write(draft)
    except GateError as error:
        return _told(outcome, (f"no commit status was written: {neutralise(error.message, 400)}",))
    return _told(outcome, written.notes)


def noted(outcome: Outcome, *notes: str) -> Outcome:
    """The outcome, with notes in its report."""
    report = msgspec.structs.replace(outcome.report, notes=(*outcome.report.notes, *notes))
    return msgspec.structs.replace(outcome, report=report)


def run_address(repository: str) -> str:
    """Where this run of Actions is shown; empty outside of Actions."""
    number = config.environ().get("GITHUB_RUN_ID", "")
    return f"{_server()}/{repository}/actions/runs/{number}" if number.isdecimal() else ""


class _Announcer:
    """The commit status of one pull request, from before it is judged to after."""

    def __init__(self, source: GithubSource) -> None:
        self._source = source
        self._target = run_address(source.forge.repository)
        self._head = source.event_head or ""
        self._is_superseded = False
        self._notes: list[str] = []

    def begin(self) -> None:
        """Take an older success back; what fails here does not stop the judging."""
        try:
            head = self._source.peek().head.sha
            self._is_superseded = self._head not in ("", head)
            if self._is_superseded:
                return  # NOTE: the run of the newer push speaks for it
            self._head = head
            self._notes += self._poster(head).withdraw().notes
        except GateError as error:
            self._notes.append(f"no commit status was read: {neutralise(error.message, 400)}")

    def finish(self, outcome: Outcome) -> Outcome:
        """Write the status of the decision."""
        head = outcome.report.pull.head if outcome.report.pull else self._head
        if self._is_superseded or not head:
            return noted(outcome, *self._notes)
        try:
            written = self._write(outcome, head)
        except GateError as error:
            written = StatusOutcome(
                action="refused",
                notes=(f"no commit status was written: {neutralise(error.message, 400)}",),
            )
        return _told(outcome, (*self._notes, *written.notes))

    def _write(self, outcome: Outcome, head: str) -> StatusOutcome:
        draft = render_status(outcome.report)
        source = self._source
        if draft.state == "success":
            pull = source.forge.pull(source.number)
            if pull.head.sha != head:
                raise HeadMovedError("the head moved: another run speaks for it")
            draft = withhold(draft, pull, source.siblings, source.base)
        if draft.state == "success" and source.forge.is_protected(source.base) is False:
            return StatusOutcome(
                action="none",
                notes=(
                    f"no commit status was written: nothing protects {neutralise(source.base)},"
                    " and a success would count for every branch that this commit is offered to",
                ),
            )
        return self._poster(head).write(draft)

    def _poster(self, head: str) -> StatusPoster:
        return StatusPoster(self._source.forge, head, self._target)


def _told(outcome: Outcome, notes: tuple[str, ...]) -> Outcome:
    if notes and config.environ().get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(f"::warning title=gate status::{workflow_data(' '.join(notes))}\n")
    return noted(outcome, *notes)


def _server() -> str:
    return config.environ().get("GITHUB_SERVER_URL") or "https://github.com"
