"""What the collect stage hands on, with the port through which file contents are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from gate.schema.facts import Actor, PullFacts
from gate.schema.section import Absent, Gap, Unreadable

Side = Literal["before", "after"]
"""The state of a file at the merge base, or at the head."""

Content = bytes | Absent | Unreadable
"""Bytes of a file, `Absent` when that side has no such file, or `Unreadable`."""


class PlanFile(msgspec.Struct, frozen=True, kw_only=True):
    """One Terraform or OpenTofu plan in JSON, as handed in."""

    root: str | None
    """Root module directory in POSIX form, `""` for the repository root; `None`: stands for every
    changed root that no other plan names."""
    name: str
    """How to call it in a message (file name only)."""
    data: bytes
    """The file's bytes."""


class SiteFolder(msgspec.Struct, frozen=True, kw_only=True):
    """The site's `.gate` folder, read from the base branch."""

    files: dict[str, bytes]
    """Path inside the folder, POSIX -> bytes."""
    ref: str
    """Where it was read (base commit, or `folder`)."""


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """The facts and raw material of one pull request."""

    origin: Literal["folder", "git", "github"]
    """Where it came from; on `git` nobody can vote."""
    facts: PullFacts
    """PullFacts."""
    diff: bytes | None
    """Git unified diff from merge base to head; `None`: use `facts.files` patches."""
    plans: tuple[PlanFile, ...] = ()
    """Plans handed in."""
    site: SiteFolder | None = None
    """The site's folder on the base branch; `None`: there is none."""
    gaps: tuple[Gap, ...] = ()
    """What could not be read."""
    notes: tuple[str, ...] = ()
    """What a reader should know of how it was read, one line each; decides nothing."""


class Source(Protocol):
    """Where a pull request is read from."""

    def collect(self) -> Collected:
        """Read facts, diff, plans and the site's folder.

        Raises:
            CollectError: what is required cannot be read.
        """

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        """Contents of the paths on one side; never follows symlinks or leaves the repository."""

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        """Names of the files directly in a directory (`""`: the repository root), sorted."""

    def people(self) -> tuple[Actor, ...] | None:
        """Accounts that may push to the base repository; `None` where nobody can tell.

        Raises:
            CollectError: the forge did not answer.
        """

    def confirm(self) -> None:
        """Check that the head is still the one that was collected.

        Raises:
            HeadMovedError: it moved.
        """
