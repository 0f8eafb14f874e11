"""Read commands off comments: one exact line, or none."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from gate.judge.votes.lookalike import fold
from gate.judge.votes.stakes import Bar
from gate.moment import read_time
from gate.pattern import pattern
from gate.schema.facts import IssueComment
from gate.text import neutralise

MAX_LINE = 500
"""Characters of a command; a longer first line is none."""

MIN_REASON = 10
"""Characters of a reason to break the glass."""

Verb = Literal["approve", "revoke", "break-glass", "malformed"]
"""What a comment asks for; `malformed`: something that was meant as a command."""

_FIRST_LINE = pattern(r"[^\r\n]*")
_APPROVE = pattern(r"/gate approve ([0-9a-f]{40})")
_REVOKE = pattern(r"/gate revoke(?: @([A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})))?")
_BREAK_GLASS = pattern(r"/gate break-glass ([0-9a-f]{40}) (\S.*)")
_FALSE_BLOCK = pattern(r"/gate false-block \S.*")
_SHORT_SHA = pattern(r"/gate (?:approve|break-glass) ([0-9a-fA-F]{4,39})(?: .*)?")
_UPPER_SHA = pattern(r"/gate (?:approve|break-glass) (?=[0-9a-f]*[A-F])[0-9a-fA-F]{40}(?: .*)?")
_REASONLESS = pattern(r"/gate break-glass [0-9a-f]{40}(?: .*)?")

_EXACT = "is no exact command: `/gate approve` and the 40 digits of the head, alone on line one"
_EDITED = Bar("edited", "was edited afterwards")
_VIA_APP = Bar("via_app", "was written through an app")


class Command(NamedTuple):
    """What one comment asks for."""

    verb: Verb
    """What."""
    sha: str = ""
    """Commit it names, 40 hex digits."""
    target: str = ""
    """Login of `revoke @login`; empty: the writer's own."""
    reason: str = ""
    """Reason to break the glass, neutralised; of `malformed`, what is wrong with it."""


class Spoken(NamedTuple):
    """A command and how it came to be."""

    command: Command
    """The command."""
    moment: datetime | None
    """When it was written."""
    bar: Bar | None
    """Why the comment does not speak for its writer: edited, or written through an app."""


def read_command(comment: IssueComment) -> Spoken | None:
    """The command of a comment; `None` for ordinary talk."""
    command = parse_command(comment.body)
    if command is None:
        return None
    bar = None
    if _was_edited(comment):
        bar = _EDITED
    elif comment.performed_via_github_app is not None:
        bar = _VIA_APP
    return Spoken(command, read_time(comment.created_at), bar)


def parse_command(body: str | None) -> Command | None:
    """The command that is the whole first line of a comment.

    Nothing is searched for: a quotation, a fence, a hidden comment or an e-mail's history begins
    with something else, so its first line is no command. What only looks like one is `malformed`,
    so that its writer learns why it does not count.
    """
    line = _first_line(body)
    if not line or (line[0] not in "/ \t" and line.isascii()):
        return None
    if found := _APPROVE.fullmatch(line):
        return Command("approve", sha=found[1])
    if found := _REVOKE.fullmatch(line):
        return Command("revoke", target=(found[1] or "").lower())
    if found := _BREAK_GLASS.fullmatch(line):
        reason = _reason(found[2])
        if reason:
            return Command("break-glass", sha=found[1], reason=reason)
    if _FALSE_BLOCK.fullmatch(line):
        # NOTE: it is for the metrics (gate.audit.outcomes.events), and votes for nothing
        return None
    return Command("malformed", reason=_fault(line)) if _is_meant(line) else None


def _first_line(body: str | None) -> str:
    """The first line without trailing blanks; empty where it is longer than a command can be."""
    if not body:
        return ""
    found = _FIRST_LINE.match(body[: MAX_LINE + 1])
    line = found[0] if found else ""
    return line[:MAX_LINE].rstrip(" \t") if len(line) <= MAX_LINE else line[:MAX_LINE] + "…"


def _is_meant(line: str) -> bool:
    words = fold(line)
    return words == "/gate" or words.startswith("/gate ")


def _fault(line: str) -> str:
    if found := _SHORT_SHA.fullmatch(line):
        return f"names {len(found[1])} digits of a commit, all 40 are needed"
    if _REASONLESS.fullmatch(line):
        return f"gives no reason of at least {MIN_REASON} characters"
    if _UPPER_SHA.fullmatch(line):
        return "names the commit in capitals; copy it as git prints it"
    return _EXACT


def _reason(text: str) -> str:
    """A reason fit for a report; empty where it is too short, or hides characters."""
    shown = neutralise(" ".join(text.split()))
    return shown if len(shown) >= MIN_REASON and "\\u{" not in shown else ""


def _was_edited(comment: IssueComment) -> bool:
    """Whether a comment may say something else than when it was written.

    Who edited it only GraphQL tells, so every edit counts as somebody else's.
    """
    if comment.updated_at is None or comment.updated_at == comment.created_at:
        return False
    updated = read_time(comment.updated_at)
    return updated is None or updated != read_time(comment.created_at)
