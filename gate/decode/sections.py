"""Decode every section of a pull request: a value, absent, or unreadable with a reason."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gate.decode.path_names import TERRAFORM_SUFFIXES
from gate.decode.paths import classify, is_configuration
from gate.errors import DecodeError
from gate.schema.changes import Changes, FileChange
from gate.schema.collected import Content, PlanFile
from gate.schema.gate_input import ChangeInput
from gate.schema.section import Absent, Unreadable
from gate.schema.terraform import (
    HclBlock,
    PlanInfo,
    Resource,
    RootInfo,
    TerraformInput,
    TerraformTables,
)
from gate.schema.workflow import Workflow
from gate.text import neutralise

Contents = Mapping[tuple[str, str], Content]
"""(path, side) -> content."""

_YAML_ENDINGS = (".yml", ".yaml")
_SYMLINK = "120000"
_SUBMODULE = "160000"


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """Everything decoded, and what became of each section."""

    terraform: TerraformInput
    """Plans, roots and changed resources."""
    hcl: tuple[HclBlock, ...] = ()
    """Changed blocks other than resources."""
    workflows: tuple[Workflow, ...] = ()
    """Changed CI files."""
    sections: dict[str, Absent | Unreadable | None]
    """Section -> absent, unreadable, or `None` when decoded."""
    inert: tuple[Resource, ...] = ()
    """Changed resources that no engine sees, because no bundled rule can say anything of them."""


def change_inputs(changes: Changes) -> tuple[ChangeInput, ...]:
    """The changed paths as rules see them."""
    inputs = []
    for change in changes.files:
        kind, surfaces = classify(change.path, change.previous_path)
        inputs.append(
            ChangeInput(
                path=change.path,
                previous_path=change.previous_path,
                status=change.status,
                mode=change.mode_after or change.mode_before or "",
                added=change.added,
                removed=change.removed,
                binary=change.binary,
                kind=kind,
                surfaces=surfaces,
            )
        )
    return tuple(inputs)


def wanted(changes: Changes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths whose contents are needed, (before, after)."""
    before: set[str] = set()
    after: set[str] = set()
    for change in changes.files:
        if not _is_decoded(change):
            continue
        if change.status not in ("added", "copied"):
            before.add(change.previous_path or change.path)
        if change.status != "removed":
            after.add(change.path)
    return tuple(sorted(before)), tuple(sorted(after))


def decode_sections(
    changes: Changes,
    plans: Sequence[PlanFile],
    contents: Contents,
    tables: TerraformTables,
    settings: SectionSettings,
) -> Decoded:
    """Decode plans, HCL and workflows.

    A section that cannot be read is `Unreadable`; it never stops the others.
    """
    sections: dict[str, Absent | Unreadable | None] = {"changes": None, "text": None}
    sections["provenance"] = None
    sections["manifests"] = Absent()
    resources, blocks = _hcl(changes, contents, tables, settings, sections)
    reader = _PlanReader(changes, plans, resources, tables, settings)
    infos, planned = reader.read(sections)
    if isinstance(sections["terraform"], Absent) and sections["hcl"] is None:
        sections["terraform"] = None  # NOTE: rules judge HCL alike; only the plan is missing
    by_type: dict[str, list[Resource]] = {}
    inert: list[Resource] = []
    for resource in (*planned, *resources):
        if settings.whole or not is_inert(resource):
            by_type.setdefault(resource.type, []).append(resource)
        else:
            inert.append(resource)
    terraform = TerraformInput(
        plans=infos,
        roots=_roots(changes, plans, infos),
        by_type={
            kind: tuple(sorted(items, key=lambda item: (item.source, item.root, item.address)))
            for kind, items in sorted(by_type.items())
        },
    )
    workflows = _workflows(changes, contents, settings.repository, sections)
    return Decoded(
        terraform=terraform,
        hcl=blocks,
        workflows=workflows,
        sections=sections,
        inert=tuple(inert),
    )


