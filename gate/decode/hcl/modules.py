"""Follow calls of local modules whose arguments change into the module's own files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from gate.decode.hcl.blocks import Block, location_of, read_blocks
from gate.decode.hcl.instances import Body, is_empty, read_body, read_instances
from gate.decode.hcl.names import Names, changed_names, refers
from gate.decode.paths import is_configuration
from gate.decode.value import Tree
from gate.schema.finding import Location

MAX_CALLS = 100
"""Calls followed in one change; resources behind others stay unseen without a plan."""
MAX_DEPTH = 5
"""Modules that call one another."""


class FileVersions(NamedTuple):
    """One changed file (or one of its unchanged neighbours, which may hold names it uses)."""

    before: bytes | None
    """Bytes before; `None`: no such file."""
    after: bytes | None
    """Bytes after; `None`: no such file."""
    previous_path: str | None = None
    """Path before a rename."""


class Module(NamedTuple):
    """One directory."""

    root: str
    """Its path."""
    before: list[Block]
    """Blocks before the change."""
    after: list[Block]
    """Blocks after it."""


class Scope(NamedTuple):
    """What names stand for in a module, and how its resources are addressed."""

    before: Names
    """Names before."""
    after: Names
    """Names after."""
    root: str
    """Directory of the outermost module."""
    prefix: str = ""
    """Calls on the way, `module.a.module.b.`."""


class Call(NamedTuple):
    """A module as one call sees it."""

    module: Module
    """The module; a side on which it is not called is empty."""
    scope: Scope
    """Its names, arguments included."""
    ended: Location | None
    """Where the call ends (its block goes, or makes nothing); `None`: it goes on."""


def read_modules(files: Mapping[str, FileVersions]) -> dict[str, Module]:
    """The blocks of every directory, sorted by its path.

    Raises:
        DecodeError: names path and line of what is not valid Terraform.
    """
    modules: dict[str, Module] = {}
    for path, versions in sorted(files.items()):
        former = versions.previous_path or path
        sides = ((former, versions.before, "before"), (path, versions.after, "after"))
        for place, content, side in sides:
            if content is None or not is_configuration(place):
                continue
            root = posixpath.dirname(place)
            module = modules.setdefault(root, Module(root, [], []))
            blocks = module.before if side == "before" else module.after
            blocks.extend(read_blocks(content, place, path))
    return dict(sorted(modules.items()))


def calls(modules: Mapping[str, Module]) -> Iterator[Call]:
    """Calls that differ between the sides, and those that they lead to.

    Raises:
        DecodeError: a calling block is not valid HCL.
    """
    waiting = [(module, scope_of(module)) for module in modules.values()]
    followed = 0
    while waiting:
        module, scope = waiting.pop(0)
        if scope.prefix.count("module.") >= MAX_DEPTH:
            continue
        for call in _calls_in(module, scope, modules):
            followed += 1
            if followed > MAX_CALLS:
                return
            yield call
            waiting.append((call.module, call.scope))


def scope_of(module: Module) -> Scope:
    """The names of a module on its own."""
    return Scope(Names(module.before), Names(module.after), module.root)


def differs(
    old: Sequence[Block], new: Sequence[Block], changed: frozenset[tuple[str, str]]
) -> bool:
    """Whether blocks differ in their text, or in a name that they use."""
    if [block.text for block in old] != [block.text for block in new]:
        return True
    return bool(changed) and any(refers(block.text, changed) for block in (*old, *new))


def _calls_in(module: Module, scope: Scope, modules: Mapping[str, Module]) -> Iterator[Call]:
    before, after = _by_name(module.before), _by_name(module.after)
    if not before and not after:
        return
    changed = changed_names(scope.before, scope.after)
    for name in sorted(before.keys() | after.keys()):
        for old, new in zip_longest(before.get(name, []), after.get(name, [])):
            block = new or old
            if block is None or not differs([old] if old else [], [new] if new else [], changed):
                continue
            was, now = _arguments(old, scope.before), _arguments(new, scope.after)
            ended = None if now else location_of(block, removed=new is None)
            for key in now or was:
                call = _call(module, scope, name, (_at(was, key), _at(now, key)), modules)
                if call.module.before or call.module.after:
                    yield call._replace(ended=ended)


def _call(
    module: Module,
    scope: Scope,
    name: str,
    arguments: tuple[Body | None, Body | None],
    modules: Mapping[str, Module],
) -> Call:
    was, now = arguments
    inner = Module(
        _directory(module.root, now if now is not None else was) or "",
        _blocks_at(module.root, was, modules, "before"),
        _blocks_at(module.root, now, modules, "after"),
    )
    names = Names(inner.before, was or {}), Names(inner.after, now or {})
    return Call(inner, Scope(*names, scope.root, f"{scope.prefix}module.{name}."), None)


def _at(instances: Mapping[str, Body], key: str) -> Body | None:
    return instances.get(key, instances.get(""))


def _by_name(blocks: Iterable[Block]) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for block in blocks:
        if block.kind == "module" and len(block.labels) == 1:
            found.setdefault(block.labels[0], []).append(block)
    return found


def _arguments(block: Block | None, names: Names) -> dict[str, Body]:
    """What a call sets, by instance where instances are known, else under an empty key; nothing
    where there is no call, or one that makes nothing."""
    if block is None:
        return {}
    body = read_body([block], names)
    if is_empty(body):
        return {}
    return read_instances([block], names, body) or {"": body}


def _directory(root: str, arguments: Mapping[str, Tree] | None) -> str | None:
    source = (arguments or {}).get("source")
    if not isinstance(source, str) or not source.startswith(("./", "../")):
        return None
    directory = posixpath.normpath(posixpath.join(root, source))
    return "" if directory == "." else directory


def _blocks_at(
    root: str, arguments: Mapping[str, Tree] | None, modules: Mapping[str, Module], side: str
) -> list[Block]:
    directory = _directory(root, arguments)
    module = None if directory is None else modules.get(directory)
    if module is None:
        return []
    return module.before if side == "before" else module.after
