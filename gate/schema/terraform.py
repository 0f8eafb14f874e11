"""Terraform as rules see it: changed resources with facts, from a plan or from HCL alike.

Rules compare, look up and test membership only; everything that needs string work (globs, CIDR
arithmetic, policy documents) is a fact computed in `gate.decode`.

Attribute paths are dot-separated with lists and sets transparent: `ingress.cidr_blocks` stands for
every element of every `ingress` block, whether the provider models it as list or object (P15).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gate.schema.finding import Location

Action = Literal["create", "update", "replace", "delete", "forget", "read", "no-op", "unclear"]
"""Normalised action: `replace` in both orders, `forget` in every variant, `unclear` otherwise."""

Scalar = str | int | float | bool
"""A known leaf value."""


class Grant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One permission that a document or role definition of the resource gives after the change.

    One entry per (statement, wide action); statements without a wide action and without `anyone`
    are left out. Source of the shapes: AWS IAM JSON policy grammar, Azure role definitions,
    Kubernetes RBAC rules.
    """

    attribute: str
    """Attribute path that holds it."""
    action: str
    """The wide action as written (`*`, `iam:*`), or `not <action>` for NotAction; for `anyone`
    entries the first action."""
    wide: bool = False
    """The action is everything or a whole sensitive service (or NotAction), with Allow."""
    every_resource: bool = False
    """It applies to every resource."""
    anyone: bool = False
    """Its principal is everybody (`*`, allUsers, an unbounded federated subject)."""
    bounded: bool = False
    """A condition ties it to an organisation, account or network of one's own."""
    principal: str = ""
    """The principal as written, for `anyone`."""
    stood: bool = False
    """The same grant, or a wider one, stood before the change."""


class Binding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One role or managed policy bound to somebody after the change."""

    attribute: str
    """Attribute path that names the role."""
    role: str
    """Role or policy as written."""
    member: str = ""
    """Whom it is bound to, as written; empty where unknown."""
    admin: bool = False
    """The role is administrative at the scope it is bound (owner, AdministratorAccess)."""
    anyone: bool = False
    """The member is everybody (allUsers, allAuthenticatedUsers, system:anonymous, ...)."""
    stood: bool = False
    """The same binding stood before."""


class Ingress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One inbound opening from the whole internet after the change."""

    attribute: str
    """Attribute path of the range."""
    source: str
    """Range as written; both halves joined by ` + ` where only together they are the internet."""
    ports: str
    """Ports in words: `22`, `3000-4000`, `all`."""
    web_only: bool = False
    """Only 80 and 443."""
    stood: bool = False
    """The same opening, or a wider one, stood before."""


class Execution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Code that the change makes Terraform or a machine run."""

    attribute: str
    """Where: `provisioner`, `program`, ..."""
    kind: str
    """local-exec | remote-exec | file | external | local_command | action | ... ."""
    stood: bool = False
    """The same execution stood before."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of one policy document inside an attribute."""

    attribute: str
    """Attribute path."""
    state: Literal["known", "unknown", "unparsable"]
    """Whether it could be read."""
    reason: str = ""
    """Why not, for `unparsable`."""


