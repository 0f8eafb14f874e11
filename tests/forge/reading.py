"""What the test server answers to questions."""

from __future__ import annotations

import base64
from typing import Any

REPO = r"/repos/(?P<repo>[^/]+/[^/]+)"
PULL = REPO + r"/pulls/(?P<number>\d+)"
ISSUE = REPO + r"/issues/(?P<number>\d+)"
GHOST = {"login": "ghost", "id": 10137, "type": "User"}


def pull(request: Any) -> dict[str, Any]:
    """The pull request; `state.heads` moves the head between reads."""
    state = request.state
    if state.heads:
        state.move_head(state.heads.pop(0))
    shown = dict(state.pull)
    shown["user"] = shown.get("user") or GHOST
    shown.setdefault("body", None)
    shown["labels"] = [
        {"id": at, "color": "ededed", "default": False, "description": None, **label}
        for at, label in enumerate(shown.get("labels") or [])
    ]
    return shown


def files(request: Any) -> list[dict[str, Any]]:
    """Changed files; GitHub lists 3,000 and no more."""
    state = request.state
    out = []
    for entry in state.files[:3000]:
        side = state.before if entry["status"] == "removed" else state.after
        shown = {
            "changes": entry.get("additions", 0) + entry.get("deletions", 0),
            "sha": sha_of(state, side.get(entry["filename"])),
            **entry,
        }
        out.append(shown)
    return out


def sha_of(state: Any, file: tuple[str, bytes] | None) -> str | None:
    """The blob of a file that is in the state."""
    if file is None:
        return None
    return next(
        (
            sha
            for sha, (kind, content) in state.objects.items()
            if kind == "blob" and content == file[1]
        ),
        None,
    )


def commits(request: Any) -> list[dict[str, Any]]:
    """Commits; GitHub lists 250 and no more."""
    return request.state.commits[:250]


def reviews(request: Any) -> list[dict[str, Any]]:
    """Reviews; pending ones only to their writer."""
    login = request.identity.user["login"]
    return [
        {"body": "", "commit_id": None, **review}
        for review in request.state.reviews
        if review["state"] != "PENDING" or review["user"]["login"] == login
    ]


def review_comments(request: Any) -> list[dict[str, Any]]:
    """Inline comments of all reviews."""
    return request.state.review_comments


def comments(request: Any) -> list[dict[str, Any]]:
    """Comments of the conversation."""
    return request.state.comments


def events(request: Any) -> list[dict[str, Any]]:
    """Issue events."""
    out = []
    for event in request.state.events:
        shown = dict(event)
        if shown.get("label"):
            shown["label"] = {"color": "ededed", **shown["label"]}
        out.append(shown)
    return out


def permission(request: Any) -> dict[str, Any]:
    """What an account may do; the legacy word has no maintain and no triage."""
    login = request.found["login"]
    role = request.repository.permissions.get(login)
    if role is None:
        raise request.refuse(404, f"{login} is not a user")
    legacy = {"maintain": "write", "triage": "read"}.get(role, role)
    if legacy not in ("admin", "write", "read", "none"):
        legacy, role = "write", role
    return {
        "permission": legacy,
        "role_name": role,
        "user": {"login": login, "id": 1, "type": "User", "role_name": role},
    }


def team(request: Any) -> list[dict[str, Any]]:
    """Members of a team; the token of Actions sees none."""
    slug = f"{request.found['org']}/{request.found['slug']}"
    request.need_read("members")
    if slug not in request.repository.teams:
        raise request.refuse(404, "Not Found")
    return [{"login": login, "id": 1, "type": "User"} for login in request.repository.teams[slug]]


def ref(request: Any) -> dict[str, Any]:
    """The tip of a branch."""
    branch = request.found["branch"]
    return {
        "ref": f"refs/heads/{branch}",
        "object": {"type": "commit", "sha": tip_of(request, branch), "url": "https://x"},
    }


def tip_of(request: Any, branch: str) -> str:
    """The commit a base branch points at."""
    for state in request.repository.all():
        if state.pull["base"]["ref"] == branch:
            return str(state.tip_sha)
    raise request.refuse(404, "Not Found")


def tree(request: Any) -> dict[str, Any]:
    """A tree by its own name or a commit's, flat or recursive."""
    state = request.state
    kind, value = state.objects.get(request.found["sha"], ("", None))
    sha = value if kind == "commit" else request.found["sha"]
    if state.objects.get(sha, ("", None))[0] != "tree":
        raise request.refuse(404, "Not Found")
    recursive = "recursive" in request.query
    entries = list(_entries(state, sha, "", recursive))
    truncated = recursive and state.truncate_trees
    return {"sha": sha, "truncated": truncated, "tree": entries[:1] if truncated else entries}


