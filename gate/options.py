"""Options: how one pull request is judged."""

from __future__ import annotations

from typing import Literal

import msgspec

from gate.schema.site import PolicyFile

Runner = Literal["", "actions"]
"""Where the gate runs: on somebody's machine, or as a job of Actions."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to judge."""

    now: str
    """The run's clock, RFC 3339 UTC."""
    engine: str = "auto"
    """auto | opa | embedded."""
    opa_path: str | None = None
    """The OPA binary, if the caller knows it."""
    policies: tuple[PolicyFile, ...] = ()
    """Policies on top of the site's, from `--policy`."""
    what_if: tuple[str, ...] = ()
    """Votes to pretend, as `apply_what_if` takes them; the run is then not recorded."""
    reserve: bool = False
    """Whether the run counts against the limits and raises alerts; a dry run does not."""
    runner: Runner = ""
    """Where the gate runs."""
    announces: tuple[str, ...] = ()
    """Where the decision is announced: review, status."""
    replay: Literal["", "counted", "dry"] = ""
    """Derive a recorded decision again, of a run that counted or of a dry one: nothing is written.
    Empty: judge."""
    timed: bool = False
    """Whether the time that the run took is recorded; not where the clock was set by hand."""
