"""Say what a task by the clock is, and what it may need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gate.audit.incidents.notify import Sender
from gate.schema.site import Site
from gate.store.streams import Streams

if TYPE_CHECKING:
    from gate.audit.outcomes.sync import PullListing
    from gate.store.note import NoteSigner


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """All that tasks need; what is missing keeps the tasks that need it from running."""

    streams: Streams
    """The ledger."""
    site: Site
    """The site's word."""
    clock: Callable[[], str]
    """The time, RFC 3339 UTC."""
    environ: Mapping[str, str]
    """For hooks."""
    senders: Mapping[str, Sender]
    """Ways of telling people."""
    listing: PullListing | None = None
    """GitHub, for the repository; `None`: no repository or no token was given."""
    branch: str = "main"
    """The protected branch."""
    repository: str = ""
    """`owner/name`; empty: none was given."""
    clone: str = ""
    """Folder of a clone of it; empty: none was given."""
    signer: NoteSigner | None = None
    """The private key; `None`: there is none."""
    metrics: str = ""
    """Where the metrics go; empty: nowhere."""
    write: Callable[[str, bytes], None] = lambda _path, _data: None
    """Puts a file in place, whole or not at all."""
    last: Mapping[str, str] = {}
    """Task -> when it was last done, RFC 3339 UTC."""


class Task(NamedTuple):
    """One thing that is done by the clock."""

    name: str
    """Name."""
    every: timedelta
    """How long it may rest; zero: every time."""
    what: str
    """What it does, one line."""
    lacks: Callable[[Job], str]
    """What it is not given; empty: it can run."""
    run: Callable[[Job], str]
    """Does it, and says what came of it; raises a GateError where it failed."""
