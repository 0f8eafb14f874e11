"""Say which jobs of Actions may write to the ledger that all runs share.

The workflow of a `pull_request`, `pull_request_review` or `merge_group` run comes from the pull
request itself, so whoever opened it may have changed what the job does with a credential. The
other events take it from the default branch, and a workflow that a ruleset requires comes from
another repository.
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from __future__ import annotations

from collections.abc import Mapping

from gate.errors import ConfigError, UsageError
from gate.options import Runner
from gate.pattern import pattern
from gate.store.open import is_shared

_FROM_DEFAULT_BRANCH = frozenset(
    {
        "pull_request_target",
        "workflow_run",
        "schedule",
        "issue_comment",
        "repository_dispatch",
        "status",
        "check_run",
        "check_suite",
    }
)
"""Events whose workflow is read from the default branch alone."""
_FROM_REF = frozenset({"push", "workflow_dispatch"})
"""Events whose workflow is read from the ref they are about."""
_REQUIRED = pattern(
    r"[\w-][\w.-]{0,99}/[\w-][\w.-]{0,99}/\.github/workflows/[^/@\x00-\x20]{1,200}"
    r"@(?:refs/(?:heads|tags)/\S{1,250}|[0-9a-f]{40})\Z"
)
"""A workflow of another repository that is no pull request's."""


def runner_of(env: Mapping[str, str]) -> Runner:
    """Where the gate runs."""
    return "actions" if env.get("GITHUB_ACTIONS") == "true" else ""


def require_trusted(env: Mapping[str, str]) -> None:
    """Refuse to use the shared ledger in a job whose workflow a pull request may have written.

    This guards against a workflow that is set up wrongly. It is no wall against one that lies: that
    is the credential, which such a job must not have.

    Args:
        env: the environment, of a job that was given a shared ledger.

    Raises:
        ConfigError: the job is one of those.
    """
    if runner_of(env) != "actions" or is_trusted(env):
        return
    event = env.get("GITHUB_EVENT_NAME", "")
    raise ConfigError(
        f"the shared ledger was given to a {event[:40] or 'nameless'} run, whose workflow the pull "
        "request itself may have changed",
        "Give its credential only to workflows of the default branch: pull_request_target, "
        "workflow_run, schedule, or a workflow that a ruleset requires.",
    )


def require_writer(spec: str, env: Mapping[str, str], now: str | None = None) -> None:
    """Refuse to write to the shared ledger where `require_trusted` does, or by another clock.

    Args:
        spec: the ledger.
        env: the environment.
        now: `--now`; `None`: the clock is the runner's.

    Raises:
        ConfigError: the job may not.
        UsageError: a job wants to say what time it is: windows, leases and observations would
            begin and end when it likes.
    """
    if not is_shared(spec) or runner_of(env) != "actions":
        return
    require_trusted(env)
    if now is not None:
        raise UsageError(
            "--now: what a job writes to the shared ledger has the runner's time", "Leave it out."
        )


def is_trusted(env: Mapping[str, str]) -> bool:
    """Whether this job's workflow is one that no pull request can change."""
    event = env.get("GITHUB_EVENT_NAME", "")
    workflow, _, ref = env.get("GITHUB_WORKFLOW_REF", "").partition("@")
    owner = "/".join(workflow.split("/")[:2]).lower()
    repository = env.get("GITHUB_REPOSITORY", "").lower()
    if not repository or (workflow and owner != repository):
        return bool(repository and _REQUIRED.match(env["GITHUB_WORKFLOW_REF"]))
    if event not in _FROM_DEFAULT_BRANCH | _FROM_REF:
        return False
    from gate.collect.event import read_default_branch  # NOTE: nothing on a laptop needs it

    path = env.get("GITHUB_EVENT_PATH", "")
    branch = read_default_branch(path) if path else ""
    if event in _FROM_REF:
        return bool(branch) and (ref or env.get("GITHUB_REF", "")) == f"refs/heads/{branch}"
    # NOTE: older servers take a pull_request_target workflow from the base branch, and anybody who
    # may push can make one
    return ref == f"refs/heads/{branch}" if ref and branch else not ref.startswith("refs/pull/")
