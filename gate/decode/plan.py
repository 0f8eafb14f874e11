"""Decode a Terraform or OpenTofu plan in JSON into what rules see, expanding only what changes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Raw

from gate.decode.facts import Facts, describe
from gate.decode.plan_configuration import Configuration, place_of, read_configuration
from gate.decode.plan_execution import provisioners_of, read_invocations
from gate.decode.plan_flags import (
    Head,
    count_deferred,
    failed_checks,
    is_destroy,
    is_refresh,
    mode_of,
    read_head,
)
from gate.decode.plan_format import (
    SHOW,
    Document,
    PlanChange,
    ResourceChange,
    ResourceChanges,
    is_null,
    read_changes,
    read_document,
)
from gate.decode.plan_split import NONE
from gate.decode.plan_tree import exact, exact_leaves, expand
from gate.decode.sensitive import hide, hide_leaves
from gate.decode.value import Tree, overlay, walk
from gate.errors import DecodeError
from gate.schema.collected import PlanFile
from gate.schema.terraform import Action, Execution, PlanInfo, Policy, Resource, TerraformTables
from gate.text import neutralise

_ACTIONS: dict[tuple[str, ...], Action] = {
    ("no-op",): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "forget",
    ("forget", "create"): "forget",
}
"""Terraform writes create,forget and OpenTofu forget,create for a replacement that orphans."""

BlockKey = tuple[str, str, str]
"""managed | data, type and name of a block."""

_RUNS_PROVISIONERS = ("create", "replace", "update")
_LARGE = 1 << 20
"""Above this the digest is computed beside the decoding; hashing releases the interpreter lock."""


def decode_plan(
    plan: PlanFile,
    root: str,
    tables: TerraformTables,
    *,
    whole: bool = False,
    expected: frozenset[BlockKey] = frozenset(),
) -> tuple[PlanInfo, tuple[Resource, ...]]:
    """Decode one plan.

    Args:
        plan: the file as handed in.
        root: root module directory it stands for; `""` for the repository root.
        tables: what the rules' tables ask for.
        whole: fill `Resource.change` with every attribute, for site policies.
        expected: blocks that the code of this root adds or changes; a plan that knows none of them
            belongs to another root.

    Returns:
        What the plan says of itself, and its resources in plan order: all whose action is not
        `no-op`, those merely moved or imported (`no-op`, without facts), and invoked actions.

    Raises:
        DecodeError: not a plan, malformed, hostile, or of a format that is not understood.
    """
    what = neutralise(plan.name)
    finish = _start_digest(plan.data)
    document = read_document(plan.data, what)
    parts = document.parts
    head = read_head(parts, what)
    changes = read_changes(document, what)
    configuration = read_configuration(parts, root, what)
    reader = _Reader(root, tables, configuration, whole, what)
    resources = tuple(
        reader.read(change, action)
        for change in changes.changes
        if (action := _action(change.change)) != "no-op" or _is_moved_or_imported(change)
    ) + tuple(read_invocations(parts, root, what))
    info = _info(plan, root, document, head, configuration, changes)
    is_foreign = bool(expected) and _is_foreign(expected, changes.changes, configuration)
    return msgspec.structs.replace(info, digest=finish(), foreign_root=is_foreign), resources


def _is_foreign(
    expected: frozenset[BlockKey], changes: Sequence[ResourceChange], configuration: Configuration
) -> bool:
    """Whether the plan's configuration knows none of the blocks, in whichever module.

    NOTE: only the configuration shows every block, also one that makes no instance; without it
    nobody can tell.
    """
    known = {place[1:] for place in configuration.expressions}
    if not known or not known.isdisjoint(expected):
        return False
    return all((mode_of(item), item.type, item.name) not in expected for item in changes)


def _info(
    plan: PlanFile,
    root: str,
    document: Document,
    head: Head,
    configuration: Configuration,
    found: ResourceChanges,
) -> PlanInfo:
    """What the plan says of itself; the digest is filled in once it is there."""
    parts, what = document.parts, neutralise(plan.name)
    changes = found.changes
    actions = [_action(change.change) for change in changes]
    deferred = count_deferred(parts, what)
    requested = any(change.action_reason == "replace_by_request" for change in changes)
    errored, complete = bool(head.errored), head.complete is not False
    return PlanInfo(
        root=root,
        name=plan.name,
        digest="",
        format_version=head.format_version,
        terraform_version=head.terraform_version,
        resources=found.total,
        changed=len(actions) - actions.count("no-op"),
        errored=errored,
        applyable=head.applyable is not False,
        complete=complete,
        targeted=requested or not (complete or errored or deferred),
        deferred=deferred,
        destroy_mode=is_destroy(found, actions, head.format_version),
        refresh_only=not found.total and is_refresh(parts, what),
        local_modules=configuration.local_modules,
        failed_checks=failed_checks(parts, what),
        notes=document.notes,
    )


class _Reader:
    """Turns entries of `resource_changes` into resources."""

    def __init__(
        self,
        root: str,
        tables: TerraformTables,
        configuration: Configuration,
        whole: bool,
        what: str,
    ) -> None:
        self._root = root
        self._tables = tables
        self._configuration = configuration
        self._whole = whole
        self._what = what

    def read(self, change: ResourceChange, action: Action) -> Resource:
        """One resource; facts are left out where nothing but its address changes."""
        if not change.type or not change.address:
            raise DecodeError(f"{self._what}: a resource change without type or address")
        if change.change is None:
            where = f"{self._what}: {neutralise(change.address, 200)}"
            raise DecodeError(f"{where}: a resource change without `change`", SHOW)
        resource = Resource(
            source="plan",
            root=self._root,
            address=change.address,
            type=change.type,
            name=change.name,
            mode=mode_of(change),
            provider=(change.provider_name or "").rpartition("/")[2],
            action=action,
            action_reason=change.action_reason or "",
            deposed=bool(change.deposed),
            imported=_is_imported(change),
            previous_address=_previous(change),
        )
        if action == "no-op":
            return resource
        try:
            return self._with_facts(resource, change, change.change)
        except DecodeError as error:
            # NOTE: neutralised here, since to do so for every change of a large plan takes 13 ms
            where = f"{self._what}: {neutralise(change.address, 200)}"
            told = error.message.removeprefix(f"{self._what}: ")
            raise DecodeError(f"{where}: {told}", error.hint) from error

    def _with_facts(self, bare: Resource, entry: ResourceChange, change: PlanChange) -> Resource:
        what = self._what
        before, after = expand(change.before, what), expand(change.after, what)
        if not all(side is None or isinstance(side, dict) for side in (before, after)):
            raise DecodeError(f"{what}: before or after is no object", SHOW)
        unknown = expand(change.after_unknown, what)
        facts = describe(bare.type, before, _after(after, unknown), self._tables)
        computed = self._computed(bare, entry, unknown)
        before_marks = self._marks(change.before_sensitive, what)
        after_marks = self._marks(change.after_sensitive, what)
        whole = None
        if self._whole:
            whole = {
                "before": exact(hide(before, before_marks)),
                "after": exact(hide(after, after_marks)),
                "after_unknown": unknown,
            }
        return msgspec.structs.replace(
            bare,
            surfaces=facts.surfaces,
            before=hide_leaves(exact_leaves(facts.before), before_marks),
            after=hide_leaves(exact_leaves(facts.after), after_marks),
            unknown=tuple(path for path in facts.unknown if _head(path) not in computed),
            replace_paths=_replace_paths(expand(change.replace_paths, what)),
            grants=facts.grants,
            bindings=facts.bindings,
            ingress=facts.ingress,
            executions=self._executions(bare, entry, facts),
            policies=tuple(
                policy
                for policy in facts.policies
                if _head(policy.attribute) not in computed and _is_news(policy, before, after)
            ),
            change=whole,
        )

    @staticmethod
    def _marks(raw: Raw, what: str) -> Tree:
        """A tree of marks; the fillers of one without any mark are not worth building."""
        return expand(raw, what) if b"true" in bytes(raw) else None

    def _computed(self, bare: Resource, entry: ResourceChange, unknown: Tree) -> frozenset[str]:
        """Attributes wholly unknown that the configuration leaves to the provider.

        An optional attribute that nobody sets is as unknown on create as a reference to what does
        not exist yet; only the second is a value somebody chose.
        """
        if not isinstance(unknown, dict) or True not in unknown.values():
            return frozenset()
        own = self._configuration.attributes_of(place_of(entry, bare.mode), self._what)
        if own is None:
            return frozenset()
        return frozenset(key for key, mark in unknown.items() if mark is True and key not in own)

    def _executions(
        self, bare: Resource, entry: ResourceChange, facts: Facts
    ) -> tuple[Execution, ...]:
        if bare.action not in _RUNS_PROVISIONERS:
            return facts.executions
        return facts.executions + provisioners_of(
            entry, bare.mode, self._configuration.provisioners
        )


def _start_digest(data: bytes) -> Callable[[], str]:
    """Begin the SHA-256 of the bytes; the function returned waits for it."""
    if len(data) < _LARGE:
        return hashlib.sha256(data).hexdigest
    digest = hashlib.sha256()
    thread = threading.Thread(target=digest.update, args=(data,), daemon=True)
    thread.start()

    def finish() -> str:
        thread.join()
        return digest.hexdigest()

    return finish


def _action(change: PlanChange | None) -> Action:
    return _ACTIONS.get(tuple(change.actions), "unclear") if change is not None else "unclear"


def _is_news(policy: Policy, before: Tree, after: Tree) -> bool:
    """A document that cannot be read is baseline where the very same one stood before."""
    if policy.state == "unknown":
        return True
    return list(walk(before, policy.attribute)) != list(walk(after, policy.attribute))


def _head(path: str) -> str:
    return path.partition(".")[0]


def _previous(change: ResourceChange) -> str:
    previous = change.previous_address or ""
    return "" if previous == change.address else previous


def _is_imported(change: ResourceChange) -> bool:
    importing = change.change.importing if change.change is not None else NONE
    return importing is not NONE and not is_null(importing)


def _is_moved_or_imported(change: ResourceChange) -> bool:
    return bool(_previous(change)) or _is_imported(change)


def _after(after: Tree, unknown: Tree) -> Tree:
    return after if unknown in (None, False) else overlay(after, unknown)


def _replace_paths(paths: Tree) -> tuple[str, ...]:
    if not isinstance(paths, list):
        return ()
    joined = (
        ".".join(step for step in path if isinstance(step, str))
        for path in paths
        if isinstance(path, list)
    )
    return tuple(dict.fromkeys(path for path in joined if path))
