"""Write the commit status of a decision, never over that of a newer run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import msgspec

from gate.errors import CollectError
from gate.forge import Forge
from gate.pattern import pattern
from gate.refusal import ForgeWriteError
from gate.report.status import CONTEXT, JUDGING, StatusDraft
from gate.schema.forge import CommitStatus
from gate.text import neutralise

MAX_WRITES = 3
"""How often one status is sent; a repetition says the same again and harms nothing."""
PAUSE = 3.0
"""Seconds before a status is sent again."""
MAX_PAUSE = 120.0
"""Seconds to wait at most where GitHub asks to slow down."""

_RUN = pattern(r".{1,300}/actions/runs/(\d{1,18})(?:/attempts/\d{1,6})?\Z")

Sleep = Callable[[float], None]


class StatusOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a status."""

    action: Literal["written", "superseded", "refused", "none"]
    """`superseded`: a newer run has spoken; `refused`: the token may not write."""
    notes: tuple[str, ...] = ()
    """What the reader should know, each one line."""


class StatusPoster:
    """The status of one commit, as one run writes it."""

    def __init__(self, forge: Forge, sha: str, target: str, sleep: Sleep = time.sleep) -> None:
        """Nothing is read or written yet.

        Args:
            forge: the client; its own login decides which statuses are ours.
            sha: commit.
            target: address of this run; its number orders the runs. Empty on a laptop.
            sleep: waits.
        """
        self._forge = forge
        self._sha = sha
        self._target = target
        self._sleep = sleep

    def withdraw(self) -> StatusOutcome:
        """Take a success back while the gate looks again; any other status stays.

        A run that dies meanwhile leaves no green behind that nobody vouches for.
        """
        newest, _ = self._newest()
        if newest is None or newest.state != "success":
            return StatusOutcome(action="none")
        return self._write(JUDGING, newest)

    def write(self, draft: StatusDraft) -> StatusOutcome:
        """Write the status, unless a newer run has written one."""
        newest, stranger = self._newest()
        outcome = self._write(draft, newest)
        if not stranger:
            return outcome
        note = (
            f"the status {CONTEXT} was written by {neutralise(stranger, 60)} before: if that is"
            " the gate's own account, set GATE_LOGIN to it"
        )
        return msgspec.structs.replace(outcome, notes=(note, *outcome.notes))

    def _newest(self) -> tuple[CommitStatus | None, str]:
        """Our newest status, and the account of a newer one that somebody else wrote.

        Raises:
            CollectError: GitHub did not answer.
        """
        login = self._forge.own_login().lower()
        stranger = ""
        for status in self._forge.statuses(self._sha):
            if status.context != CONTEXT:
                continue
            creator = status.creator.login if status.creator else "ghost"
            if creator.lower() == login:
                return status, stranger
            stranger = stranger or creator
        return None, stranger

    def _write(self, draft: StatusDraft, newest: CommitStatus | None) -> StatusOutcome:
        if newest is not None and _run_of(newest.target_url) > _run_of(self._target) > 0:
            note = "no commit status was written: a newer run has written one"
            return StatusOutcome(action="superseded", notes=(note,))
        for attempt in range(1, MAX_WRITES + 1):
            try:
                self._forge.create_status(
                    self._sha, draft.state, CONTEXT, draft.description, self._target
                )
            except ForgeWriteError as error:
                if attempt < MAX_WRITES and (error.is_rate_limit or error.may_have_happened):
                    self._sleep(min(float(error.retry_after or PAUSE), MAX_PAUSE))
                    continue
                return StatusOutcome(action="refused", notes=(_refusal(error, newest),))
            return StatusOutcome(action="written")
        raise CollectError("no commit status could be written")


def _refusal(error: ForgeWriteError, newest: CommitStatus | None) -> str:
    stands = ""
    if newest is not None and newest.state == "success":
        stands = f"; the older success of {CONTEXT} STILL STANDS, do not rely on it"
    return (
        f"no commit status could be written ({error.message}){stands};"
        " the decision stands in the job's result and summary"
    )


def _run_of(url: str | None) -> int:
    """The number of an Actions run out of its address; 0 where there is none."""
    match = _RUN.match(url or "")
    return int(match[1]) if match else 0
