"""Tell what the policy documents of an AWS resource grant after a change, and what stood before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gate.decode.conditions import bounds
from gate.decode.document import Document, Principal, Statement
from gate.decode.federation import unbounded_trust
from gate.decode.glob import covers, is_glob
from gate.decode.wildcards import MOST_COMPARED, could_be_wide, find_wide, implied, mark_stood
from gate.schema.terraform import Grant

MAX_SHOWN = 300
"""Characters of a written value that a fact keeps."""

_MOST_COMPARED = 200
"""Action patterns of one statement that others are compared with; beyond it only equal ones count
as covered."""


class Held(NamedTuple):
    """One document and where it stands."""

    attribute: str
    """Attribute path."""
    document: Document
    """The document."""
    identity: bool
    """It is a policy of an identity whatever its statements say of principals."""


class Granted(NamedTuple):
    """What documents grant."""

    grants: tuple[Grant, ...]
    """Grants worth a rule's look."""
    unsure: tuple[str, ...]
    """Attributes whose unknown parts may hide a grant."""


class _Open(NamedTuple):
    attribute: str
    statement: Statement
    principal: str
    bounded: bool
    actions: frozenset[str]
    globs: tuple[str, ...]


def find_grants(after: Iterable[Held], before: Iterable[Held]) -> Granted:
    """Grants after the change, each with whether it stood before.

    Args:
        after: documents after the change.
        before: documents before; grants are compared over all of them together, so moving a
            statement from one attribute to another, splitting or merging it changes nothing.
    """
    now, past = tuple(after), tuple(before)
    new_wide, old_wide = (find_wide(_identity_statements(held)) for held in (now, past))
    grants = [
        Grant(
            attribute=entry.attribute,
            action=entry.action[:MAX_SHOWN],
            wide=True,
            every_resource=entry.every_resource,
            stood=stood,
        )
        for entry, stood in mark_stood(new_wide, old_wide)
    ]
    new_open = _find_open(now)
    old_open = [entry for entry in _find_open(past) if not entry.bounded]
    if len(new_open) * len(old_open) > MOST_COMPARED:
        known = {entry.statement for entry in old_open}
        grants.extend(_open_grant(e, [e] if e.statement in known else []) for e in new_open)
    else:
        grants.extend(_open_grant(entry, old_open) for entry in new_open)
    unsure = dict.fromkeys(held.attribute for held in now if _is_unsure(held))
    return Granted(tuple(grants), tuple(unsure))


def is_everyone(principal: Principal) -> bool:
    """Whether a principal is everybody: `*`, or an ARN of any account."""
    value = principal.value.strip()
    if value and not value.strip("*"):
        return True
    return principal.kind == "aws" and value.split(":")[4:5] == ["*"]


def _identity_statements(documents: Iterable[Held]) -> Iterator[tuple[str, Statement]]:
    for held in documents:
        for statement in held.document.statements:
            if held.identity or not statement.names_principal:
                yield held.attribute, statement


def _find_open(documents: Iterable[Held]) -> list[_Open]:
    found: list[_Open] = []
    for held in documents:
        for statement in held.document.statements:
            entry = _open_statement(held.attribute, statement) if statement.allow else None
            if entry is not None:
                found.append(entry)
    return found


def _open_statement(attribute: str, statement: Statement) -> _Open | None:
    everyone = _everyone_of(statement)
    if everyone:
        bounded = bounds(statement.conditions)[0] or _hides_bound(statement)
    else:
        trust = unbounded_trust(statement)
        if trust is None:
            return None
        everyone, bounded = trust
    actions = [action.lower() for action in statement.actions]
    globs = tuple(filter(is_glob, actions))[:_MOST_COMPARED]
    return _Open(attribute, statement, everyone, bounded, frozenset(actions), globs)


def _everyone_of(statement: Statement) -> str:
    for principal in statement.principals or ():
        if is_everyone(principal):
            return principal.value.strip()
    if statement.not_principals is not None:
        excluded = ", ".join(p.value for p in statement.not_principals[:3])
        return f"not {excluded}".strip()
    return ""


def _hides_bound(statement: Statement) -> bool:
    """Whether a line of the conditions is not known at all, so that it may be the bound."""
    return any(line.unknown and not line.key for line in statement.conditions)


def _open_grant(entry: _Open, before: list[_Open]) -> Grant:
    statement = entry.statement
    wider = [old for old in before if _reaches_as_far(old, entry)]
    fresh = [
        action
        for action in _actions_of(statement)
        if not any(_covers_action(old, entry, action.lower()) for old in wider)
    ]
    shown = fresh or _actions_of(statement)
    return Grant(
        attribute=entry.attribute,
        action=(shown[0] if shown else "")[:MAX_SHOWN],
        anyone=True,
        bounded=entry.bounded,
        principal=entry.principal[:MAX_SHOWN],
        stood=not fresh,
    )


def _actions_of(statement: Statement) -> list[str]:
    if statement.not_actions is not None:
        return [f"not {', '.join(statement.not_actions[:3])}"]
    return list(statement.actions) or ["*"]


def _reaches_as_far(old: _Open, new: _Open) -> bool:
    return (
        old.principal in ("*", new.principal)
        and implied(old.statement.conditions, new.statement.conditions)
        and _covers_resources(old.statement, new.statement)
    )


def _covers_action(old: _Open, new: _Open, action: str) -> bool:
    was, now = old.statement, new.statement
    if was.not_actions is not None or now.not_actions is not None:
        return was.not_actions == now.not_actions
    if not was.actions:
        return not now.actions
    return action in old.actions or any(covers(wider, action) for wider in old.globs)


def _covers_resources(old: Statement, new: Statement) -> bool:
    if old.not_resources is not None or new.not_resources is not None:
        return old.not_resources == new.not_resources
    if old.resources is None or new.resources is None:
        return old.resources is None or "*" in old.resources
    known = frozenset(old.resources)
    wider = tuple(filter(is_glob, old.resources))
    if len(wider) * len(new.resources) > MOST_COMPARED:
        wider = ()
    return all(text in known or any(covers(w, text) for w in wider) for text in new.resources)


def _is_unsure(held: Held) -> bool:
    if held.document.unknown:
        return True
    return any(_unsure_statement(held, found) for found in held.document.statements if found.allow)


def _unsure_statement(held: Held, statement: Statement) -> bool:
    if not statement.unknown:
        return False
    identity = held.identity or not statement.names_principal
    if identity and could_be_wide(statement):
        return True
    if "effect" in statement.unknown:
        return True
    return statement.names_principal and _unsure_principal(statement)


def _unsure_principal(statement: Statement) -> bool:
    if _everyone_of(statement):
        bounded, rests_on_unknown = bounds(statement.conditions)
        return rests_on_unknown or (not bounded and _hides_bound(statement))
    trust = unbounded_trust(statement)
    if trust is not None:
        return trust[1]
    federated = any(line.key.endswith(":sub") for line in statement.conditions)
    if "principal" in statement.unknown:
        bounded, rests_on_unknown = bounds(statement.conditions)
        return not (federated or (bounded and not rests_on_unknown))
    return False