def is_inert(resource: Resource) -> bool:
    """Whether no bundled rule can say anything of a resource, so that no engine need see it.

    An update in place that touches none of the attributes that a table names, on a type whose
    every change matters to nobody: a tag, a description. Nine tenths of a large plan's changes
    are of this kind. Site policies see them all the same.
    """
    return (
        resource.source == "plan"
        and resource.action == "update"
        and resource.before == resource.after
        and not (resource.surfaces and set(resource.surfaces) - {"data"})
        and not (resource.unknown or resource.unknown_before or resource.policies)
        and not (resource.grants or resource.bindings or resource.ingress or resource.executions)
        and not (resource.previous_address or resource.imported)
    )


class SectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What decoding depends on besides the change."""

    repository: str
    """`owner/name`, for first-party actions."""
    whole: bool = False
    """Site policies read whole resources."""
    neighbours: dict[str, bytes] = {}
    """Unchanged Terraform files that changed ones depend on: path -> bytes."""


def changed_roots(changes: Changes) -> tuple[str, ...]:
    """Directories whose Terraform files change, sorted."""
    return tuple(sorted({root for root, _ in _root_files(changes)}))


def _root_files(changes: Changes) -> Iterator[tuple[str, FileChange]]:
    for change in changes.files:
        for path in {change.path, change.previous_path or change.path}:
            if path.endswith(TERRAFORM_SUFFIXES) and change.mode_after != _SUBMODULE:
                yield posixpath.dirname(path), change


def _is_terraform(change: FileChange) -> bool:
    return is_configuration(change.path) or is_configuration(change.previous_path or "")


def _is_decoded(change: FileChange) -> bool:
    if _SUBMODULE in (change.mode_before, change.mode_after):
        return False
    ends = (change.path, change.previous_path or change.path)
    if _is_terraform(change):
        return True
    kind, surfaces = classify(change.path, change.previous_path)
    is_pipeline = kind == "workflow" or "pipeline" in surfaces
    return is_pipeline and any(path.lower().endswith(_YAML_ENDINGS) for path in ends)


def _content(contents: Contents, path: str, side: str) -> bytes | None:
    """Bytes of one side, or `None` when that side has no such file.

    Raises:
        DecodeError: it could not be read.
    """
    content = contents.get((path, side), Unreadable(reason="it was not read"))
    if isinstance(content, Unreadable):
        raise DecodeError(f"{neutralise(path)} ({side}): {content.reason}")
    return None if isinstance(content, Absent) else content


def _versions(change: FileChange, contents: Contents) -> tuple[bytes | None, bytes | None]:
    for mode in (change.mode_before, change.mode_after):
        if mode == _SYMLINK:
            raise DecodeError(
                f"{neutralise(change.path)}: a symbolic link, its target is not followed",
                "Commit the file itself.",
            )
    before = after = None
    if change.status not in ("added", "copied"):
        before = _content(contents, change.previous_path or change.path, "before")
    if change.status != "removed":
        after = _content(contents, change.path, "after")
    return before, after


def _hcl(
    changes: Changes,
    contents: Contents,
    tables: TerraformTables,
    settings: SectionSettings,
    sections: dict[str, Absent | Unreadable | None],
) -> tuple[tuple[Resource, ...], tuple[HclBlock, ...]]:
    edits = [change for change in changes.files if _is_terraform(change) and _is_decoded(change)]
    if not edits:
        sections["hcl"] = Absent(reason="no Terraform file changes")
        return (), ()
    # NOTE: python-hcl2 costs 0.2 s.
    from gate.decode.hcl.changes import FileVersions, decode_hcl_among

    try:
        files = {}
        for change in edits:
            before, after = _versions(change, contents)
            files[change.path] = FileVersions(before, after, change.previous_path)
        found = decode_hcl_among(files, settings.neighbours, tables)
    except DecodeError as error:
        sections["hcl"] = Unreadable(reason=error.message)
        return (), ()
    sections["hcl"] = None
    return found.resources, found.blocks


class _PlanReader:
    """Decodes the plans that were handed in, beside what the code shows."""

    def __init__(
        self,
        changes: Changes,
        plans: Sequence[PlanFile],
        resources: Sequence[Resource],
        tables: TerraformTables,
        settings: SectionSettings,
    ) -> None:
        self._changes = changes
        self._plans = plans
        self._resources = resources
        self._tables = tables
        self._settings = settings
        self._named = {plan.root for plan in plans}

    def read(
        self, sections: dict[str, Absent | Unreadable | None]
    ) -> tuple[tuple[PlanInfo, ...], list[Resource]]:
        """The plans and their resources; notes in `sections` what became of them."""
        if not self._plans:
            sections["terraform"] = Absent(reason="no plan was handed in")
            return (), []
        from gate.decode.plan import decode_plan

        infos: list[PlanInfo] = []
        resources: list[Resource] = []
        failures: list[str] = []
        for plan in self._plans:
            root = plan.root if plan.root is not None else self._default_root()
            try:
                info, found = decode_plan(
                    plan,
                    root,
                    self._tables,
                    whole=self._settings.whole,
                    expected=self._expected(plan),
                )
            except DecodeError as error:
                failures.append(error.message)
                continue
            infos.append(_claim(plan, info))
            resources.extend(found)
        sections["terraform"] = Unreadable(reason="; ".join(failures)) if failures else None
        return tuple(infos), resources

    def _default_root(self) -> str:
        """What a plan without a root stands for: the first changed root that no other names."""
        roots = changed_roots(self._changes)
        return next((root for root in roots if root not in self._named), "")

    def _expected(self, plan: PlanFile) -> frozenset[tuple[str, str, str]]:
        """Blocks that the code of the plan's root adds or changes."""
        return frozenset(
            (resource.mode, resource.type, resource.name)
            for resource in self._resources
            if resource.action in ("create", "update")
            and resource.type not in ("provider", "action")
            and (
                resource.root == plan.root
                if plan.root is not None
                else resource.root not in self._named
            )
        )


