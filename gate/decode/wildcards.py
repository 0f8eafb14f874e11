"""Find what an AWS document allows wholesale: everything, or a whole sensitive service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from gate.decode.conditions import is_equality
from gate.decode.document import Condition, Statement
from gate.decode.glob import covers, is_glob, simplify
from gate.pattern import pattern

SERVICES: dict[str, tuple[str, ...]] = {
    "iam": (
        "addusertogroup",
        "attachrolepolicy",
        "attachuserpolicy",
        "createaccesskey",
        "createloginprofile",
        "createpolicyversion",
        "createrole",
        "deleterole",
        "deleterolepolicy",
        "detachrolepolicy",
        "passrole",
        "putrolepolicy",
        "putuserpolicy",
        "removeuserfromgroup",
        "setdefaultpolicyversion",
        "tagrole",
        "updateassumerolepolicy",
    ),
    "sts": (
        "assumerole",
        "assumerolewithsaml",
        "assumerolewithwebidentity",
        "getfederationtoken",
        "getsessiontoken",
        "setsourceidentity",
        "tagsession",
    ),
    "organizations": (
        "attachpolicy",
        "createaccount",
        "createpolicy",
        "deletepolicy",
        "detachpolicy",
        "disablepolicytype",
        "enableawsserviceaccess",
        "inviteaccounttoorganization",
        "leaveorganization",
        "moveaccount",
        "registerdelegatedadministrator",
        "removeaccountfromorganization",
        "tagresource",
        "updatepolicy",
    ),
    "kms": (
        "cancelkeydeletion",
        "createalias",
        "creategrant",
        "decrypt",
        "deletealias",
        "disablekey",
        "enablekey",
        "encrypt",
        "generatedatakey",
        "importkeymaterial",
        "putkeypolicy",
        "reencryptfrom",
        "retiregrant",
        "revokegrant",
        "schedulekeydeletion",
        "sign",
        "tagresource",
        "updatealias",
    ),
    "secretsmanager": (
        "cancelrotatesecret",
        "createsecret",
        "deletesecret",
        "getsecretvalue",
        "putresourcepolicy",
        "putsecretvalue",
        "restoresecret",
        "rotatesecret",
        "tagresource",
        "updatesecret",
    ),
}
"""Sensitive services (design: note 1) -> actions that change things; who may do all of them on
every resource has the whole service, however the patterns are cut. Source: AWS Service
Authorization Reference."""

_WITNESSES: dict[str, tuple[str, ...]] = {
    "iam": tuple(f"arn:aws:iam::*:{kind}/zq7/x" for kind in ("role", "user", "group", "policy")),
    "sts": ("arn:aws:iam::*:role/zq7/x",),
    "organizations": tuple(
        f"arn:aws:organizations::*:{kind}/o-zq7/x" for kind in ("account", "policy", "ou")
    ),
    "kms": ("arn:aws:kms:zq-east-7:*:key/zq7",),
    "secretsmanager": ("arn:aws:secretsmanager:zq-east-7:*:secret:zq7",),
}
"""ARNs that no literal name can meet; resources that cover all of a service's are every one of it.
The account is a wildcard, since an identity's policy reaches no other account by itself."""

MOST_COMPARED = 50_000
"""Pairs of entries compared by coverage; beyond it only equal ones count as standing. No real
document comes near, since AWS takes at most 100 KB."""

EVERYTHING = "*"
"""The normal form of every pattern that matches all actions."""

_ACCOUNT = pattern(r"^(arn:[^:]*:[^:]*:[^:]*):\d{12}:")
_PARTITION = pattern(r"^arn:aws-[a-z-]+:")


class Wide(NamedTuple):
    """One wide action of one statement."""

    attribute: str
    """Attribute path of its document."""
    action: str
    """As written, or `not <action>` for NotAction."""
    pattern: str
    """Normal form of the action pattern; empty for NotAction."""
    excluded: tuple[str, ...] | None
    """Actions of NotAction, lower case; `None` for Action."""
    every_resource: bool
    """It applies to every resource of a service it covers."""
    conditions: tuple[Condition, ...]
    """Conditions of its statement."""


def find_wide(statements: Iterable[tuple[str, Statement]]) -> list[Wide]:
    """Every wide action of the statements, and services that only together they allow.

    Args:
        statements: (attribute path, statement) pairs of one resource; those that allow nothing are
            passed over.
    """
    allowing = [(attribute, found) for attribute, found in statements if found.allow]
    wide = [entry for attribute, found in allowing for entry in _of_statement(attribute, found)]
    for service in SERVICES:
        whole = (w for w in wide if w.every_resource and service in _services_of(w))
        if next(whole, None) is None:
            pieces = _in_pieces(service, allowing)
            if pieces is not None:
                wide.append(pieces)
    return wide


def mark_stood(after: list[Wide], before: list[Wide]) -> Iterator[tuple[Wide, bool]]:
    """Each entry with whether the same grant, or a wider one, is among those before."""
    if len(after) * len(before) > MOST_COMPARED:
        known = {entry._replace(attribute="", action="") for entry in before}
        for entry in after:
            yield entry, entry._replace(attribute="", action="") in known
        return
    for entry in after:
        yield entry, any(_covers(old, entry) for old in before)


def implied(weaker: Iterable[Condition], stronger: Iterable[Condition]) -> bool:
    """Whether every line of the weaker conditions follows from some line of the stronger."""
    given = tuple(stronger)
    return all(any(_line_implied(line, other) for other in given) for line in weaker)


