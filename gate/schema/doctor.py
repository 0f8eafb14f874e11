"""What `gate doctor` says of a repository (`--format json`)."""

from __future__ import annotations

from typing import Literal

import msgspec

Answer = Literal["no", "cannot-tell", "yes"]
"""`yes` is always the safe answer; `cannot-tell` is never taken for one."""

Area = Literal["required", "branch", "workflow", "actions", "owners", "people", "site"]
"""What a question is about."""


class Examined(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question and its answer."""

    id: str
    """Id of the question, `decision.required`; docs/doctor.md explains each."""
    area: Area
    """What it is about."""
    question: str
    """The question; `yes` is the safe answer."""
    answer: Answer
    """no, cannot-tell or yes."""
    found: str
    """What was seen, or why nothing could be."""
    permission: str = ""
    """For cannot-tell: what the token would need, `administration=read`; empty: no token helps."""
    why: str
    """Why it matters."""
    fix: str = ""
    """What to do: the setting's path on GitHub, or the line of the workflow; empty for yes."""
    command: str = ""
    """A call of GitHub's command line that does it, or shows what is set."""


class Examination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every question asked of one branch of one repository."""

    version: Literal[1] = 1
    """Version of this document."""
    repository: str
    """`owner/name`."""
    branch: str
    """The branch that pull requests go into."""
    commit: str
    """Its tip, where workflows, CODEOWNERS and `.gate` were read; empty: not readable."""
    workflows: tuple[str, ...] = ()
    """Files that run the gate."""
    no: int
    """Questions answered no."""
    cannot_tell: int
    """Questions without an answer."""
    yes: int
    """Questions answered yes."""
    failed: bool
    """GitHub failed while it was asked, so that some cannot-tell is no matter of the token."""
    calls: int
    """Questions that went to GitHub."""
    answers: tuple[Examined, ...]
    """The answers, the worst first."""