def _claim(plan: PlanFile, info: PlanInfo) -> PlanInfo:
    """A plan that was handed in for no root in particular belongs to no wrong one: it covers none.

    Its findings count like any other's; the changed roots are then without a plan.
    """
    if plan.root is not None or not info.foreign_root:
        return info
    note = f"{neutralise(plan.name)} knows none of the changed blocks: it covers no changed root"
    return msgspec.structs.replace(
        info, foreign_root=False, covers_roots=False, notes=(*info.notes, note)
    )


def _roots(
    changes: Changes, plans: Sequence[PlanFile], infos: Sequence[PlanInfo]
) -> tuple[RootInfo, ...]:
    infos = [info for info in infos if info.covers_roots]
    readable = {info.name for info in infos}
    everywhere = any(plan.root is None and plan.name in readable for plan in plans)
    covered = {info.root for info in infos} | {
        directory for info in infos for directory in info.local_modules
    }
    first: dict[str, str] = {}
    for root, change in _root_files(changes):
        first.setdefault(root, change.path)
    return tuple(
        RootInfo(root=root, planned=everywhere or root in covered, path=path)
        for root, path in sorted(first.items())
    )


def _pipeline_versions(change: FileChange, contents: Contents) -> tuple[bytes | None, bytes | None]:
    """Both versions; a side on which the file lies elsewhere, where no CI reads it, is none."""
    if not _is_decoded(change):
        return None, None
    before, after = _versions(change, contents)
    former = change.previous_path or change.path
    return (
        before if "pipeline" in classify(former)[1] else None,
        after if "pipeline" in classify(change.path)[1] else None,
    )


def _workflows(
    changes: Changes,
    contents: Contents,
    repository: str,
    sections: dict[str, Absent | Unreadable | None],
) -> tuple[Workflow, ...]:
    edits = [
        change
        for change in changes.files
        if "pipeline" in classify(change.path, change.previous_path)[1]
    ]
    if not edits:
        sections["workflows"] = Absent(reason="no CI file changes")
        return ()
    from gate.decode.workflow import decode_workflow  # NOTE: PyYAML costs 30 ms

    workflows = []
    failures = []
    for change in edits:
        try:
            before, after = _pipeline_versions(change, contents)
            workflows.append(decode_workflow(change.path, before, after, repository=repository))
        except DecodeError as error:
            failures.append(error.message)
    sections["workflows"] = Unreadable(reason="; ".join(failures)) if failures else None
    return tuple(workflows)
