"""Tell who may do what after a change: grants, bindings, and documents that cannot be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from gate.decode import bindings as bound
from gate.decode.document import read_blocks, read_policy
from gate.decode.grants import Held, find_grants
from gate.decode.roles import (
    grant_azure_role,
    grant_everyone,
    grant_federation,
    grant_kubernetes_manifest,
    grant_kubernetes_role,
    grant_pool_provider,
)
from gate.decode.value import Tree, walk
from gate.schema.terraform import Binding, Grant, Policy


class Access(NamedTuple):
    """What a resource lets somebody do."""

    grants: tuple[Grant, ...] = ()
    """Grants."""
    bindings: tuple[Binding, ...] = ()
    """Bindings."""
    policies: tuple[Policy, ...] = ()
    """Documents and deciding attributes that are not known, or cannot be read."""

    def plus(self, other: Access) -> Access:
        """Both together."""
        return Access(
            self.grants + other.grants,
            self.bindings + other.bindings,
            self.policies + other.policies,
        )


NOTHING = Access()
"""No access at all."""

POLICY_DOCUMENT = "aws_iam_policy_document"
"""The data source that spells an AWS policy in blocks."""

_IDENTITY = frozenset(
    (
        "aws_iam_policy",
        "aws_iam_role_policy",
        "aws_iam_user_policy",
        "aws_iam_group_policy",
        "aws_ssoadmin_permission_set_inline_policy",
        "aws_rolesanywhere_profile",
        "aws_iot_policy",
        "aws_transfer_access",
        "aws_transfer_user",
        "vault_aws_secret_backend_role",
    )
)
"""Types whose documents belong to an identity, whatever their statements say of principals."""

_BOUNDARIES = frozenset(
    (
        "aws_organizations_policy",
        "aws_vpc_endpoint",
        "aws_vpc_endpoint_policy",
    )
)
"""Types whose documents only narrow what others grant: `*` there is the default that allows all.
Source: AWS documentation of service control policies and of VPC endpoint policies, through which
only the VPC's own traffic passes."""

_Tie = Callable[[str, Tree], bound.Ties]
_GrantReader = Callable[[str, Tree, Tree], tuple[tuple[Grant, ...], tuple[Policy, ...]]]

_TIES: dict[str, _Tie] = {
    **dict.fromkeys(bound.AWS_MEMBERS, bound.tie_aws),
    "aws_eks_access_policy_association": bound.tie_eks_policy,
    "aws_eks_access_entry": bound.tie_eks_entry,
    "google_iam_policy": bound.tie_google_document,
    "azurerm_role_assignment": bound.tie_azure,
    "azurerm_pim_active_role_assignment": bound.tie_azure,
    "azurerm_pim_eligible_role_assignment": bound.tie_azure,
    "kubernetes_cluster_role_binding": bound.tie_kubernetes,
    "kubernetes_cluster_role_binding_v1": bound.tie_kubernetes,
    "kubernetes_role_binding": bound.tie_kubernetes,
    "kubernetes_role_binding_v1": bound.tie_kubernetes,
    "kubernetes_manifest": bound.tie_manifest,
    "kubernetes_config_map": bound.tie_aws_auth,
    "kubernetes_config_map_v1": bound.tie_aws_auth,
    "kubernetes_config_map_v1_data": bound.tie_aws_auth,
}

_GRANTS: dict[str, _GrantReader] = {
    "aws_lambda_permission": grant_everyone,
    "aws_lambda_layer_version_permission": grant_everyone,
    "aws_cloudwatch_event_permission": grant_everyone,
    "aws_vpc_endpoint_service": grant_everyone,
    "aws_vpc_endpoint_service_allowed_principal": grant_everyone,
    "azurerm_role_definition": grant_azure_role,
    "azurerm_federated_identity_credential": grant_federation,
    "azuread_application_federated_identity_credential": grant_federation,
    "azuread_application_flexible_federated_identity_credential": grant_federation,
    "google_iam_workload_identity_pool_provider": grant_pool_provider,
    "kubernetes_cluster_role": grant_kubernetes_role,
    "kubernetes_cluster_role_v1": grant_kubernetes_role,
    "kubernetes_role": grant_kubernetes_role,
    "kubernetes_role_v1": grant_kubernetes_role,
    "kubernetes_manifest": grant_kubernetes_manifest,
}


def find_access(
    resource_type: str, before: Tree | None, after: Tree | None, documents: tuple[str, ...]
) -> Access:
    """Grants and bindings of a resource after a change.

    Args:
        resource_type: Terraform type.
        before: attributes before; `None` for a new object.
        after: attributes after; `None` for one that goes, which then grants nothing.
        documents: attribute paths that hold AWS policy documents.
    """
    if after is None:
        return NOTHING
    found = NOTHING
    if documents or resource_type == POLICY_DOCUMENT:
        found = _read_documents(resource_type, before, after, documents)
    tie = _TIES.get(resource_type)
    if tie is None and resource_type.startswith("google_") and "_iam_" in resource_type:
        tie = bound.tie_google
    if tie is not None:
        past = bound.Ties(()) if before is None else tie(resource_type, before)
        compared = bound.compare(tie(resource_type, after), past)
        found = found.plus(Access((), compared.bindings, compared.policies))
    grant = _GRANTS.get(resource_type)
    if grant is not None:
        grants, policies = grant(resource_type, before, after)
        found = found.plus(Access(grants, (), policies))
    return found


def _read_documents(
    resource_type: str, before: Tree | None, after: Tree, paths: tuple[str, ...]
) -> Access:
    now = list(_held(resource_type, after, paths))
    past = list(_held(resource_type, before, paths))
    unreadable = {(held.attribute, held.document.reason) for held in past}
    states: dict[str, Policy] = {}
    for held in now:
        reason = held.document.reason
        if reason and (held.attribute, reason) not in unreadable:
            states[held.attribute] = Policy(
                attribute=held.attribute, state="unparsable", reason=reason
            )
    if resource_type in _BOUNDARIES:
        return Access(policies=tuple(states.values()))
    granted = find_grants(now, past)
    for attribute in granted.unsure:
        states.setdefault(attribute, Policy(attribute=attribute, state="unknown"))
    return Access(grants=granted.grants, policies=tuple(states.values()))


def _held(resource_type: str, tree: Tree | None, paths: tuple[str, ...]) -> Iterator[Held]:
    if tree is None:
        return
    identity = resource_type in _IDENTITY
    if resource_type == POLICY_DOCUMENT:
        yield Held("statement", read_blocks(tree), False)
        paths = ("source_policy_documents", "override_policy_documents")
    for path in paths:
        for value in walk(tree, path):
            yield Held(path, read_policy(value), identity)
