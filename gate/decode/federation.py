"""Decide whether the subject of a federated trust is bounded to somebody of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gate.decode.conditions import holds_only_with_key, is_equality
from gate.decode.document import Condition, Principal, Statement
from gate.decode.glob import covers, is_glob

WEB_IDENTITY = "sts:assumerolewithwebidentity"
"""The action of an OIDC trust."""

MULTI_TENANT = (
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "app.terraform.io",
    "agent.buildkite.com",
    "accounts.google.com",
    "oidc.circleci.com",
    "vstoken.dev.azure.com",
    "api.bitbucket.org",
    "sts.windows.net",
    "login.microsoftonline.com",
)
"""Issuers that sign tokens for everybody who has an account there."""

_OWNED_UP_TO = {
    "repo": "/",
    "repository": "/",
    "workflow_ref": "/",
    "project_path": "/",
    "namespace_path": ":",
    "organization": ":",
    "repository_owner": ":",
    "repository_owner_id": ":",
    "repository_id": ":",
    "enterprise": ":",
    "enterprise_id": ":",
    "system:serviceaccount": ":",
    "org": "/",
}
"""First claim of a subject -> what ends the literal name of its owner."""

_GITHUB_CLAIMS = frozenset(
    (
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "enterprise",
        "enterprise_id",
    )
)
"""Claims besides `sub` that name an owner; `job_workflow_ref` does not: anybody may call a public
reusable workflow. Source: GitHub's reference of OIDC token claims."""

_GITHUB = "token.actions.githubusercontent.com"
_COGNITO = "cognito-identity.amazonaws.com"
_GOOGLE = "accounts.google.com"


def bounds_subject(subject: str, issuer: str = "") -> bool:
    """Whether a subject pattern names whose tokens are accepted.

    `repo:acme/*` is bounded (to the organisation acme); `*`, `repo:*`, `repo:ac*/app` and
    `system:serviceaccount:*` are not. A subject of GitHub must begin with a claim that names an
    owner: anybody can have an environment called `production`.

    Args:
        subject: the accepted subject, may hold `*` and `?`.
        issuer: host of the issuer, empty where unknown.
    """
    text = subject.strip()
    literal = re.split(r"[*?]", text, maxsplit=1)[0]
    claim, owner = _split_claim(literal)
    if claim in _OWNED_UP_TO:
        end = _OWNED_UP_TO[claim]
        complete = not is_glob(text) or end in owner
        return complete and bool(owner.strip("/:"))
    if issuer.startswith(_GITHUB):
        return False
    return any(char.isalnum() for char in literal)


def _split_claim(literal: str) -> tuple[str, str]:
    for name in ("system:serviceaccount",):
        if literal.lower().startswith(name):
            return name, literal[len(name) :].removeprefix(":")
    if literal.lower().startswith("org/"):
        return "org", literal[4:]
    claim, _, owner = literal.partition(":")
    return claim.lower(), owner


def unbounded_trust(statement: Statement) -> tuple[str, bool] | None:
    """The provider whose tokens a statement accepts from anybody.

    Args:
        statement: one that allows something.

    Returns:
        (the provider as written, or `federated` where it is not known; whether an unknown part
        decides), or `None` for a statement that is bounded or no OIDC trust.
    """
    if not statement.allow:
        return None
    accepted = _accepts_tokens(statement)
    if not accepted and "action" not in statement.unknown:
        return None
    hosts = [_host(p) for p in statement.principals or () if p.kind == "federated"]
    named = any(action.lower() == WEB_IDENTITY for action in statement.actions)
    if not hosts and not (named and "principal" in statement.unknown):
        return None
    hidden = any(line.unknown and not line.key for line in statement.conditions)
    for host in hosts or [""]:
        if host is None:
            continue
        bounded, unsure = _bounds_host(statement.conditions, host)
        if not bounded:
            return host or "federated", unsure or hidden or not accepted
    return None


def _accepts_tokens(statement: Statement) -> bool:
    return any(covers(action.lower(), WEB_IDENTITY) for action in statement.actions)


def _host(principal: Principal) -> str | None:
    """Issuer of a federated principal, lower case; `None` for SAML."""
    text = principal.value.strip().lower()
    if ":saml-provider/" in text:
        return None
    return text.partition(":oidc-provider/")[2] or text


def _bounds_host(conditions: Iterable[Condition], host: str) -> tuple[bool, bool]:
    unsure = False
    relevant = [c for c in conditions if host == "" or c.key.startswith(f"{host}:")]
    if any(_is_guest(condition) for condition in relevant):
        return False, False
    for condition in relevant:
        if not (holds_only_with_key(condition.operator) and is_equality(condition.operator)):
            continue
        if not _bounds_key(condition, condition.key.rpartition(":")):
            continue
        if condition.values and not condition.unknown:
            return True, False
        unsure = unsure or condition.unknown
    return False, unsure


def _is_guest(condition: Condition) -> bool:
    """Cognito hands tokens to guests when `amr` says so."""
    is_amr = condition.key == f"{_COGNITO}:amr"
    return is_amr and any(covers(v.lower(), "unauthenticated") for v in condition.values)


def _bounds_key(condition: Condition, parts: tuple[str, str, str]) -> bool:
    issuer, _, claim = parts
    values = condition.values
    if claim == "sub":
        return all(bounds_subject(value, issuer) for value in values)
    if issuer == _COGNITO and claim == "aud":
        return not any(is_glob(value) for value in values)
    if issuer == _GOOGLE and claim in ("aud", "email"):
        return not any(is_glob(value) for value in values)
    if issuer.startswith(_GITHUB) and claim in _GITHUB_CLAIMS:
        return all(bounds_subject(f"{claim}:{value}", issuer) for value in values)
    return False
