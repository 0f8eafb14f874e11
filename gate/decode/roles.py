"""Find wide role definitions and trusts in everybody outside AWS policy documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gate.decode.bindings import MAX_SHOWN, is_broad_scope
from gate.decode.federation import MULTI_TENANT, bounds_subject
from gate.decode.glob import covers
from gate.decode.value import UNKNOWN, Tree, leaves, walk
from gate.pattern import pattern
from gate.schema.terraform import Grant, Policy

Found = tuple[tuple[Grant, ...], tuple[Policy, ...]]
"""Grants, and deciding attributes that are not known."""


def _unknown(*attributes: str) -> tuple[Policy, ...]:
    return tuple(Policy(attribute=name, state="unknown") for name in attributes)


_EVERYONE: dict[str, tuple[str, tuple[str, ...]]] = {
    "aws_lambda_permission": (
        "principal",
        ("principal_org_id", "source_account", "source_arn"),
    ),
    "aws_lambda_layer_version_permission": ("principal", ("organization_id",)),
    "aws_cloudwatch_event_permission": ("principal", ("condition.value",)),
    "aws_vpc_endpoint_service": ("allowed_principals", ()),
    "aws_vpc_endpoint_service_allowed_principal": ("principal_arn", ()),
}
"""Type -> attribute naming the principal, attributes that bound it to one's own."""


def grant_everyone(resource_type: str, before: Tree | None, after: Tree) -> Found:
    """AWS permissions whose principal attribute is `*`."""
    attribute, guards = _EVERYONE[resource_type]
    now, past = _open_to(after, attribute, guards), _open_to(before, attribute, guards)
    principals, unknown = leaves(after, attribute)
    actions = [str(action) for action in leaves(after, "action")[0]]
    old_actions = [str(action) for action in leaves(before, "action")[0]]
    if now is None:
        return (), _unknown(attribute) if unknown and not principals else ()
    grant = Grant(
        attribute=attribute,
        action=(actions[0] if actions else "*")[:MAX_SHOWN],
        anyone=True,
        bounded=now != "open",
        principal="*",
        stood=past == "open" and set(actions) <= set(old_actions),
    )
    return (grant,), _unknown(*guards[-1:]) if now == "unsure" else ()


def _open_to(tree: Tree | None, attribute: str, guards: tuple[str, ...]) -> str | None:
    if not any(str(value).strip() == "*" for value in leaves(tree, attribute)[0]):
        return None
    states = [leaves(tree, guard) for guard in guards]
    if any(_is_guard(str(value)) for known, _ in states for value in known):
        return "bounded"
    return "unsure" if any(unknown for _, unknown in states) else "open"


def _is_guard(value: str) -> bool:
    text = value.strip()
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        return len(parts) > 5 and "*" not in (parts[4] or parts[5])
    return bool(text) and "*" not in text


_AZURE_WITNESSES = ("microsoft.authorization/zq7/zq7", "zq7/zq7/write")
"""An action that covers either gives away access itself, or every write."""


class _AzureRole(NamedTuple):
    actions: tuple[tuple[str, str], ...]
    scopes: tuple[str, ...]
    unsure: tuple[str, ...]


def grant_azure_role(_: str, before: Tree | None, after: Tree) -> Found:
    """`azurerm_role_definition`: `*`, `*/write` or `Microsoft.Authorization/*` at a scope that is
    a subscription, a management group or the root."""
    now, past = _azure_role(after), _azure_role(before)
    grants = tuple(
        Grant(
            attribute=attribute,
            action=action[:MAX_SHOWN],
            wide=True,
            every_resource=bool(now.scopes),
            stood=set(now.scopes) <= set(past.scopes)
            and any(covers(old.lower(), action.lower()) for _, old in past.actions),
        )
        for attribute, action in now.actions
    )
    return grants, _unknown(*now.unsure)


def _azure_role(tree: Tree | None) -> _AzureRole:
    wide: list[tuple[str, str]] = []
    unsure: list[str] = []
    for path in ("permissions.actions", "permissions.data_actions"):
        actions, unknown = leaves(tree, path)
        wide.extend((path, str(action)) for action in actions if _is_wide_azure(str(action)))
        if unknown:
            unsure.append(path)
    scopes, unknown_scopes = leaves(tree, "assignable_scopes")
    own, unknown_own = leaves(tree, "scope")
    broad = sorted({_scope(s) for s in (*scopes, *own) if is_broad_scope(str(s))})
    if wide and (unknown_scopes or unknown_own) and not broad:
        unsure.append("assignable_scopes" if unknown_scopes else "scope")
    return _AzureRole(tuple(wide), tuple(broad), tuple(unsure))


