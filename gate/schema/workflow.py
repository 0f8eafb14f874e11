"""Workflows as rules see them: one normalised view before and one after."""

from __future__ import annotations

from typing import Literal

import msgspec


class Permission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One permission of the token, at the workflow or in a job."""

    job: str = ""
    """Job id; empty: the workflow's own block."""
    scope: str
    """contents, id-token, ...; `*` for write-all and read-all, and for an absent block."""
    access: Literal["none", "read", "write", "default"]
    """`default`: no block at all, so the repository's setting applies."""
    line: int
    """Line."""
    raised: bool = False
    """Write here, and not write for this job (or the workflow) before."""


class ActionUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One `uses:` of an action or reusable workflow."""

    job: str
    """Job id."""
    action: str
    """`owner/repo[/path]`, `docker://image`, as written."""
    ref: str = ""
    """What follows `@`."""
    line: int
    """Line."""
    pinned: bool = False
    """A full 40-hex (or 64-hex) commit, or a docker digest; local paths count as pinned."""
    first_party: bool = False
    """Owner is `actions`, `github`, or the repository's own owner."""
    stood: bool = False
    """The same use stood before."""


class Injection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Attacker-controlled text expanded inside a script."""

    job: str
    """Job id."""
    context: str
    """The expression's context, e.g. `github.event.issue.title`."""
    sink: str
    """run | script | env-file | prompt."""
    line: int
    """Line."""
    stood: bool = False
    """The same expansion stood before."""


class Trigger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event that starts the workflow."""

    event: str
    """Event name."""
    line: int
    """Line."""
    dangerous: bool = False
    """pull_request_target, workflow_run, or issue_comment: runs with the base's rights on a
    stranger's input."""
    checks_out_head: bool = False
    """A job of the workflow checks out the pull request's head."""
    stood: bool = False
    """The same trigger stood before (and what it checks out did not get worse)."""


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """One CI file that changes."""

    path: str
    """Path."""
    change: Literal["added", "removed", "changed"]
    """What happened to the file."""
    kind: Literal["workflow", "action", "other"]
    """GitHub workflow, action.yml, or another CI system's file (contents not decoded)."""
    triggers: tuple[Trigger, ...] = ()
    """Triggers after."""
    permissions: tuple[Permission, ...] = ()
    """Permissions after."""
    uses: tuple[ActionUse, ...] = ()
    """Actions used after."""
    injections: tuple[Injection, ...] = ()
    """Injections after."""
