"""Tell whether the people who answer for an agent still have access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gate.schema.agents import AgentRecord
from gate.schema.facts import PullFacts
from gate.text import neutralise


def owner_missing(record: AgentRecord, facts: PullFacts) -> bool:
    """Whether neither owner nor backup has access any more; false where nobody could tell.

    Anybody can read a public repository, so there reading is no access.
    """
    return _has_access(record.owner.human, facts) is False and (
        _has_access(record.owner.backup, facts) is False
    )


def owner_notes(records: Iterable[AgentRecord], facts: PullFacts) -> Iterator[str]:
    """What a reader should know of owners, one line each: who has left, who could not be told."""
    for record in records:
        people = (record.owner.human, record.owner.backup)
        access = [_has_access(login, facts) for login in people]
        for role, login, has in zip(("owner", "backup"), people, access, strict=True):
            who = f"the {role} of agent {record.id}, {neutralise(login, 60)}"
            if has is False and any(access):
                yield f"{who}, has no access any more: name somebody else"
            elif has is None and not any(access):
                yield f"cannot tell whether {who}, still has access: no permission was read"


def _has_access(login: str, facts: PullFacts) -> bool | None:
    """Whether an account has access of its own; `None` where its permission was not read."""
    known = {name.lower(): word for name, word in (facts.permissions or {}).items()}
    permission = known.get(login.lower())
    if permission is None:
        return None
    repo = facts.pull.base.repo
    if permission == "read":
        return repo is not None and repo.private
    return permission != "none"