def _entries(state: Any, sha: str, prefix: str, recursive: bool) -> Any:
    for mode, kind, name, child, size in state.objects[sha][1]:
        entry = {"path": prefix + name, "mode": mode, "type": kind, "sha": child}
        yield {**entry, "size": size} if size is not None else entry
        if recursive and kind == "tree":
            yield from _entries(state, child, f"{prefix}{name}/", recursive)


def blob(request: Any) -> dict[str, Any]:
    """A blob in base64."""
    kind, content = request.state.objects.get(request.found["sha"], ("", None))
    if kind != "blob":
        raise request.refuse(404, "Not Found")
    return {
        "sha": request.found["sha"],
        "size": len(content),
        "encoding": "base64",
        "content": base64.encodebytes(content).decode(),
        "url": "https://x",
        "node_id": "x",
    }


def issue(request: Any) -> dict[str, Any]:
    """The pull request as an issue, with the app that opened it."""
    pull_request = request.state.pull
    return {
        "number": pull_request["number"],
        "title": pull_request["title"],
        "state": pull_request.get("state", "open"),
        "user": pull_request.get("user"),
        "performed_via_github_app": request.state.app,
    }


def activity(request: Any) -> list[dict[str, Any]]:
    """Pushes to a branch of the head's repository, newest first."""
    for state in request.repository.all():
        head = state.pull["head"]
        name = (head.get("repo") or {}).get("full_name", "")
        asked = request.query.get("ref", "").removeprefix("refs/heads/")
        if name.lower() == request.found["any"].lower() and head["ref"] == asked:
            if state.activity is None:
                raise request.refuse(403, "Resource not accessible by integration")
            return [
                {
                    "id": at,
                    "node_id": "x",
                    "before": "0" * 40,
                    "ref": f"refs/heads/{asked}",
                    "activity_type": "push",
                    **push,
                }
                for at, push in enumerate(state.activity)
            ]
    raise request.refuse(404, "Not Found")


def _is_fork(state: Any) -> bool:
    repo = state.pull["head"].get("repo")
    return repo is None or repo["full_name"] != state.repository


def _brief(state: Any) -> dict[str, Any]:
    shown = dict(state.pull)
    shown["user"] = shown.get("user") or GHOST
    shown["labels"] = []
    return shown


def pulls_of_commit(request: Any) -> list[dict[str, Any]]:
    """Pull requests with a commit; GitHub shows none for a commit of a fork."""
    sha = request.found["sha"]
    found = [
        state
        for state in request.repository.all()
        if not _is_fork(state)
        and (state.head() == sha or any(commit["sha"] == sha for commit in state.commits))
    ]
    return [_brief(state) for state in found]


def pulls(request: Any) -> list[dict[str, Any]]:
    """Pull requests by state and head."""
    wanted, head = request.query.get("state", "open"), request.query.get("head", "")
    out = []
    for state in request.repository.all():
        end = state.pull["head"]
        owner = ((end.get("repo") or {}).get("full_name") or "").partition("/")[0]
        if wanted not in ("all", state.pull.get("state", "open")):
            continue
        if not head or head == f"{owner}:{end['ref']}":
            out.append(_brief(state))
    if request.query.get("sort") == "updated":
        out.sort(key=lambda one: one.get("updated_at", ""), reverse=True)
    return out


def branch_commits(request: Any) -> list[dict[str, Any]]:
    """Commits of the default branch, newest first, from a moment on by the committer's clock."""
    since = request.query.get("since", "")
    return [
        one for one in request.repository.history if one["commit"]["committer"]["date"] >= since
    ]


def statuses(request: Any) -> list[dict[str, Any]]:
    """Statuses of a commit, newest first."""
    found = [one for one in request.repository.statuses if one["sha"] == request.found["sha"]]
    return [
        {"id": at, "description": None, "target_url": None, **status}
        for at, status in reversed(list(enumerate(found)))
    ]


def collaborators(request: Any) -> list[dict[str, Any]]:
    """Whoever has access, by what they may do; the token of Actions may often not ask."""
    if request.repository.collaborators is None:
        raise request.refuse(403, "Must have push access to view repository collaborators.")
    wanted = request.query.get("permission", "")
    shown = []
    for person in request.repository.collaborators:
        role = person.get("role_name", "write")
        if not wanted or role not in ("read", "triage"):
            shown.append({"role_name": role, "type": "User", **person})
    return shown


