"""Post a review once, whatever GitHub does meanwhile, and clear away what it replaces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import msgspec

from gate.forge import Forge
from gate.refusal import ForgeWriteError
from gate.report.review import MARKER, ReviewDraft, marker
from gate.schema.facts import Review
from gate.schema.report import Report
from gate.text import neutralise, workflow_data

MAX_POSTS = 3
"""How often one review is sent, after looking each time whether it is there already."""
MAX_CLEARED = 50
"""Older reviews one run clears away."""
PAUSE = 3.0
"""Seconds before looking whether a review is there after all."""
RATE_PAUSE = 60.0
"""Seconds to wait when GitHub asks to slow down and does not say how long."""

Sleep = Callable[[float], None]


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a review."""

    action: Literal["posted", "edited", "unchanged", "none", "refused", "superseded"]
    """`refused`: the token may not write; `superseded`: the head moved, another run speaks."""
    review: int | None = None
    """Id of the review that stands for this decision."""
    cleared: tuple[int, ...] = ()
    """Older reviews that were dismissed, or marked as superseded where they could not be."""
    notes: tuple[str, ...] = ()
    """What the reader should know, each one line."""

    @property
    def annotation(self) -> str:
        """A workflow command that shows the notes in Actions; empty where there are none."""
        if not self.notes:
            return ""
        return f"::warning title=gate review::{workflow_data(' '.join(self.notes))}"


class _Own(msgspec.Struct, frozen=True):
    """A review of ours, by login and marker."""

    review: Review
    head: str
    digest: str
    decision: str


def post(
    forge: Forge,
    number: int,
    report: Report,
    draft: ReviewDraft | None,
    sleep: Sleep = time.sleep,
) -> Posted:
    """Announce a decision on the pull request.

    The same decision on the same commit is never posted twice; its text is edited where votes
    changed. Whatever older reviews of ours it replaces are dismissed, or marked as superseded.
    After an error older blocks stand.

    Args:
        forge: the client; its own login decides which reviews are ours.
        number: pull request.
        report: the run.
        draft: its review; `None`: there is nothing to say, only to clear away.
        sleep: waits.

    Raises:
        CollectError: GitHub did not answer.
        ReportError: GitHub took the review in no form.
    """
    if report.pull is None:
        return Posted(action="none")
    if forge.pull(number).head.sha != report.pull.head:
        return Posted(action="superseded", notes=("the head moved: another run speaks for it",))
    poster = _Poster(forge, number, report, sleep)
    if draft is None and report.decision == "error":
        return Posted(action="none")
    return poster.announce(draft)