def _scope(scope: Any) -> str:
    return str(scope).strip().lower().rstrip("/") or "/"


def _is_wide_azure(action: str) -> bool:
    pattern = action.strip().lower()
    return any(covers(pattern, witness) for witness in _AZURE_WITNESSES)


_CLAIM = pattern(r"claims\[\s*['\"](?P<claim>\w+)['\"]\s*\]\s+(?:eq|matches)\s+'(?P<value>[^']*)'")


def grant_federation(_: str, before: Tree | None, after: Tree) -> Found:
    """Federated identity credentials: an exact subject, or a flexible expression over claims."""
    now, unsure = _federation(after)
    past, _unsure = _federation(before)
    return tuple(_stood(now, past)), _unknown(*unsure)


def _federation(tree: Tree | None) -> tuple[list[Grant], list[str]]:
    found: list[Grant] = []
    unsure: list[str] = []
    issuers = [str(issuer) for issuer in leaves(tree, "issuer")[0]]
    host = _host(issuers[0]) if issuers else ""
    for path, is_bounded in (
        ("subject", lambda text: bounds_subject(text, host)),
        ("claims_matching_expression", _bounds_claims),
    ):
        texts, unknown = leaves(tree, path)
        if unknown:
            unsure.append(path)
        found.extend(
            Grant(attribute=path, action="token exchange", anyone=True, principal=str(text)[:300])
            for text in texts
            if not is_bounded(str(text))
        )
    return found, unsure


def _bounds_claims(expression: str) -> bool:
    alternatives = re.split(r"\bor\b", expression)
    return all(
        any(
            match["claim"] == "sub" and bounds_subject(match["value"])
            for match in _CLAIM.finditer(part)
        )
        for part in alternatives
    )


_OWNER_CLAIMS = (
    r"repository|repository_id|repository_owner|repository_owner_id|enterprise|enterprise_id|"
    r"namespace_path|namespace_id|project_path|project_id|user_login|"
    r"terraform_organization_name|terraform_organization_id|terraform_project_id|"
    r"terraform_workspace_id|organization_id|organization_slug|pipeline_id|email|hd"
)
"""Claims of the multi-tenant issuers that name an owner."""
MAX_CONDITION = 4096
"""Longer conditions bound nobody: Google Cloud takes none."""
_SUBJECT = r"(?:assertion\.sub|google\.subject)"
_CLAIM_NAME = (
    rf"(?:(?:assertion|attribute)\.(?:{_OWNER_CLAIMS})\b"
    rf"|(?:assertion|attribute)\[['\"](?:{_OWNER_CLAIMS})['\"]\])"
)
_TEXT = r"['\"][^'\"]*[A-Za-z0-9][^'\"]*['\"]"
_NAMES_OWNER = pattern(
    rf"{_CLAIM_NAME}\s*==\s*{_TEXT}|{_TEXT}\s*==\s*{_CLAIM_NAME}"
    rf"|{_CLAIM_NAME}\s+in\s+\[\s*{_TEXT}"
    rf"|{_CLAIM_NAME}\.startsWith\(\s*['\"][\w.-]+[/:][^'\"]*['\"]\s*\)"
    rf"|{_CLAIM_NAME}\.matches\(\s*['\"]\^[\w-]+[/:$][^'\"]*['\"]\s*\)"
)
"""A comparison of a claim that names an owner with a text of one's own, in CEL."""
_NAMES_SUBJECT = pattern(rf"{_SUBJECT}\s*(?P<how>==|\.startsWith\()\s*['\"](?P<text>[^'\"]*)['\"]")
_MAPPED = pattern(r"\battribute\.(\w+)|\battribute\[['\"](\w+)['\"]\]|\b(google\.subject)\b")


def grant_pool_provider(_: str, before: Tree | None, after: Tree) -> Found:
    """`google_iam_workload_identity_pool_provider` with an issuer that signs for everybody."""
    now, unsure = _pool_provider(after)
    past, _unsure = _pool_provider(before)
    return tuple(_stood(now, past)), _unknown(*unsure)


