"""The `configuration` of a plan: what each resource sets itself, and the local modules called."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from msgspec import Raw

from gate.decode.plan_format import ResourceChange, decode_as, has_escaped_letters, read_part
from gate.errors import DecodeError
from gate.jsondoc import parse_json
from gate.pattern import pattern

_MAX_MODULES = 64
"""Module calls inside one another; real ones stay below ten."""

_MODULE = pattern(r'module\.([^.\["]+)(?:\[(?:"(?:[^"\\]|\\.)*"|[^"\]]*)\])?(?:\.|\Z)')

EMPTY = Raw(b"{}")
"""No expressions."""

Place = tuple[tuple[str, ...], str, str, str]
"""Where a resource is configured: names of module calls, mode, type, name."""


class Configuration(NamedTuple):
    """What the gate reads of it."""

    provisioners: dict[Place, tuple[str, ...]]
    """Types of the provisioners of every resource that has some."""
    expressions: dict[Place, Raw]
    """What every configured resource sets itself, undecoded; `dynamic` blocks are not in a plan."""
    local_modules: tuple[str, ...]
    """Directories of local modules against the root, sorted; those of remote modules left out."""

    def attributes_of(self, place: Place, what: str) -> frozenset[str] | None:
        """Attributes and blocks that one resource sets itself; `None` where it is not configured.

        Raises:
            DecodeError: its expressions are no object.
        """
        raw = self.expressions.get(place)
        if raw is None:
            return None
        return frozenset(decode_as(raw, dict[str, Raw], f"{what}: configuration"))


class _Provisioner(msgspec.Struct, frozen=True, gc=False):
    type: str = ""


class _Configured(msgspec.Struct, frozen=True, gc=False):
    mode: str = "managed"
    type: str = ""
    name: str = ""
    provisioners: list[_Provisioner] = []
    expressions: Raw = EMPTY


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
    provisioners: dict[Place, tuple[str, ...]] = {}
    expressions: dict[Place, Raw] = {}
    for place in places:
        for item in place.module.resources:
            own = (place.names, item.mode, item.type, item.name)
            expressions[own] = item.expressions
            if item.provisioners:
                provisioners[own] = tuple(one.type for one in item.provisioners)
    # NOTE: more such keys than were read, or escapes, may hide a second one that won.
    text = bytes(parts["configuration"])
    if text.count(b'"provisioners"') != len(provisioners) or has_escaped_letters(text):
        parse_json(text, f"{what}: configuration")
    directories = {place.directory for place in places[1:] if place.directory is not None}
    return Configuration(provisioners, expressions, tuple(sorted(directories)))


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
