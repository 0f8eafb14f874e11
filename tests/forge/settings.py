"""What the test server answers about a repository's settings."""

from __future__ import annotations

from typing import Any

from forge.reading import REPO, tip_of

BRANCH = REPO + r"/branches/(?P<branch>[^/]+(?:/[^/]+)*?)"


def repository(request: Any) -> dict[str, Any]:
    """The repository."""
    owner, _, name = request.state.repository.partition("/")
    return {
        "id": 1,
        "name": name,
        "full_name": request.state.repository,
        "owner": {"login": owner, "id": 2, "type": "Organization"},
        "private": False,
        "default_branch": "main",
        **request.repository.settings.repository,
    }


def branch(request: Any) -> dict[str, Any]:
    """A branch; whether it is protected is shown to everybody."""
    name, settings = request.found["branch"], request.repository.settings
    return {
        "name": name,
        "commit": {"sha": tip_of(request, name)},
        "protected": settings.protected,
        **settings.branch,
    }


def rules(request: Any) -> list[dict[str, Any]]:
    """Active rules of all rulesets."""
    return request.repository.settings.rules


def ruleset(request: Any) -> dict[str, Any]:
    """A ruleset; whom it does not bind is shown to administrators only."""
    found = request.repository.settings.rulesets.get(int(request.found["ruleset"]))
    if found is None:
        raise request.refuse(404, "Not Found")
    shown = {"id": int(request.found["ruleset"]), "name": "rules", "enforcement": "active", **found}
    if not request.identity.may("administration"):
        shown.pop("bypass_actors", None)
    return shown


def protection(request: Any) -> dict[str, Any]:
    """Classic protection, for administrators."""
    request.need_read("administration")
    if request.repository.settings.protection is None:
        raise request.refuse(404, "Branch not protected")
    return {"url": request.server.url, **request.repository.settings.protection}


def token(request: Any) -> dict[str, Any]:
    """What Actions' own token may do."""
    request.need_read("administration")
    return dict(request.repository.settings.token)


def workflows(request: Any) -> dict[str, Any]:
    """The workflows and whether they are switched on."""
    request.need_read("actions")
    found = request.repository.settings.workflows
    return {"total_count": len(found), "workflows": found}


def owners_errors(request: Any) -> dict[str, Any]:
    """What GitHub does not understand in CODEOWNERS."""
    if request.repository.settings.owners_errors is None:
        raise request.refuse(404, "Not Found")
    return {"errors": request.repository.settings.owners_errors}


SETTINGS = (
    ("GET", REPO, repository, "FullRepository"),
    ("GET", BRANCH + "/protection", protection, "BranchProtection"),
    ("GET", BRANCH, branch, "BranchWithProtection"),
    ("GET", REPO + "/rules/branches/(?P<branch>.+)", rules, "rule"),
    ("GET", REPO + r"/rulesets/(?P<ruleset>\d+)", ruleset, "RepositoryRuleset"),
    (
        "GET",
        REPO + "/actions/permissions/workflow",
        token,
        "ActionsGetDefaultWorkflowPermissions",
    ),
    (
        "GET",
        REPO + "/actions/workflows",
        workflows,
        "ReposOwnerRepoActionsWorkflowsGetResponse200",
    ),
    ("GET", REPO + "/codeowners/errors", owners_errors, "CodeownersErrors"),
)
"""Routes about settings; they only read."""