class Resource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One changed resource or data source, seen in a plan or in HCL."""

    source: Literal["plan", "hcl"]
    """Which of the two showed it."""
    root: str
    """Root module directory (plan) or directory of the file (hcl); `""` for the repository root."""
    address: str
    """Terraform address; for HCL without instance keys."""
    type: str
    """Resource type."""
    name: str = ""
    """Resource name."""
    mode: Literal["managed", "data"] = "managed"
    """managed | data."""
    provider: str = ""
    """Last segment of the provider's source address."""
    action: Action
    """What would happen."""
    action_reason: str = ""
    """Terraform's own reason."""
    deposed: bool = False
    """Only a deposed object."""
    imported: bool = False
    """Imported by this change."""
    previous_address: str = ""
    """Address before a move."""
    surfaces: tuple[str, ...] = ()
    """Surfaces of the type: iam, network, data, secrets, state, execution, ... ."""
    before: dict[str, tuple[Scalar, ...]] = {}
    """Known leaves before, of the paths the tables name."""
    after: dict[str, tuple[Scalar, ...]] = {}
    """Known leaves after, of the paths the tables name."""
    unknown: tuple[str, ...] = ()
    """Paths known only after apply (plan), or not literal (hcl), among those the tables name."""
    unknown_before: tuple[str, ...] = ()
    """Paths not literal before the change (hcl only), among those the tables name."""
    replace_paths: tuple[str, ...] = ()
    """Paths that force a replacement."""
    grants: tuple[Grant, ...] = ()
    """See `Grant`."""
    bindings: tuple[Binding, ...] = ()
    """See `Binding`."""
    ingress: tuple[Ingress, ...] = ()
    """See `Ingress`."""
    executions: tuple[Execution, ...] = ()
    """See `Execution`."""
    policies: tuple[Policy, ...] = ()
    """Documents that are not known."""
    change: dict[str, Any] | None = None
    """`{before, after, after_unknown}` with every attribute, only where a site policy reads it."""
    at: Location | None = None
    """Where the block stands, for HCL; plan resources are anchored once they have a finding."""


class PlanInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One decoded plan."""

    root: str
    """Root module directory."""
    name: str
    """File name, for messages."""
    digest: str
    """SHA-256 of the file's bytes, hex."""
    format_version: str
    """Plan format."""
    terraform_version: str = ""
    """Version that wrote it."""
    resources: int = 0
    """Resource instances in the plan."""
    changed: int = 0
    """Instances whose action is not no-op."""
    errored: bool = False
    """The plan ended in an error."""
    applyable: bool = True
    """False: Terraform itself would not apply it (an error, or nothing to do)."""
    complete: bool = True
    """False: `-target`, deferrals or an error left something out."""
    targeted: bool = False
    """Made with `-target` or `-replace`."""
    deferred: int = 0
    """Deferred changes."""
    destroy_mode: bool = False
    """Looks like `terraform plan -destroy` (P7)."""
    refresh_only: bool = False
    """Looks like `-refresh-only` (P8)."""
    foreign_root: bool = False
    """Its addresses do not fit the root it was handed in for."""
    local_modules: tuple[str, ...] = ()
    """Directories of the local modules it calls, normalised against the root, sorted."""
    covers_roots: bool = True
    """False: it was handed in for whatever root changes, and knows none of the changed blocks."""
    failed_checks: tuple[str, ...] = ()
    """Addresses of failed `check` blocks and conditions."""
    notes: tuple[str, ...] = ()
    """Repairs made to read it (wrapper noise, encoding), each one line."""


class RootInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One directory whose Terraform files change."""

    root: str
    """Directory."""
    planned: bool
    """A readable plan covers it (its own, or a root that calls it as a module)."""
    path: str
    """One changed file of it, to anchor on."""


class HclBlock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One changed HCL block that is not a resource or data source: backend, moved, import, ..."""

    kind: str
    """backend, cloud, moved, removed, import, provider, module, variable, output or check."""
    name: str = ""
    """Label, e.g. the backend type or module name."""
    change: Literal["added", "removed", "changed"]
    """What happened to it."""
    root: str
    """Directory of the file."""
    at: Location
    """Where it stands (side LEFT for a removed block)."""


class TerraformInput(msgspec.Struct, frozen=True, kw_only=True):
    """The `terraform` section of GateInput."""

    plans: tuple[PlanInfo, ...] = ()
    """Plans."""
    roots: tuple[RootInfo, ...] = ()
    """Directories with changed Terraform files."""
    by_type: dict[str, tuple[Resource, ...]] = {}
    """Changed resources by type, from plan and HCL alike."""


class TerraformTables(msgspec.Struct, frozen=True, kw_only=True):
    """What decode needs of `rego/data/terraform/*.json`."""

    paths: dict[str, tuple[str, ...]]
    """Type (or `*`) -> attribute paths that any rule's table names; only these are projected."""
    surfaces: dict[str, tuple[str, ...]]
    """Type -> surfaces; a key may hold one `*` glob (`google_*_iam_member`)."""
    policies: dict[str, tuple[str, ...]]
    """Type -> attribute paths holding policy documents."""
