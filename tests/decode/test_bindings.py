"""Bindings: administrative roles and members that are everybody, per cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gate.decode import bindings
from gate.decode.bindings import Tie, Ties, compare, is_broad_scope
from gate.decode.value import UNKNOWN

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
SUBSCRIPTION = "/subscriptions/0000"


def roles(ties: Ties, *, anyone: bool = False) -> list[str]:
    """Roles of the ties that are administrative, or of everybody."""
    return [tie.role for tie in ties.ties if (tie.anyone if anyone else tie.admin)]


@pytest.mark.parametrize(
    "arn",
    [
        ADMIN,
        "arn:aws-cn:iam::aws:policy/IAMFullAccess",
        "arn:aws-us-gov:iam::aws:policy/PowerUserAccess",
        "arn:aws:iam::aws:policy/job-function/AdministratorAccess",
        "ARN:AWS:IAM::AWS:POLICY/ADMINISTRATORACCESS",
    ],
)
def test_tie_aws_knows_administrative_policies(arn: str) -> None:
    assert roles(bindings.tie_aws("aws_iam_role_policy_attachment", {"policy_arn": arn})) == [arn]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/AdministratorAccess-Amplify",
        "AdministratorAccess",
    ],
)
def test_tie_aws_leaves_other_policies(arn: str) -> None:
    assert bindings.tie_aws("aws_iam_role_policy_attachment", {"policy_arn": arn}) == Ties(())


@pytest.mark.parametrize("resource_type", sorted(bindings.AWS_MEMBERS))
def test_tie_aws_reads_every_attaching_type(resource_type: str) -> None:
    attribute, members = bindings.AWS_MEMBERS[resource_type]
    value = [ADMIN] if attribute.endswith("s") else ADMIN
    tree = {attribute: value, members[0]: "who"}
    assert [(t.attribute, t.member) for t in bindings.tie_aws(resource_type, tree).ties] == [
        (attribute, "who")
    ]
    assert bindings.tie_aws(resource_type, {attribute: UNKNOWN}).unknown == (attribute,)


def test_tie_eks_policy_needs_the_scope_of_the_cluster() -> None:
    arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    for scope, expected in (("cluster", [arn]), ("namespace", [])):
        tree = {"policy_arn": arn, "access_scope": [{"type": scope}]}
        assert roles(bindings.tie_eks_policy("", tree)) == expected
    assert bindings.tie_eks_policy("", {"policy_arn": arn, "access_scope": UNKNOWN}).unknown


def test_tie_eks_entry_sees_the_masters() -> None:
    assert roles(bindings.tie_eks_entry("", {"kubernetes_groups": ["a", "system:masters"]})) == [
        "system:masters"
    ]


@pytest.mark.parametrize("on", ["project", "folder", "organization", "billing_account"])
@pytest.mark.parametrize("role", ["roles/owner", "roles/editor"])
def test_tie_google_knows_owner_and_editor_of_a_whole(on: str, role: str) -> None:
    tree = {"role": role, "member": "user:a@x", "members": ["user:a@x"]}
    data = {"policy_data": json.dumps({"bindings": [{"role": role, "members": ["user:a@x"]}]})}
    assert roles(bindings.tie_google(f"google_{on}_iam_member", tree)) == [role]
    assert roles(bindings.tie_google(f"google_{on}_iam_binding", tree)) == [role]
    assert roles(bindings.tie_google(f"google_{on}_iam_policy", data)) == [role]


def test_tie_google_leaves_owner_of_a_part() -> None:
    tree = {"role": "roles/owner", "member": "user:a@x"}
    assert roles(bindings.tie_google("google_pubsub_topic_iam_member", tree)) == []
    assert bindings.tie_google("google_iam_deny_policy", tree) == Ties(())


@pytest.mark.parametrize(
    "member",
    [
        "allUsers",
        "allAuthenticatedUsers",
        "ALLUSERS",
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*",
    ],
)
def test_tie_google_knows_everybody(member: str) -> None:
    for resource_type, tree in (
        ("google_storage_bucket_iam_member", {"role": "r", "member": member}),
        ("google_service_account_iam_binding", {"role": "r", "members": ["user:a@x", member]}),
        (
            "google_pubsub_topic_iam_policy",
            {"policy_data": {"bindings": [{"role": "r", "members": [member]}]}},
        ),
    ):
        assert roles(bindings.tie_google(resource_type, tree), anyone=True) == ["r"]


def test_tie_google_leaves_a_bounded_principal_set() -> None:
    member = (
        "principalSet://iam.googleapis.com/projects/1/locations/global/"
        "workloadIdentityPools/ci/attribute.repository/acme/app"
    )
    assert bindings.tie_google(
        "google_project_iam_member", {"role": "r", "member": member}
    ) == Ties(())


def test_tie_google_tells_unreadable_and_unknown_policies() -> None:
    kind = "google_project_iam_policy"
    assert bindings.tie_google(kind, {"policy_data": UNKNOWN}).unknown == ("policy_data",)
    assert bindings.tie_google(kind, {"policy_data": "{"}).unparsable[0][0] == "policy_data"
    assert bindings.tie_google(kind, {"policy_data": "[]"}).unparsable[0][0] == "policy_data"
    assert bindings.tie_google(kind, {"policy_data": {"bindings": UNKNOWN}}).unknown == (
        "policy_data",
    )


def test_tie_google_document_reads_blocks() -> None:
    tree = {"binding": [{"role": "roles/owner", "members": ["allUsers"]}]}
    found = bindings.tie_google_document("", tree)
    assert (roles(found), roles(found, anyone=True)) == (["roles/owner"], ["roles/owner"])


@pytest.mark.parametrize(
    "scope",
    [
        SUBSCRIPTION,
        f"{SUBSCRIPTION}/",
        "/",
        "/providers/Microsoft.Management/managementGroups/acme",
        "/PROVIDERS/microsoft.management/MANAGEMENTGROUPS/acme",
    ],
)
def test_is_broad_scope_of_a_whole(scope: str) -> None:
    assert is_broad_scope(scope)


@pytest.mark.parametrize(
    "scope", ["", f"{SUBSCRIPTION}/resourceGroups/a", "/providers/Microsoft.Storage/x/y", "x"]
)
def test_is_broad_scope_not_of_a_part(scope: str) -> None:
    assert not is_broad_scope(scope)


@pytest.mark.parametrize(
    "tree",
    [
        {"role_definition_name": "Owner", "role_definition_id": UNKNOWN},
        {"role_definition_name": "contributor"},
        {"role_definition_name": "User Access Administrator"},
        {"role_definition_id": "/providers/x/roleDefinitions/8E3AF657-A8FF-443C-A75C-2FE8C4BCB635"},
        {
            "role_definition_id": "b24988ac-6180-42a0-ab88-20f7382dd24c",
            "role_definition_name": UNKNOWN,
        },
    ],
)
def test_tie_azure_knows_administrative_roles(tree: dict[str, Any]) -> None:
    found = bindings.tie_azure("", {**tree, "scope": SUBSCRIPTION})
    assert (len(found.ties), found.unknown) == (1, ())


def test_tie_azure_leaves_a_part_and_tells_an_unknown_scope() -> None:
    owner = {"role_definition_name": "Owner"}
    assert bindings.tie_azure("", {**owner, "scope": f"{SUBSCRIPTION}/resourceGroups/a"}) == Ties(
        ()
    )
    assert bindings.tie_azure("", {**owner, "scope": UNKNOWN}) == Ties((), ("scope",))
    reader = {"role_definition_name": "Reader", "role_definition_id": UNKNOWN, "scope": UNKNOWN}
    assert bindings.tie_azure("", reader) == Ties(())


def test_tie_azure_tells_an_unknown_role() -> None:
    tree = {"role_definition_id": UNKNOWN, "scope": SUBSCRIPTION}
    assert bindings.tie_azure("", tree).unknown == ("role_definition_id",)


def test_tie_kubernetes_knows_admin_masters_and_everybody() -> None:
    def bind(role: str, subject: str) -> Ties:
        return bindings.tie_kubernetes(
            "", {"role_ref": [{"name": role}], "subject": [{"name": subject}]}
        )

    assert roles(bind("cluster-admin", "dev")) == ["cluster-admin"]
    assert roles(bind("view", "system:masters")) == ["view"]
    assert roles(bind("view", "system:anonymous"), anyone=True) == ["view"]
    assert bind("view", "dev") == Ties(())


def test_tie_manifest_reads_a_binding_of_the_api() -> None:
    manifest = {
        "kind": "ClusterRoleBinding",
        "roleRef": {"name": "cluster-admin"},
        "subjects": [{"name": "dev"}],
    }
    assert roles(bindings.tie_manifest("", {"manifest": manifest})) == ["cluster-admin"]
    assert bindings.tie_manifest("", {"manifest": {**manifest, "kind": "Deployment"}}) == Ties(())
    assert bindings.tie_manifest("", {"manifest": UNKNOWN}).unknown == ("manifest",)


def test_tie_aws_auth_reads_the_mapping() -> None:
    text = (
        "- rolearn: arn:aws:iam::1:role/node\n  groups: [system:nodes]\n"
        "- rolearn: arn:aws:iam::1:role/dev\n  groups:\n  - system:masters\n"
    )
    tree = {"metadata": [{"name": "aws-auth"}], "data": {"mapRoles": text}}
    assert [tie.member for tie in bindings.tie_aws_auth("", tree).ties] == [
        "arn:aws:iam::1:role/dev"
    ]
    other = {**tree, "metadata": [{"name": "settings"}]}
    assert bindings.tie_aws_auth("", other) == Ties(())


def test_compare_knows_what_stood() -> None:
    old = Tie("policy_arn", ADMIN, "a", "", True, False)
    new = old._replace(member="b")
    found = compare(Ties((old, new)), Ties((old._replace(attribute="other"),)))
    assert [binding.stood for binding in found.bindings] == [True, False]


def test_compare_tells_an_unreadable_document_once() -> None:
    broken = Ties((), (), (("policy_data", "not JSON"),))
    assert compare(broken, Ties(())).policies[0].state == "unparsable"
    assert compare(broken, broken).policies == ()