def _pool_provider(tree: Tree | None) -> tuple[list[Grant], list[str]]:
    issuers, unknown_issuer = leaves(tree, "oidc.issuer_uri")
    conditions, unknown_condition = leaves(tree, "attribute_condition")
    shared = [str(issuer) for issuer in issuers if _is_multi_tenant(str(issuer))]
    mapping = tree.get("attribute_mapping") if isinstance(tree, dict) else None
    bounded = any(
        bounds_owner(str(text)) and _maps_claims(str(text), mapping) for text in conditions
    )
    if unknown_issuer and not issuers and not bounded:
        return [], ["oidc.issuer_uri"]
    if not shared or bounded:
        return [], []
    if unknown_condition and not conditions:
        return [], ["attribute_condition"]
    grant = Grant(
        attribute="attribute_condition",
        action="token exchange",
        anyone=True,
        principal=shared[0][:MAX_SHOWN],
    )
    return [grant], []


def bounds_owner(condition: str) -> bool:
    """Whether a CEL condition accepts only tokens of a named owner.

    Every alternative of `||` must compare an owner's claim with a text; negations and the
    conditional operator are taken as no bound, since they can turn any comparison around.
    """
    if len(condition) > MAX_CONDITION:
        return False
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", condition)
    if "?" in bare or re.search(r"!(?!=)", bare):
        return False
    return all(_names_owner(part) for part in condition.split("||"))


def _names_owner(part: str) -> bool:
    if _NAMES_OWNER.search(part):
        return True
    return any(
        bounds_subject(match["text"] if match["how"] == "==" else f"{match['text']}*")
        for match in _NAMES_SUBJECT.finditer(part)
    )


def _maps_claims(condition: str, mapping: Any) -> bool:
    """Whether every mapped attribute that the condition names comes from the token at all.

    `attribute.repository_owner` may be mapped to a constant, which then equals itself.
    """
    if not isinstance(mapping, dict):
        return True
    for match in _MAPPED.finditer(condition):
        name = match[3] or f"attribute.{match[1] or match[2]}"
        source = mapping.get(name)
        if isinstance(source, str) and "assertion" not in source:
            return False
    return True


def _is_multi_tenant(issuer: str) -> bool:
    host = _host(issuer)
    return any(host == name or host.startswith(f"{name}/") for name in MULTI_TENANT)


def _host(issuer: str) -> str:
    return issuer.strip().lower().removeprefix("https://").rstrip("/")


def _stood(now: list[Grant], past: list[Grant]) -> Iterator[Grant]:
    known = {(grant.attribute, grant.principal) for grant in past}
    for grant in now:
        yield Grant(
            attribute=grant.attribute,
            action=grant.action,
            anyone=True,
            principal=grant.principal,
            stood=(grant.attribute, grant.principal) in known,
        )


_POWERFUL_GROUPS = frozenset(("*", "", "rbac.authorization.k8s.io"))
"""API groups whose whole is dangerous: all, the core group, and RBAC itself."""


def grant_kubernetes_role(_: str, before: Tree | None, after: Tree) -> Found:
    """`kubernetes_(cluster_)role`: every verb on every resource."""
    return _kubernetes(before, after, "rule", ("api_groups", "resources", "verbs"))


def grant_kubernetes_manifest(_: str, before: Tree | None, after: Tree) -> Found:
    """`kubernetes_manifest` holding a role."""
    kinds = leaves(after, "manifest.kind")[0]
    if not any(kind in ("ClusterRole", "Role") for kind in kinds):
        return (), ()
    return _kubernetes(before, after, "manifest.rules", ("apiGroups", "resources", "verbs"))


def _kubernetes(before: Tree | None, after: Tree, path: str, names: tuple[str, str, str]) -> Found:
    states = [_rule_state(rule, names) for rule in walk(after, path)]
    stood = any(_rule_state(rule, names) == "wide" for rule in walk(before, path))
    grants = (Grant(attribute=path, action="*", wide=True, every_resource=True, stood=stood),)
    return (grants if "wide" in states else ()), (
        _unknown(path) if "unsure" in states and "wide" not in states else ()
    )


def _rule_state(rule: Any, names: tuple[str, str, str]) -> str:
    """wide | unsure | narrow."""
    if rule is UNKNOWN:
        return "unsure"
    groups, resources, verbs = (leaves(rule, name) for name in names)
    tests = (
        (any(group in _POWERFUL_GROUPS for group in groups[0]) or not any(groups), groups[1]),
        (any(name in ("*", "*/*") for name in resources[0]), resources[1]),
        ("*" in verbs[0], verbs[1]),
    )
    if all(hit for hit, _ in tests):
        return "wide"
    return "unsure" if all(hit or unknown for hit, unknown in tests) else "narrow"
