"""Project attribute trees onto the few paths that rules read, with each type's surfaces."""

from __future__ import annotations

from typing import Any, NamedTuple

from gate.decode.value import UNKNOWN, Tree, leaves
from gate.schema.terraform import Scalar, TerraformTables

EVERY_TYPE = "*"
"""The key of `TerraformTables.paths` whose paths apply to every type."""

_KEPT_INDEXES = 4
"""Tables in use at once: one in a run, a few in tests."""


class Projection(NamedTuple):
    """What rules see of one attribute tree."""

    known: dict[str, tuple[Scalar, ...]]
    """Path -> known scalar leaves, in document order; paths without any are left out."""
    unknown: tuple[str, ...]
    """Paths with a leaf that is not known, in table order."""


class _Path(NamedTuple):
    path: str
    head: str
    whole: bool


class TableIndex:
    """`TerraformTables` prepared for look-ups by type; every answer is computed once."""

    __slots__ = ("_globs", "_paths", "_policies", "_policy_globs", "_surfaces", "tables")

    def __init__(self, tables: TerraformTables) -> None:
        self.tables = tables
        self._globs = [(key, value) for key, value in tables.surfaces.items() if "*" in key]
        self._policy_globs = [(key, value) for key, value in tables.policies.items() if "*" in key]
        self._paths: dict[str, tuple[_Path, ...]] = {}
        self._surfaces: dict[str, tuple[str, ...]] = {}
        self._policies: dict[str, tuple[str, ...]] = {}

    def paths(self, resource_type: str) -> tuple[_Path, ...]:
        """Paths to project for a type."""
        found = self._paths.get(resource_type)
        if found is None:
            every = self.tables.paths.get(EVERY_TYPE, ())
            names = dict.fromkeys((*self.tables.paths.get(resource_type, ()), *every))
            found = tuple(_Path(name, name.partition(".")[0], "." not in name) for name in names)
            self._paths[resource_type] = found
        return found

    def surfaces(self, resource_type: str) -> tuple[str, ...]:
        """Surfaces of a type, sorted: of its own key, else of all the globs that match it."""
        found = self._surfaces.get(resource_type)
        if found is None:
            found = _look_up(resource_type, self.tables.surfaces, self._globs)
            self._surfaces[resource_type] = found
        return found

    def policies(self, resource_type: str) -> tuple[str, ...]:
        """Attribute paths of a type that hold policy documents, sorted; globs as for surfaces."""
        found = self._policies.get(resource_type)
        if found is None:
            found = _look_up(resource_type, self.tables.policies, self._policy_globs)
            self._policies[resource_type] = found
        return found


_indexes: dict[int, TableIndex] = {}


def index_of(tables: TerraformTables) -> TableIndex:
    """The prepared tables; the same object for the same tables."""
    found = _indexes.get(id(tables))
    if found is None or found.tables is not tables:
        if len(_indexes) >= _KEPT_INDEXES:
            _indexes.clear()
        found = _indexes[id(tables)] = TableIndex(tables)
    return found


def project(resource_type: str, tree: Tree | None, tables: TerraformTables) -> Projection:
    """Known scalars and unknown paths of a tree, for the paths that any table names.

    Args:
        resource_type: Terraform type.
        tree: attribute tree, may hold `UNKNOWN`; `None` for an object that does not exist.
        tables: the tables of `rego/data/terraform`.
    """
    if tree is None:
        return Projection({}, ())
    known: dict[str, tuple[Scalar, ...]] = {}
    unknown: list[str] = []
    for path, head, whole in index_of(tables).paths(resource_type):
        if type(tree) is dict:
            value = tree.get(head)
            if value is None and head != "*":
                continue
            if whole and isinstance(value, (str, int, float)):
                known[path] = (value,)
                continue
        _collect(tree, path, known, unknown)
    return Projection(known, tuple(unknown))


def _collect(
    tree: Tree, path: str, known: dict[str, tuple[Scalar, ...]], unknown: list[str]
) -> None:
    values, some_unknown = ([], True) if tree is UNKNOWN else leaves(tree, path)
    if values:
        known[path] = tuple(values)
    if some_unknown:
        unknown.append(path)


def _look_up(
    resource_type: str,
    exact: dict[str, tuple[str, ...]],
    globs: list[tuple[str, tuple[str, ...]]],
) -> tuple[str, ...]:
    found = exact.get(resource_type)
    if found is not None:
        return tuple(sorted(found))
    names: dict[str, Any] = {}
    for key, values in globs:
        prefix, _, suffix = key.partition("*")
        long_enough = len(resource_type) >= len(prefix) + len(suffix)
        if long_enough and resource_type.startswith(prefix) and resource_type.endswith(suffix):
            names.update(dict.fromkeys(values))
    return tuple(sorted(names))
