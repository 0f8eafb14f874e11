"""Find the administrative roles, and the members that are everybody, a resource binds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from gate.decode.document import parse_text
from gate.decode.value import UNKNOWN, Tree, leaves
from gate.pattern import pattern
from gate.schema.terraform import Binding, Policy

MAX_SHOWN = 300
"""Characters of a written value that a fact keeps."""


class Bound(NamedTuple):
    """What a resource binds."""

    bindings: tuple[Binding, ...]
    """Bindings that are administrative, or to everybody."""
    policies: tuple[Policy, ...]
    """Attributes that decide about a binding and are not known."""


class Tie(NamedTuple):
    """One role bound to one member, with what makes it worth a look."""

    attribute: str
    """Attribute path of the role, or of the member where the member is everybody."""
    role: str
    """Role as written."""
    member: str
    """Member as written; empty where unknown."""
    scope: str
    """Where it applies, normalised; empty where the type says it."""
    admin: bool
    """Administrative there."""
    anyone: bool
    """To everybody."""


class Ties(NamedTuple):
    """Ties of one side of a change, and what of it is not known."""

    ties: tuple[Tie, ...]
    """The ties."""
    unknown: tuple[str, ...] = ()
    """Deciding attributes that are not known."""
    unparsable: tuple[tuple[str, str], ...] = ()
    """(attribute, reason) of documents that cannot be read."""


def compare(after: Ties, before: Ties) -> Bound:
    """The bindings after a change, each with whether it stood before."""
    past = {_key(tie) for tie in before.ties}
    bindings = tuple(
        Binding(
            attribute=tie.attribute,
            role=tie.role[:MAX_SHOWN],
            member=tie.member[:MAX_SHOWN],
            admin=tie.admin,
            anyone=tie.anyone,
            stood=_key(tie) in past,
        )
        for tie in after.ties
    )
    same = {name for name, _ in before.unparsable}
    policies = [Policy(attribute=name, state="unknown") for name in after.unknown]
    policies.extend(
        Policy(attribute=name, state="unparsable", reason=reason)
        for name, reason in after.unparsable
        if name not in same
    )
    return Bound(bindings, tuple(policies))


def _key(tie: Tie) -> tuple[str, str, str]:
    return tie.role.lower(), tie.member.lower(), tie.scope


AWS_ADMIN = pattern(
    r"^arn:(?:aws[a-z-]*|\$\{[^{}]*\}):iam::aws:policy/(?:[^/]+/)*"
    r"(AdministratorAccess|IAMFullAccess|PowerUserAccess)$",
    re.IGNORECASE,
)
"""AWS managed policies that are administrative (design: note 2), in every partition and path."""

AWS_MEMBERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "aws_iam_role": ("managed_policy_arns", ("name",)),
    "aws_iam_role_policy_attachment": ("policy_arn", ("role",)),
    "aws_iam_user_policy_attachment": ("policy_arn", ("user",)),
    "aws_iam_group_policy_attachment": ("policy_arn", ("group",)),
    "aws_iam_policy_attachment": ("policy_arn", ("roles", "users", "groups")),
    "aws_iam_role_policy_attachments_exclusive": ("policy_arns", ("role_name",)),
    "aws_iam_user_policy_attachments_exclusive": ("policy_arns", ("user_name",)),
    "aws_iam_group_policy_attachments_exclusive": ("policy_arns", ("group_name",)),
    "aws_ssoadmin_managed_policy_attachment": ("managed_policy_arn", ("permission_set_arn",)),
    "aws_rolesanywhere_profile": ("managed_policy_arns", ("name",)),
    "vault_aws_secret_backend_role": ("policy_arns", ("name",)),
}
"""Type -> attribute naming managed policies, attributes naming whom they are attached to."""


def tie_aws(resource_type: str, tree: Tree) -> Ties:
    """Managed policies that a type of `AWS_MEMBERS` attaches."""
    attribute, member_paths = AWS_MEMBERS[resource_type]
    arns, unknown = leaves(tree, attribute)
    ties = [
        Tie(attribute, str(arn), member, "", True, False)
        for arn in arns
        if AWS_ADMIN.match(str(arn))
        for member in _members(tree, member_paths)
    ]
    return Ties(tuple(ties), (attribute,) if unknown else ())


_EKS_ADMIN = pattern(r":cluster-access-policy/AmazonEKSClusterAdminPolicy$", re.IGNORECASE)


def tie_eks_policy(_: str, tree: Tree) -> Ties:
    """`aws_eks_access_policy_association`: cluster admin at the scope of the whole cluster."""
    arns, unknown_arn = leaves(tree, "policy_arn")
    scopes, unknown_scope = leaves(tree, "access_scope.type")
    admin = [str(arn) for arn in arns if _EKS_ADMIN.search(str(arn))]
    ties = [
        Tie("policy_arn", arn, member, "cluster", True, False)
        for arn in admin
        if any(str(scope).lower() == "cluster" for scope in scopes)
        for member in _members(tree, ("principal_arn",))
    ]
    unsure = ["policy_arn"] if unknown_arn else []
    if unknown_scope and admin:
        unsure.append("access_scope.type")
    return Ties(tuple(ties), tuple(unsure))


def tie_eks_entry(_: str, tree: Tree) -> Ties:
    """`aws_eks_access_entry`: the group that Kubernetes never asks for permission."""
    groups, unknown = leaves(tree, "kubernetes_groups")
    ties = [
        Tie("kubernetes_groups", str(group), member, "", True, False)
        for group in groups
        if group == MASTERS
        for member in _members(tree, ("principal_arn",))
    ]
    return Ties(tuple(ties), ("kubernetes_groups",) if unknown else ())


GOOGLE_IAM = pattern(r"^google_(?P<on>[a-z0-9_]+?)_iam_(?P<form>member|binding|policy)$")
"""The three forms in which every Google Cloud service binds roles."""

_GOOGLE_WHOLE = frozenset(("project", "folder", "organization", "billing_account"))
_GOOGLE_ADMIN = frozenset(("roles/owner", "roles/editor"))
_GOOGLE_EVERYONE = frozenset(("allusers", "allauthenticatedusers"))
_WHOLE_POOL = pattern(
    r"^principalset://iam\.googleapis\.com/.*/workloadidentitypools/[^/]+/\*$", re.IGNORECASE
)
"""Every identity of a workload identity pool."""


def tie_google(resource_type: str, tree: Tree) -> Ties:
    """`google_*_iam_member`, `_binding` and `_policy`."""
    shape = GOOGLE_IAM.match(resource_type)
    if shape is None:
        return Ties(())
    whole = shape["on"] in _GOOGLE_WHOLE
    if shape["form"] == "policy":
        return _google_policy(tree, whole)
    path = "member" if shape["form"] == "member" else "members"
    return _google_pairs(tree, whole, path, "role")


def tie_google_document(_: str, tree: Tree) -> Ties:
    """Data source `google_iam_policy`: where it will be set is not known, so owner is owner."""
    blocks = tree.get("binding") if isinstance(tree, dict) else tree
    return _google_blocks(blocks, True, "binding")


def _google_policy(tree: Tree, whole: bool) -> Ties:
    value = tree.get("policy_data") if isinstance(tree, dict) else tree
    if value is UNKNOWN:
        return Ties((), ("policy_data",))
    if isinstance(value, str) and value.strip():
        value, reason = parse_text(value, "policy_data")
        if reason:
            return Ties((), (), (("policy_data", reason),))
    if value is None or value == "":
        return Ties(())
    if not isinstance(value, dict):
        return Ties((), (), (("policy_data", "policy_data: not a JSON object"),))
    return _google_blocks(value.get("bindings"), whole, "policy_data")


def _google_blocks(blocks: Any, whole: bool, attribute: str) -> Ties:
    ties: list[Tie] = []
    unknown = blocks is UNKNOWN
    for block in blocks if isinstance(blocks, list) else [blocks]:
        if block is UNKNOWN:
            unknown = True
        elif isinstance(block, dict):
            found = _google_pairs(block, whole, "members", "role")
            ties.extend(tie._replace(attribute=attribute) for tie in found.ties)
            unknown = unknown or bool(found.unknown)
    return Ties(tuple(ties), (attribute,) if unknown else ())


def _google_pairs(tree: Tree, whole: bool, member_path: str, role_path: str) -> Ties:
    roles, unknown_role = leaves(tree, role_path)
    members, unknown_member = leaves(tree, member_path)
    ties = [
        _google_tie(str(role), str(member), whole, member_path, role_path)
        for role in roles or [""]
        for member in members or [""]
    ]
    unsure = [role_path] if unknown_role and whole else []
    if unknown_member:
        unsure.append(member_path)
    return Ties(tuple(tie for tie in ties if tie.admin or tie.anyone), tuple(unsure))


def _google_tie(role: str, member: str, whole: bool, member_path: str, role_path: str) -> Tie:
    text = member.strip()
    anyone = text.lower() in _GOOGLE_EVERYONE or _WHOLE_POOL.match(text) is not None
    admin = whole and role.strip().lower() in _GOOGLE_ADMIN
    return Tie(member_path if anyone else role_path, role, text, "", admin, anyone)


_AZURE_NAMES = frozenset(("owner", "contributor", "user access administrator"))
_AZURE_IDS = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
}
"""Role definition ids that are the same in every tenant. Source: Azure built-in roles."""

_AZURE_BROAD = pattern(
    r"^(?:/subscriptions/[^/]+|/providers/microsoft\.management/managementgroups/[^/]+)?/?$"
)
"""Lower-case scopes of a whole subscription, a management group, or the root `/`."""


def is_broad_scope(scope: str) -> bool:
    """Whether an Azure scope is a subscription, a management group or the root."""
    text = scope.strip().lower()
    return bool(text) and _AZURE_BROAD.match(text) is not None


def tie_azure(_: str, tree: Tree) -> Ties:
    """`azurerm_role_assignment` and its PIM kin.

    An administrative role at a scope that is not known is told as unknown: in a plan it is most
    often a resource group of the same change, and in HCL a reference.
    """
    names, unknown_name = leaves(tree, "role_definition_name")
    ids, unknown_id = leaves(tree, "role_definition_id")
    scopes, unknown_scope = leaves(tree, "scope")
    attribute, role = _azure_role(names, ids)
    broad = [str(scope) for scope in scopes if is_broad_scope(str(scope))]
    unsure: list[str] = []
    if not names and not ids and (unknown_name or unknown_id) and (broad or unknown_scope):
        unsure.append("role_definition_name" if unknown_name else "role_definition_id")
    if role and unknown_scope:
        unsure.append("scope")
    ties = [
        Tie(attribute, role, member, scope.strip().lower().rstrip("/"), True, False)
        for scope in broad
        if role
        for member in _members(tree, ("principal_id",))
    ]
    return Ties(tuple(ties), tuple(unsure))


def _azure_role(names: list[Any], ids: list[Any]) -> tuple[str, str]:
    for name in names:
        if str(name).strip().lower() in _AZURE_NAMES:
            return "role_definition_name", str(name)
    for text in ids:
        last = str(text).strip().rpartition("/")[2]
        known = _AZURE_IDS.get(last.lower(), last if last.lower() in _AZURE_NAMES else None)
        if known is not None:
            return "role_definition_id", known
    return "", ""


MASTERS = "system:masters"
"""The group whose members pass every authorization check. Source: Kubernetes RBAC reference."""

_KUBERNETES_ADMIN = "cluster-admin"
_KUBERNETES_EVERYONE = frozenset(
    ("system:anonymous", "system:unauthenticated", "system:authenticated")
)
"""On GKE everybody with a Google account is `system:authenticated`."""


def tie_kubernetes(_: str, tree: Tree) -> Ties:
    """`kubernetes_cluster_role_binding` and `kubernetes_role_binding`, both versions."""
    return _kubernetes(tree, ("role_ref.name", "subject.name"))


def tie_manifest(_: str, tree: Tree) -> Ties:
    """`kubernetes_manifest` holding a binding."""
    manifest = tree.get("manifest") if isinstance(tree, dict) else tree
    if manifest is UNKNOWN:
        return Ties((), ("manifest",))
    kind = manifest.get("kind") if isinstance(manifest, dict) else None
    if kind not in ("ClusterRoleBinding", "RoleBinding"):
        return Ties((), ("manifest.kind",) if kind is UNKNOWN else ())
    return _kubernetes(tree, ("manifest.roleRef.name", "manifest.subjects.name"))


def _kubernetes(tree: Tree, paths: tuple[str, str]) -> Ties:
    role_path, subject_path = paths
    roles, unknown_role = leaves(tree, role_path)
    subjects, unknown_subject = leaves(tree, subject_path)
    ties = [
        Tie(
            subject_path if subject in _KUBERNETES_EVERYONE else role_path,
            str(role),
            str(subject),
            "",
            role == _KUBERNETES_ADMIN,
            subject in _KUBERNETES_EVERYONE,
        )
        for role in roles or [""]
        for subject in subjects or [""]
    ]
    masters = [
        Tie(subject_path, str(role), MASTERS, "", True, False)
        for role in roles or [""]
        if MASTERS in subjects and role != _KUBERNETES_ADMIN
    ]
    unsure = [p for p, u in ((role_path, unknown_role), (subject_path, unknown_subject)) if u]
    kept = [tie for tie in ties if tie.admin or tie.anyone]
    return Ties((*kept, *masters), tuple(unsure))


def tie_aws_auth(_: str, tree: Tree) -> Ties:
    """A config map `aws-auth`, which maps IAM principals to Kubernetes groups as YAML text."""
    names, _unknown = leaves(tree, "metadata.name")
    if "aws-auth" not in names:
        return Ties(())
    ties: list[Tie] = []
    unsure: list[str] = []
    for path in ("data.mapRoles", "data.mapUsers", "data.mapAccounts"):
        texts, unknown = leaves(tree, path)
        if unknown:
            unsure.append(path)
        ties.extend(
            Tie(path, MASTERS, line.strip(), "", True, False)
            for text in texts
            for line in _masters_of(str(text))
        )
    return Ties(tuple(ties), tuple(unsure))


def _masters_of(text: str) -> Iterator[str]:
    """The `rolearn` or `userarn` line of each entry of the text that names the masters."""
    entries = re.split(r"(?m)^\s*-\s+(?=[\"']?(?:rolearn|userarn|groups|username))", text)
    for entry in entries:
        if MASTERS in entry:
            found = re.search(r"(?:rolearn|userarn)[\"']?\s*:\s*[\"']?([^\s\"',}]+)", entry)
            yield found[1] if found else ""


def _members(tree: Tree, paths: Iterable[str]) -> list[str]:
    found = [str(value) for path in paths for value in leaves(tree, path)[0]]
    return found or [""]