def could_be_wide(statement: Statement) -> bool:
    """Whether an unknown action or resource of a statement may hide a wide grant."""
    if not statement.allow:
        return False
    if "action" in statement.unknown:
        return "resource" in statement.unknown or _every_resource(statement, tuple(SERVICES))
    return "resource" in statement.unknown and next(_of_statement("", statement), None) is not None


def _of_statement(attribute: str, statement: Statement) -> Iterator[Wide]:
    if statement.not_actions is not None:
        excluded = tuple(action.lower() for action in statement.not_actions)
        yield Wide(
            attribute=attribute,
            action=f"not {', '.join(statement.not_actions[:3]) or 'anything'}",
            pattern="",
            excluded=excluded,
            every_resource=_every_resource(statement, tuple(SERVICES)),
            conditions=statement.conditions,
        )
    seen: set[str] = set()
    reach: dict[tuple[str, ...], bool] = {}
    for action in filter(is_glob, statement.actions):
        services = covered_services(action)
        pattern = _normal(action)
        if not services or pattern in seen:
            continue
        seen.add(pattern)
        if services not in reach:
            reach[services] = _every_resource(statement, services)
        yield Wide(
            attribute=attribute,
            action=action,
            pattern=pattern,
            excluded=None,
            every_resource=reach[services],
            conditions=statement.conditions,
        )


@lru_cache(maxsize=1024)
def covered_services(action: str) -> tuple[str, ...]:
    """Sensitive services that an action pattern covers whole; case does not count."""
    pattern = action.strip().lower()
    return tuple(service for service in SERVICES if covers(pattern, f"{service}:zq7"))


@lru_cache(maxsize=1024)
def _normal(action: str) -> str:
    pattern = simplify(action.strip().lower())
    if covers(pattern, "zq7:zq7"):
        return EVERYTHING
    service, _, name = pattern.partition(":")
    return f"{service}:*" if name and not name.strip("*?") else pattern


def _services_of(entry: Wide) -> tuple[str, ...]:
    if entry.excluded is None:
        return covered_services(entry.pattern)
    return tuple(
        service
        for service in SERVICES
        if all(_disjoint(pattern, f"{service}:*") for pattern in entry.excluded)
    )


def _every_resource(statement: Statement, services: tuple[str, ...]) -> bool:
    if statement.not_resources is not None:
        return True
    if statement.resources is None:
        return "resource" not in statement.unknown
    globs = [_normal_resource(text) for text in statement.resources if is_glob(text)]
    return any(_covers_all(globs, _WITNESSES[service]) for service in services)


def _covers_all(globs: list[str], witnesses: tuple[str, ...]) -> bool:
    return all(any(covers(glob, witness) for glob in globs) for witness in witnesses)


@lru_cache(maxsize=1024)
def _normal_resource(text: str) -> str:
    """An ARN pattern in lower case, of the one partition, in any account."""
    pattern = text.strip().replace("${*}", "%").replace("${?}", "%").lower()
    return _ACCOUNT.sub(r"\1:*:", _PARTITION.sub("arn:aws:", pattern))


def _in_pieces(service: str, statements: list[tuple[str, Statement]]) -> Wide | None:
    """A whole service that several patterns or statements allow together on every resource."""
    parts: list[tuple[str, list[str], list[str], Statement]] = []
    for attribute, statement in statements:
        actions = [a.strip().lower() for a in statement.actions if _touches(a, service)]
        if actions:
            globs = [_normal_resource(r) for r in statement.resources or () if is_glob(r)]
            open_ended = _every_resource(statement, (service,))
            parts.append((attribute, actions, ["*"] if open_ended else globs, statement))
    if not parts:
        return None
    for name in SERVICES[service]:
        able = [globs for _, actions, globs, _ in parts if _any_covers(actions, service, name)]
        merged = [glob for globs in able for glob in globs]
        if not merged or not _covers_all(merged, _WITNESSES[service]):
            return None
    conditions = {line for part in parts for line in part[3].conditions}
    return Wide(
        attribute=parts[0][0],
        action=f"{service}:*",
        pattern=f"{service}:*",
        excluded=None,
        every_resource=True,
        conditions=tuple(sorted(conditions, key=lambda c: (c.operator, c.key, sorted(c.values)))),
    )


def _any_covers(actions: list[str], service: str, name: str) -> bool:
    return any(covers(action, f"{service}:{name}") for action in actions)


def _touches(action: str, service: str) -> bool:
    head = action.strip().lower().partition(":")[0]
    return head == service or (is_glob(head) and covers(head.rstrip("*") + "*", service))


def _covers(old: Wide, new: Wide) -> bool:
    return (
        old.every_resource >= new.every_resource
        and _covers_action(old, new)
        and implied(old.conditions, new.conditions)
    )


def _covers_action(old: Wide, new: Wide) -> bool:
    if old.pattern == EVERYTHING:
        return True
    if new.excluded is not None:
        return old.excluded is not None and all(
            any(covers(wider, pattern) for wider in new.excluded) for pattern in old.excluded
        )
    if old.excluded is not None:
        return all(_disjoint(pattern, new.pattern) for pattern in old.excluded)
    return covers(old.pattern, new.pattern)


def _disjoint(one: str, other: str) -> bool:
    """Whether two action patterns name different services for certain."""
    first, second = one.partition(":")[0], other.partition(":")[0]
    return not is_glob(first) and not is_glob(second) and first != second


def _line_implied(weaker: Condition, stronger: Condition) -> bool:
    if weaker == stronger:
        return not weaker.unknown
    same = (weaker.operator, weaker.key) == (stronger.operator, stronger.key)
    if not same or weaker.unknown or stronger.unknown or not is_equality(weaker.operator):
        return False
    return bool(stronger.values) and all(
        any(covers(wide, value) for wide in weaker.values) for value in stronger.values
    )
