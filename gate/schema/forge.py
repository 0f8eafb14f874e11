"""What GitHub is asked with and answers with, where PullFacts has no word for it."""

from __future__ import annotations

import msgspec

from gate.schema.facts import Actor, App, PullCommit, PullFile, PullRef


class ForgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach GitHub."""

    api_url: str = "https://api.github.com"
    """Root of the REST API; https, or plain http on the loopback interface."""
    timeout: int = 15
    """Seconds for one answer."""
    retries: int = 4
    """How often a read is asked again after 5xx, 429 or a rate limit; writes never are."""
    backoff: float = 1.0
    """Factor of the exponential wait between reads."""
    write_pause: float = 1.0
    """Seconds between two writes (GitHub's secondary limits)."""
    login: str = "github-actions[bot]"
    """Whose reviews are ours where the token may not ask who it is (installation tokens)."""


class TreeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a git tree."""

    path: str
    """Path below the tree that was listed."""
    mode: str
    """100644 | 100755 | 120000 symlink | 160000 submodule | 040000 directory."""
    type: str
    """blob | tree | commit."""
    sha: str
    """Object."""
    size: int = 0
    """Bytes of a blob."""


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """A listed git tree."""

    sha: str = ""
    """Object."""
    tree: tuple[TreeEntry, ...]
    """Entries; required, so that a proxy's page never reads as a commit without files."""
    truncated: bool = False
    """More than 100,000 entries or 7 MB: not everything is there."""


class ObjectName(msgspec.Struct, frozen=True):
    """The name of a git object."""

    sha: str
    """40 hex digits."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What lies between two commits."""

    merge_base_commit: ObjectName
    """Merge base."""
    commits: tuple[PullCommit, ...] = ()
    """Commits of the page that was asked for."""
    files: tuple[PullFile, ...] = ()
    """Changed files, on page 1 only, at most 300."""


class RefAnswer(msgspec.Struct, frozen=True):
    """A git reference."""

    object: ObjectName
    """What it points at."""


class NamedRef(msgspec.Struct, frozen=True):
    """A git reference with its name."""

    ref: str
    """`refs/heads/...`."""
    object: ObjectName
    """What it points at."""


class Protection(msgspec.Struct, frozen=True):
    """Whether a branch is protected."""

    protected: bool
    """Classic protection or a ruleset applies; false is reliable whatever the token may see."""


class IssueAnswer(msgspec.Struct, frozen=True):
    """A pull request seen as an issue."""

    performed_via_github_app: App | None = None
    """The app that opened it for its author."""


class CommitStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One status of a commit."""

    context: str
    """Name of the status."""
    state: str
    """error | failure | pending | success."""
    description: str | None = None
    """One line."""
    target_url: str | None = None
    """Where more is said."""
    creator: Actor | None = None
    """Who wrote it."""


class BlobAnswer(msgspec.Struct, frozen=True):
    """A blob as the API sends it."""

    content: str
    """Its bytes, encoded."""
    encoding: str
    """base64 | utf-8."""


class PermissionAnswer(msgspec.Struct, frozen=True):
    """What an account may do."""

    permission: str
    """admin | write | read | none."""
    role_name: str = ""
    """The same with maintain, triage and custom roles."""


class CheckSuite(msgspec.Struct, frozen=True):
    """One check suite."""

    created_at: str | None = None
    """RFC 3339."""


class CheckSuites(msgspec.Struct, frozen=True):
    """The check suites of a commit."""

    total_count: int
    """How many there are."""
    check_suites: tuple[CheckSuite, ...] = ()
    """Those of the page."""


class IssueNumber(msgspec.Struct, frozen=True):
    """An issue that was opened."""

    number: int
    """Its number."""


class ClosedPull(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request that is closed, as the listing has it."""

    number: int
    """Number."""
    user: Actor | None = None
    """Who opened it; `None` for a deleted account."""
    body: str | None = None
    """Description."""
    base: PullRef
    """Where it went, or would have gone."""
    head: PullRef
    """What it brought."""
    created_at: str = ""
    """RFC 3339."""
    updated_at: str
    """RFC 3339; the listing is in its order."""
    closed_at: str | None = None
    """RFC 3339."""
    merged_at: str | None = None
    """RFC 3339; `None`: it was closed without being merged."""
    merge_commit_sha: str | None = None
    """The commit on the base branch, of a merged one."""