class _Poster:
    """One announcement: what was found, done and noted."""

    def __init__(self, forge: Forge, number: int, report: Report, sleep: Sleep) -> None:
        self._forge = forge
        self._number = number
        self._report = report
        self._sleep = sleep
        self._notes: list[str] = []

    def announce(self, draft: ReviewDraft | None) -> Posted:
        own = self._own()
        if draft is None:
            return Posted(action="none", cleared=self._clear(own), notes=tuple(self._notes))
        standing = _standing(own, draft)
        action: Literal["posted", "edited", "unchanged"]
        if standing is not None:
            action, current = self._edit(standing.review, draft), standing.review.id
        else:
            created = self._create(draft)
            if created is None:
                return Posted(action="refused", notes=tuple(self._notes))
            action, current = "posted", created.id
            self._learn(created)
        older = [one for one in own if one.review.id != current]
        if draft.decision == "error":
            older = [one for one in older if one.review.state != "CHANGES_REQUESTED"]
        return Posted(
            action=action, review=current, cleared=self._clear(older), notes=tuple(self._notes)
        )

    def _own(self) -> list[_Own]:
        """Our reviews: the marker alone proves nothing, anybody can write one."""
        login = self._forge.own_login().lower()
        found = []
        for review in self._forge.reviews(self._number):
            if review.user is None or review.user.login.lower() != login:
                continue
            match = MARKER.search(review.body or "")
            if match is not None:
                found.append(_Own(review, *match.groups()))
        return found

    def _learn(self, created: Review) -> None:
        login = created.user.login if created.user else ""
        if login.lower() != self._forge.own_login().lower():
            self._notes.append(
                f"reviews are posted as {neutralise(login, 60)}: set GATE_LOGIN to it,"
                " or older ones stay"
            )

    def _edit(self, review: Review, draft: ReviewDraft) -> Literal["edited", "unchanged"]:
        if (review.body or "").strip() in (draft.body.strip(), draft.fallback.strip()):
            return "unchanged"
        try:
            self._forge.edit_review(self._number, review.id, draft.body)
        except ForgeWriteError as error:
            self._notes.append(error.message)
            return "unchanged"
        return "edited"

    def _create(self, draft: ReviewDraft) -> Review | None:
        """The review, or `None` where the token may not write.

        Raises:
            ForgeWriteError: GitHub took it in no form.
        """
        form = _Form(draft)
        sent = 0
        while True:
            try:
                return self._forge.create_review(
                    self._number, draft.head, form.event, form.body, form.comments
                )
            except ForgeWriteError as error:
                if error.status in (403, 404) and not error.is_rate_limit:
                    self._notes.append(
                        f"no review could be posted ({error.message}); the decision stands in"
                        " the job's result and summary"
                    )
                    return None
                self._wait(error)
                found = _standing(self._own(), draft)
                if found is not None:
                    return found.review
                change = form.yield_to(error)
                if change:
                    self._notes.append(change)
                    continue
                sent += 1
                if sent >= MAX_POSTS or not (error.may_have_happened or error.is_rate_limit):
                    raise

    def _wait(self, error: ForgeWriteError) -> None:
        if error.is_rate_limit:
            self._sleep(float(min(error.retry_after or RATE_PAUSE, 2 * RATE_PAUSE)))
        elif error.may_have_happened:
            self._sleep(PAUSE)

    def _clear(self, older: list[_Own]) -> tuple[int, ...]:
        cleared = []
        standing = [
            one
            for one in older
            if one.review.state == "CHANGES_REQUESTED"
            or (one.review.state == "COMMENTED" and one.decision != "superseded")
        ]
        for one in standing[-MAX_CLEARED:]:
            is_gone = one.review.state == "CHANGES_REQUESTED" and self._dismiss(one)
            if is_gone or (one.decision != "superseded" and self._mark(one)):
                cleared.append(one.review.id)
        return tuple(cleared)

    def _dismiss(self, one: _Own) -> bool:
        head = self._report.pull.head[:12] if self._report.pull else ""
        message = f"Superseded: judged again at {head}, decision {self._report.decision}."
        try:
            self._forge.dismiss_review(self._number, one.review.id, message)
        except ForgeWriteError as error:
            self._notes.append(
                f"review {one.review.id} of the gate still blocks, somebody who may must dismiss"
                f" it ({error.message})"
            )
            return False
        return True

    def _mark(self, one: _Own) -> bool:
        head = self._report.pull.head[:12] if self._report.pull else ""
        text = (
            f"Superseded: the gate judged this pull request again at `{head}`"
            f" (decision: {self._report.decision}).\n\n"
            + marker(one.head, one.digest, "superseded")
        )
        try:
            self._forge.edit_review(self._number, one.review.id, text)
        except ForgeWriteError as error:
            self._notes.append(error.message)
            return False
        return True


class _Form:
    """How the review is sent; each refusal that means something gives one thing up."""

    def __init__(self, draft: ReviewDraft) -> None:
        self._draft = draft
        self.event: str = draft.event
        self.body = draft.body
        self.comments = [msgspec.to_builtins(comment) for comment in draft.comments]
        self._is_slowed = False

    def yield_to(self, error: ForgeWriteError) -> str:
        """Give up what GitHub refuses; says what, or nothing when there is nothing to give up."""
        if "own pull request" in error.detail.lower() and self.event == "REQUEST_CHANGES":
            self.event = "COMMENT"
            return "the gate's account opened this pull request, so it can only comment"
        if error.status != 422 or not self.comments:
            return ""
        if error.is_rate_limit and not self._is_slowed:
            self._is_slowed = True
            return ""
        self.body, self.comments = self._draft.fallback, []
        return f"GitHub refused the comments on lines ({error.detail}); the review says all itself"


def _standing(own: list[_Own], draft: ReviewDraft) -> _Own | None:
    """Our review that says the same of the same commit and still stands."""
    for one in reversed(own):
        same = (one.head, one.digest, one.decision) == (draft.head, draft.digest, draft.decision)
        if same and one.review.state in ("CHANGES_REQUESTED", "COMMENTED"):
            return one
    return None
