"""PullFacts: what is known of a pull request, in the names of GitHub's REST API.

Source: https://docs.github.com/en/rest/pulls, /rest/issues/events, /rest/collaborators.
Unknown keys are welcome, so that a recorded payload drops in unchanged; a missing section is
`None` (absent), never empty. `pull` and `commits` are required.
"""

from __future__ import annotations

import msgspec


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """An account."""

    login: str
    """Login; bots end in `[bot]` in REST."""
    id: int = 0
    """Numeric id, which survives a rename; 0 where unknown (local git)."""
    type: str = "User"
    """User | Bot | Organization | Mannequin."""


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A GitHub App."""

    id: int = 0
    """Numeric id."""
    slug: str = ""
    """Slug; its account is `<slug>[bot]`."""


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A repository."""

    full_name: str = ""
    """`owner/name`."""
    id: int = 0
    """Numeric id."""
    private: bool = False
    """Whether the repository is private."""
    default_branch: str = "main"
    """Default branch."""


class PullRef(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a pull request."""

    ref: str
    """Branch name."""
    sha: str
    """Commit, 40 hex digits."""
    repo: Repository | None = None
    """Repository of the branch; `None` when a fork was deleted."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A label."""

    name: str
    """Label name."""


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """The pull request itself."""

    number: int = 0
    """Number; 0 for a local git range."""
    title: str = ""
    """Title."""
    body: str | None = None
    """Description."""
    state: str = "open"
    """open | closed."""
    draft: bool = False
    """Whether it is a draft."""
    user: Actor | None = None
    """Who opened it; `None` for a deleted account."""
    base: PullRef
    """Where it would go."""
    head: PullRef
    """What would be merged."""
    labels: tuple[Label, ...] = ()
    """Labels now on it."""
    changed_files: int | None = None
    """Announced number of changed files."""
    commits: int | None = None
    """Announced number of commits."""
    created_at: str | None = None
    """When it was opened, RFC 3339."""


class GitPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Author or committer as git wrote it; anybody can write anything here."""

    name: str = ""
    """Name."""
    email: str = ""
    """E-mail."""
    date: str | None = None
    """RFC 3339; under the author's control, never used as time of arrival."""


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """GitHub's word on a commit signature."""

    verified: bool = False
    """Whether GitHub verified the signature."""
    reason: str = ""
    """GitHub's reason."""
    signature: str | None = None
    """The armoured signature; an SSH signature holds its public key."""


class CommitDetail(msgspec.Struct, frozen=True, kw_only=True):
    """The git side of a commit."""

    author: GitPerson | None = None
    """Author."""
    committer: GitPerson | None = None
    """Committer."""
    message: str = ""
    """Full message with trailers."""
    verification: Verification | None = None
    """Signature."""


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """A parent commit."""

    sha: str
    """Commit."""


class PullCommit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit of the pull request."""

    sha: str
    """Commit."""
    commit: CommitDetail
    """What git says."""
    author: Actor | None = None
    """Account GitHub maps the author to; `None` when it maps to none."""
    committer: Actor | None = None
    """Account GitHub maps the committer to."""
    parents: tuple[Parent, ...] = ()
    """Parents."""


class PullFile(msgspec.Struct, frozen=True, kw_only=True):
    """One changed file of the files API."""

    filename: str
    """Path at the head."""
    status: str
    """added | removed | modified | renamed | copied | changed | unchanged."""
    previous_filename: str | None = None
    """Path before a rename or copy."""
    additions: int = 0
    """Added lines."""
    deletions: int = 0
    """Removed lines."""
    sha: str | None = None
    """Blob at the head."""
    patch: str | None = None
    """Hunks; missing for binary, too large and pure renames."""
    is_binary: bool | None = None
    """What the gate itself found in both versions where GitHub shows no patch; `None`: nobody
    looked. Not a key of GitHub's."""


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """One review."""

    id: int = 0
    """Numeric id."""
    user: Actor | None = None
    """Reviewer; `None` for a deleted account."""
    state: str
    """APPROVED | CHANGES_REQUESTED | COMMENTED | DISMISSED | PENDING."""
    commit_id: str | None = None
    """Commit that was reviewed."""
    submitted_at: str | None = None
    """RFC 3339."""
    body: str | None = None
    """Text."""


class IssueComment(msgspec.Struct, frozen=True, kw_only=True):
    """One comment in the conversation."""

    id: int = 0
    """Numeric id."""
    user: Actor | None = None
    """Writer."""
    body: str | None = None
    """Text."""
    created_at: str | None = None
    """RFC 3339."""
    updated_at: str | None = None
    """RFC 3339; later than `created_at`: somebody edited it."""
    performed_via_github_app: App | None = None
    """The app that wrote it for the user; `None` proves nothing."""


class DismissedReview(msgspec.Struct, frozen=True, kw_only=True):
    """What a `review_dismissed` event says."""

    state: str = ""
    """State before the dismissal, lower case: approved | changes_requested | ... ."""
    review_id: int = 0
    """The review."""


class IssueEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One issue event: labels set and removed, force-pushes, dismissals, changes of base."""

    id: int = 0
    """Numeric id."""
    event: str
    """labeled | unlabeled | head_ref_force_pushed | review_dismissed | base_ref_changed | ... ."""
    actor: Actor | None = None
    """Who did it."""
    label: Label | None = None
    """The label of labeled and unlabeled."""
    created_at: str | None = None
    """RFC 3339."""
    commit_id: str | None = None
    """Commit, where the event has one."""
    dismissed_review: DismissedReview | None = None
    """Of `review_dismissed`."""
    performed_via_github_app: App | None = None
    """The app that did it for the user."""


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One push to the head branch, of the repository's activity."""

    actor: Actor | None = None
    """Who pushed."""
    after: str = ""
    """Commit the branch pointed at then."""
    timestamp: str | None = None
    """When, by GitHub's clock, RFC 3339."""


class Sibling(msgspec.Struct, frozen=True, kw_only=True):
    """Another open pull request with the same head commit."""

    number: int
    """Number."""
    base: str
    """Branch it would go to."""


class PullFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of one pull request; a section that is `None` was not handed in."""

    pull: Pull
    """The pull request."""
    commits: tuple[PullCommit, ...]
    """Its commits, oldest first."""
    files: tuple[PullFile, ...] | None = None
    """Changed files of the files API."""
    reviews: tuple[Review, ...] | None = None
    """Reviews, oldest first."""
    comments: tuple[IssueComment, ...] | None = None
    """Conversation comments."""
    events: tuple[IssueEvent, ...] | None = None
    """Issue events."""
    permissions: dict[str, str] | None = None
    """login -> admin | maintain | write | triage | read | none, as of now."""
    teams: dict[str, tuple[str, ...]] | None = None
    """`org/slug` -> logins with active membership; a team that the token cannot see is left out."""
    codeowners: str | None = None
    """Text of the base branch's CODEOWNERS file; empty: there is none."""
    app: App | None = None
    """The app through which the pull request was opened (of its issue)."""
    pushes: tuple[Push, ...] | None = None
    """Pushes to the head branch, newest first; `None`: the token cannot tell."""
    siblings: tuple[Sibling, ...] | None = None
    """Other open pull requests with this head."""
    head_arrived_at: str | None = None
    """When the head arrived by the forge's own clock (first check suite on it), RFC 3339; `None`
    where nothing tells. Commit dates never do: their author writes them."""
