"""Compare what a change touches with what an agent was granted."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Sequence

from gate.pathglob import holds_directory, matches_any
from gate.schema.agents import AgentGrant, AgentRecord, Sandbox
from gate.schema.gate_input import MissingGrant, Touch
from gate.text import neutralise

MAX_LISTED = 50
"""What is listed one by one."""
_DECIDED = frozenset({"create", "update", "replace", "delete"})
"""What an action that nobody could tell may be."""
_CODE = (".tf", ".tf.json", ".tofu", ".tofu.json")


def missing_grants(record: AgentRecord, touches: Iterable[Touch]) -> tuple[MissingGrant, ...]:
    """What no single grant of a record covers, sorted; at most `MAX_LISTED`.

    Args:
        record: the record.
        touches: what the change does.
    """
    return _listed(
        _missing(touch, grant_for(touch))
        for touch in touches
        if not any(covers(grant, touch) for grant in record.grants)
    )


def covers(grant: AgentGrant, touch: Touch) -> bool:
    """Whether a grant allows a touch: surface, environment, action and path, all of them.

    Where the site maps no environments they are not compared. A read needs no action, and what
    nobody could tell needs every action it may be.
    """
    if not _names(grant.surfaces, touch.surface):
        return False
    if touch.environment and not _names(grant.environments, touch.environment):
        return False
    if touch.action == "unclear":
        allowed = "*" in grant.actions or _DECIDED.issubset(grant.actions)
    else:
        allowed = touch.action == "read" or _names(grant.actions, touch.action)
    return allowed and _takes_in(grant.paths, touch)


def grant_for(touch: Touch) -> str:
    """The narrowest grant that would allow a touch, in one line of YAML."""
    path = _folder(touch)
    if path:
        path = f"{path}/**" if touch.subject else path
    parts = [f"surfaces: [{_word(touch.surface)}]"]
    if touch.environment:
        parts.append(f"environments: [{_word(touch.environment)}]")
    if touch.action == "unclear":
        parts.append(f"actions: [{', '.join(sorted(_DECIDED))}]")
    elif touch.action != "read":
        parts.append(f"actions: [{_word(touch.action)}]")
    parts.append(f"paths: [{_quoted(path or '*')}]")
    return f"- {{{', '.join(parts)}, why: say why}}"


def outside_sandbox(
    sandbox: Sandbox | None, touches: Sequence[Touch], changed_files: int
) -> tuple[MissingGrant, ...]:
    """What lies outside the sandbox of an observed agent, sorted; at most `MAX_LISTED`.

    Args:
        sandbox: the sandbox; `None` lets nothing in.
        touches: what the change does.
        changed_files: changed files as the forge announces them; 0 where it does not.
    """
    if sandbox is None:
        return _listed(_missing(touch, "no sandbox") for touch in touches)
    named = {touch.path for touch in touches if not touch.subject or touch.path != _folder(touch)}
    files = max(len(named), changed_files)
    resources = len({(_folder(t), t.subject) for t in touches if t.subject and t.action != "read"})
    return _listed(
        [
            *_too_many("files", files, sandbox.max_files),
            *_too_many("resources", resources, sandbox.max_resources),
            *(
                _missing(touch, f"the sandbox is {_describe(sandbox)}")
                for touch in touches
                if not _inside(sandbox, touch)
            ),
        ]
    )


def _inside(sandbox: Sandbox, touch: Touch) -> bool:
    if touch.environment and not _names(sandbox.environments, touch.environment):
        return False
    return _takes_in(sandbox.paths, touch)


def _too_many(what: str, count: int, limit: int) -> Iterator[MissingGrant]:
    if count > limit:
        yield MissingGrant(
            surface="",
            environment="",
            action="",
            path="",
            subject=f"{count} changed {what}",
            grant=f"at most {limit} {what[:-1] if limit == 1 else what}",
        )


def _describe(sandbox: Sandbox) -> str:
    names = ", ".join((*sandbox.environments, *sandbox.paths))
    return neutralise(names, 200)


def _names(allowed: Sequence[str], name: str) -> bool:
    return name in allowed or "*" in allowed


def _takes_in(globs: Sequence[str], touch: Touch) -> bool:
    if touch.subject:
        return holds_directory(globs, touch.path)
    return matches_any(globs, touch.path)


def _folder(touch: Touch) -> str:
    """The directory of a resource, whether plan or code showed it; the path of anything else."""
    if touch.subject and touch.path.endswith(_CODE):
        return posixpath.dirname(touch.path)
    return touch.path


def _missing(touch: Touch, grant: str) -> MissingGrant:
    return MissingGrant(
        surface=touch.surface,
        environment=touch.environment,
        action=touch.action,
        path=_folder(touch),
        subject=touch.subject,
        grant=grant,
    )


def _listed(missing: Iterable[MissingGrant]) -> tuple[MissingGrant, ...]:
    def order(item: MissingGrant) -> tuple[str, ...]:
        return (item.surface, item.path, item.subject, item.environment, item.action)

    return tuple(sorted(set(missing), key=order)[:MAX_LISTED])


def _word(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() else _quoted(name)


def _quoted(text: str) -> str:
    """A YAML scalar in double quotes."""
    return json.dumps(neutralise(text, 1000), ensure_ascii=False)
