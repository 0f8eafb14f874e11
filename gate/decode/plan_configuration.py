"""The `configuration` of a plan: what each resource sets itself, and the local modules called."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from msgspec import Raw

from gate.decode.plan_format import ResourceChange, has_escaped_letters, read_part
from gate.errors import DecodeError
from gate.jsondoc import parse_json
from gate.pattern import pattern

_MAX_MODULES = 64
"""Module calls inside one another; real ones stay below ten."""

_MODULE = pattern(r'module\.([^.\["]+)(?:\[(?:"(?:[^"\\]|\\.)*"|[^"\]]*)\])?(?:\.|\Z)')

Place = tuple[tuple[str, ...], str, str, str]
"""Where a resource is configured: names of module calls, mode, type, name."""


class Configuration(NamedTuple):
    """What the gate reads of it."""

    provisioners: dict[Place, tuple[str, ...]]
    """Types of the provisioners of every resource that has some."""
    attributes: dict[Place, frozenset[str]]
    """Attributes and blocks that every configured resource sets itself; `dynamic` blocks are not in
    a plan."""
    local_modules: tuple[str, ...]
    """Directories of local modules against the root, sorted; those of remote modules left out."""


class _Provisioner(msgspec.Struct, frozen=True, gc=False):
    type: str = ""


class _Configured(msgspec.Struct, frozen=True, gc=False):
    mode: str = "managed"
    type: str = ""
    name: str = ""
    provisioners: list[_Provisioner] = []
    expressions: dict[str, Raw] = {}


class _Module(msgspec.Struct, frozen=True, gc=False):
    resources: list[_Configured] = []
    module_calls: dict[str, _Call] = {}


class _Call(msgspec.Struct, frozen=True, gc=False):
    source: str = ""
    module: _Module | None = None


class _Root(msgspec.Struct, frozen=True, gc=False):
    root_module: _Module | None = None


class _Place(NamedTuple):
    names: tuple[str, ...]
    directory: str | None
    module: _Module


def read_configuration(parts: dict[str, Raw], root: str, what: str) -> Configuration:
    """Read the configuration.

    Args:
        parts: the plan's top level.
        root: root module directory, `""` for the repository root.
        what: the plan's name for errors.

    Raises:
        DecodeError: malformed, hides keys, or nests modules too deep.
    """
    found = read_part(parts, "configuration", _Root, what)
    if found is None or found.root_module is None:
        return Configuration({}, {}, ())
    places = list(_places(_Place((), root, found.root_module), what))
    provisioners = {
        (place.names, item.mode, item.type, item.name): tuple(p.type for p in item.provisioners)
        for place in places
        for item in place.module.resources
        if item.provisioners
    }
    attributes = {
        (place.names, item.mode, item.type, item.name): frozenset(item.expressions)
        for place in places
        for item in place.module.resources
    }
    # NOTE: more such keys than were read, or escapes, may hide a second one that won.
    text = bytes(parts["configuration"])
    if text.count(b'"provisioners"') != len(provisioners) or has_escaped_letters(text):
        parse_json(text, f"{what}: configuration")
    directories = {place.directory for place in places[1:] if place.directory is not None}
    return Configuration(provisioners, attributes, tuple(sorted(directories)))


def place_of(change: ResourceChange, mode: str) -> Place:
    """Where the resource of an instance is configured."""
    names = tuple(match[1] for match in _MODULE.finditer(change.module_address or ""))
    return names, mode, change.type, change.name


def _places(place: _Place, what: str) -> Iterator[_Place]:
    if len(place.names) > _MAX_MODULES:
        raise DecodeError(f"{what}: modules nested more than {_MAX_MODULES} deep")
    yield place
    for name, call in place.module.module_calls.items():
        if call.module is not None:
            directory = _local(place.directory, call.source)
            yield from _places(_Place((*place.names, name), directory, call.module), what)


def _local(directory: str | None, source: str) -> str | None:
    """Directory of a module given as `./` or `../`, if it lies inside the repository."""
    if directory is None or not source.startswith(("./", "../")):
        return None
    path = posixpath.normpath(posixpath.join(directory, source))
    if path == ".." or path.startswith("../"):
        return None
    return "" if path == "." else path
