"""What GitHub says of a repository's settings, in REST names; unknown keys are welcome."""

from __future__ import annotations

import msgspec

from gate.schema.forge import Protection

# NOTE: every answer here has a required key: a page that is no answer at all (a proxy's HTML) must
# not read as a repository on which nothing is set


class RepositoryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A repository."""

    full_name: str
    """`owner/name` as GitHub writes it now."""
    default_branch: str
    """Its default branch."""
    private: bool
    """Not public (an internal one is private too)."""
    archived: bool = False
    """Read-only."""
    allow_forking: bool | None = None
    """Private repositories: may be forked; `None`: not shown to this token."""
    allow_auto_merge: bool | None = None
    """Auto-merge; `None`: not shown to this token."""


class RequiredCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One required status check, of a ruleset or of classic protection."""

    context: str
    """Name of the status or check."""
    integration_id: int | None = None
    """Expected app, of a ruleset."""
    app_id: int | None = None
    """Expected app, of classic protection; -1 is any."""


class RequiredWorkflow(msgspec.Struct, frozen=True, kw_only=True):
    """One workflow that a ruleset requires."""

    path: str
    """Path in its repository."""
    repository_id: int = 0
    """Its repository."""
    sha: str | None = None
    """Commit, where it is pinned."""


class RuleParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of the kinds of rule that the doctor knows."""

    required_status_checks: tuple[RequiredCheck, ...] = ()
    """Kind `required_status_checks`."""
    strict_required_status_checks_policy: bool = False
    """Branches must be up to date."""
    workflows: tuple[RequiredWorkflow, ...] = ()
    """Kind `workflows`."""
    required_approving_review_count: int = 0
    """Kind `pull_request`: approvals."""
    dismiss_stale_reviews_on_push: bool = False
    """Kind `pull_request`."""
    require_code_owner_review: bool = False
    """Kind `pull_request`."""
    require_last_push_approval: bool = False
    """Kind `pull_request`."""


class BranchRule(msgspec.Struct, frozen=True, kw_only=True):
    """One active rule of a ruleset that applies to a branch."""

    type: str
    """Kind: required_status_checks, pull_request, workflows, merge_queue, deletion, ..."""
    parameters: RuleParameters | None = None
    """Parameters."""
    ruleset_id: int = 0
    """Its ruleset; 0: not said."""


class BypassActor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a ruleset does not bind."""

    actor_type: str
    """Integration | OrganizationAdmin | RepositoryRole | Team | DeployKey | User."""
    actor_id: int | None = None
    """Its id."""
    bypass_mode: str | None = None
    """always | pull_request | exempt."""


class RulesetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A ruleset."""

    id: int
    """Its id."""
    name: str
    """Its name."""
    bypass_actors: tuple[BypassActor, ...] | None = None
    """Whom it does not bind; `None`: shown only to who may change the ruleset."""


class ClassicChecks(msgspec.Struct, frozen=True, kw_only=True):
    """Required status checks of classic protection."""

    contexts: tuple[str, ...] = ()
    """Names."""
    checks: tuple[RequiredCheck, ...] = ()
    """Names with expected apps."""
    strict: bool | None = None
    """Branches must be up to date."""
    enforcement_level: str = ""
    """off | non_admins | everyone; only in the branch's own summary."""


class ClassicSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may see of classic protection."""

    enabled: bool = False
    """There is one."""
    required_status_checks: ClassicChecks | None = None
    """Its required checks."""


class CommitName(msgspec.Struct, frozen=True):
    """A commit."""

    sha: str
    """40 hex digits."""


class BranchAnswer(Protection, frozen=True, kw_only=True):
    """A branch."""

    name: str
    """Its name."""
    commit: CommitName
    """Its tip."""
    protection: ClassicSummary = ClassicSummary()
    """Classic protection in short."""


class Switch(msgspec.Struct, frozen=True):
    """A setting that is on or off."""

    enabled: bool
    """On."""


class Allowances(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do without reviews."""

    users: tuple[dict[str, object], ...] = ()
    """People."""
    teams: tuple[dict[str, object], ...] = ()
    """Teams."""
    apps: tuple[dict[str, object], ...] = ()
    """Apps."""


class ClassicReviews(msgspec.Struct, frozen=True, kw_only=True):
    """Required reviews of classic protection."""

    dismiss_stale_reviews: bool
    """A push dismisses approvals."""
    require_code_owner_reviews: bool
    """Code owners must approve."""
    required_approving_review_count: int = 0
    """Approvals."""
    require_last_push_approval: bool = False
    """The last push needs somebody else's approval."""
    bypass_pull_request_allowances: Allowances = Allowances()
    """Who may do without."""


class ClassicProtection(msgspec.Struct, frozen=True, kw_only=True):
    """Classic protection of a branch."""

    url: str
    """Its own address."""
    required_status_checks: ClassicChecks | None = None
    """Required checks."""
    required_pull_request_reviews: ClassicReviews | None = None
    """Required reviews."""
    enforce_admins: Switch = Switch(False)
    """Holds for administrators too."""
    allow_force_pushes: Switch = Switch(False)
    """Force-pushes."""
    allow_deletions: Switch = Switch(False)
    """Deletion."""


class TokenSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What Actions' own token may do by default."""

    default_workflow_permissions: str
    """read | write."""
    can_approve_pull_request_reviews: bool
    """Whether a workflow may approve pull requests."""


class WorkflowState(msgspec.Struct, frozen=True, kw_only=True):
    """One workflow as Actions knows it."""

    path: str
    """Its file."""
    state: str
    """active | deleted | disabled_fork | disabled_inactivity | disabled_manually."""


class WorkflowStates(msgspec.Struct, frozen=True, kw_only=True):
    """A page of workflows."""

    total_count: int
    """How many there are."""
    workflows: tuple[WorkflowState, ...]
    """Those of the page."""


class OwnersError(msgspec.Struct, frozen=True, kw_only=True):
    """One line of CODEOWNERS that GitHub does not understand."""

    line: int
    """1-based."""
    kind: str
    """Kind of error."""
    path: str = ""
    """The file."""


class OwnersErrors(msgspec.Struct, frozen=True, kw_only=True):
    """What GitHub does not understand in CODEOWNERS."""

    errors: tuple[OwnersError, ...]
    """The lines."""


class CollaboratorRights(msgspec.Struct, frozen=True, kw_only=True):
    """What a collaborator may do."""

    push: bool = False
    """Write."""


class Collaborator(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with access to the repository."""

    login: str
    """Account."""
    id: int
    """Its number."""
    type: str
    """User | Bot."""
    role_name: str
    """admin | maintain | write | triage | read, or a role of the organisation's own."""
    permissions: CollaboratorRights | None = None
    """Rights; a custom role is known by them."""