def matching_refs(request: Any) -> list[dict[str, Any]]:
    """Branches by how their name begins."""
    start = request.found["start"]
    return [
        {
            "ref": f"refs/heads/gh-readonly-queue/{name}",
            "object": {"type": "commit", "sha": sha, "url": "https://x"},
        }
        for name, sha in sorted(request.repository.queue.items())
        if f"gh-readonly-queue/{name}".startswith(start)
    ]


def compare(request: Any) -> dict[str, Any]:
    """Merge base, and a page of the commits between."""
    state = request.state
    group = request.server.group
    if group and (request.found["base"], request.found["head"]) == (group["base"], group["head"]):
        return {
            "merge_base_commit": {"sha": group["base"]},
            "base_commit": {"sha": group["base"]},
            "commits": group["commits"],
            "total_commits": len(group["commits"]),
            "files": [{"changes": 0, "sha": None, **one} for one in group["files"][:300]],
        }
    known = {state.tip_sha, state.pull["base"]["sha"], state.head(), state.merge_base}
    if not {request.found["base"], request.found["head"]} <= known:
        raise request.refuse(404, "Not Found")
    size = min(int(request.query.get("per_page", 250)), 250)
    page = int(request.query.get("page", 1))
    out = {
        "merge_base_commit": {"sha": state.merge_base},
        "base_commit": {"sha": state.tip_sha},
        "commits": state.commits[(page - 1) * size : page * size],
        "total_commits": len(state.commits),
        "ahead_by": len(state.commits),
    }
    return {**out, "files": files(request)[:300]} if page == 1 else out


def check_suites(request: Any) -> dict[str, Any]:
    """Check suites of a commit, or 403 for a token without `checks: read`."""
    times = request.state.checks.get(request.found["sha"])
    if times is None:
        raise request.refuse(
            403,
            "Resource not accessible by integration",
            X_Accepted_GitHub_Permissions="checks=read",
        )
    return {
        "total_count": len(times),
        "check_suites": [{"id": at, "created_at": time} for at, time in enumerate(times)],
    }


def user(request: Any) -> dict[str, Any]:
    """The token's own account; installation tokens may not ask."""
    if request.identity.installation:
        raise request.refuse(403, "Resource not accessible by integration")
    return dict(request.identity.user)


READS = (
    ("GET", PULL, pull, "PullRequest"),
    ("GET", PULL + "/files", files, "DiffEntry"),
    ("GET", PULL + "/commits", commits, "Commit"),
    ("GET", PULL + "/reviews", reviews, "PullRequestReview"),
    ("GET", PULL + "/comments", review_comments, "PullRequestReviewComment"),
    ("GET", ISSUE + "/comments", comments, "IssueComment"),
    ("GET", ISSUE + "/events", events, "IssueEvent"),
    (
        "GET",
        REPO + "/collaborators/(?P<login>[^/]+)/permission",
        permission,
        "RepositoryCollaboratorPermission",
    ),
    ("GET", "/orgs/(?P<org>[^/]+)/teams/(?P<slug>[^/]+)/members", team, "SimpleUser"),
    ("GET", ISSUE, issue, "Issue"),
    ("GET", "/repos/(?P<any>[^/]+/[^/]+)/activity", activity, "Activity"),
    ("GET", REPO + "/commits/(?P<sha>[0-9a-f]{40})/pulls", pulls_of_commit, "PullRequestSimple"),
    ("GET", REPO + "/commits/(?P<sha>[0-9a-f]{40})/statuses", statuses, "Status"),
    ("GET", REPO + "/pulls", pulls, "PullRequestSimple"),
    ("GET", REPO + "/commits", branch_commits, "Commit"),
    ("GET", REPO + "/collaborators", collaborators, "Collaborator"),
    ("GET", REPO + "/git/matching-refs/heads/(?P<start>.+)", matching_refs, "GitRef"),
    ("GET", REPO + "/git/ref/heads/(?P<branch>.+)", ref, "GitRef"),
    ("GET", REPO + "/git/trees/(?P<sha>[0-9a-f]{40})", tree, "GitTree"),
    ("GET", REPO + "/git/blobs/(?P<sha>[0-9a-f]{40})", blob, "Blob"),
    ("GET", REPO + r"/compare/(?P<base>[^.]+)\.\.\.(?P<head>[^.]+)", compare, "CommitComparison"),
    (
        "GET",
        REPO + "/commits/(?P<sha>[0-9a-f]{40})/check-suites",
        check_suites,
        "ReposOwnerRepoCommitsRefCheckSuitesGetResponse200",
    ),
    ("GET", "/user", user, "PublicUser"),
)
"""Routes that only read."""
