"""Where the bundled policies lie, and their modules, tables and digest."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from gate.errors import EvaluateError
from gate.schema.terraform import TerraformTables


class Module(NamedTuple):
    """One Rego file."""

    path: str
    """POSIX path below the policies' root, e.g. `rules/terraform/open_ingress.rego`."""
    text: str
    """Its source."""


class Policies(NamedTuple):
    """The bundled Rego set."""

    root: str
    """Folder that holds `gate.rego`, `lib/`, `rules/` and `data/`."""
    modules: tuple[Module, ...]
    """Every module but tests, sorted by path."""
    tables: dict[str, Any]
    """Family -> stem -> table, as Rego sees them under `data.gate.tables`."""
    digest: str
    """SHA-256 over modules and tables, hex."""


def bundled_root() -> str:
    """Folder of the bundled policies: inside the package in a wheel, beside it in a checkout.

    Raises:
        EvaluateError: neither is there.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for root in (os.path.join(package, "rego"), os.path.join(os.path.dirname(package), "rego")):
        if os.path.isfile(os.path.join(root, "gate.rego")):
            return root
    raise EvaluateError(
        "the bundled policies are missing: no rego/gate.rego in or beside the package",
        "The installation is broken: install agent-pr-gate again.",
    )


def load_bundled() -> Policies:
    """The bundled policies, read once per process.

    Raises:
        EvaluateError: missing, unreadable, or a table is not what its path says.
    """
    return load_policies(bundled_root())


@functools.cache
def load_policies(root: str) -> Policies:
    """The policies below one folder; test modules (`*_test.rego`) stay out.

    Raises:
        EvaluateError: unreadable, or a table is not what its path says.
    """
    modules: list[Module] = []
    tables: dict[str, Any] = {}
    sources: list[tuple[str, bytes]] = []
    for path in _files(root):
        if path.endswith(".rego") and not path.endswith("_test.rego"):
            source = _read(root, path)
            sources.append((path, source))
            modules.append(Module(path, _decode(source, path)))
        elif path.startswith("data/"):
            source = _read(root, path)
            sources.append((path, source))
            _add_table(tables, path, source)
    return Policies(root, tuple(modules), tables, digest_of(sources))


def digest_of(sources: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256, hex, over named sources; lengths are hashed too, so no two sets look alike."""
    digest = hashlib.sha256()
    for name, source in sorted(sources):
        digest.update(f"{len(name.encode())} {len(source)} {name}\n".encode())
        digest.update(source)
    return digest.hexdigest()


def terraform_tables(tables: dict[str, Any]) -> TerraformTables:
    """What decode needs: every attribute path a row table names, surfaces, policy attributes.

    Args:
        tables: `Policies.tables`. A row table maps a resource type to rows; a row is an object
            that may have a `path`.

    Raises:
        EvaluateError: `surfaces` or `policies` is not a map of lists of strings.
    """
    family = tables.get("terraform", {})
    paths: dict[str, set[str]] = {}
    for stem, table in family.items():
        if stem in ("surfaces", "policies") or not isinstance(table, dict):
            continue
        for resource_type, rows in table.items():
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, dict) and isinstance(row.get("path"), str):
                    paths.setdefault(resource_type, set()).add(row["path"])
    try:
        return TerraformTables(
            paths={key: tuple(sorted(paths[key])) for key in sorted(paths)},
            surfaces=msgspec.convert(family.get("surfaces", {}), dict[str, tuple[str, ...]]),
            policies=msgspec.convert(family.get("policies", {}), dict[str, tuple[str, ...]]),
        )
    except msgspec.ValidationError as error:
        raise EvaluateError(f"rego/data/terraform: surfaces or policies: {error}") from error


def _files(root: str) -> Iterator[str]:
    """POSIX paths of all files below root, sorted, hidden ones left out."""
    pending = [""]
    found: list[str] = []
    try:
        while pending:
            folder = pending.pop()
            with os.scandir(os.path.join(root, folder)) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(path)
                    else:
                        found.append(path)
    except OSError as error:
        raise EvaluateError(f"policies: {error.strerror}: {error.filename}") from error
    return iter(sorted(found))


def _read(root: str, path: str) -> bytes:
    try:
        with open(os.path.join(root, path), "rb") as handle:
            return handle.read()
    except OSError as error:
        raise EvaluateError(f"rego/{path}: {error.strerror}") from error


def _decode(source: bytes, path: str) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EvaluateError(f"rego/{path}: not UTF-8 at byte {error.start}") from error


def _add_table(tables: dict[str, Any], path: str, source: bytes) -> None:
    segments = path.removesuffix(".json").split("/")[1:]
    if not path.endswith(".json") or len(segments) != 2:
        raise EvaluateError(f"rego/{path}: a table is data/<family>/<stem>.json")
    family, stem = segments
    try:
        document = msgspec.json.decode(source)
    except (msgspec.DecodeError, RecursionError) as error:
        raise EvaluateError(f"rego/{path}: not JSON: {error}") from error
    if not isinstance(document, dict) or list(document) != [stem]:
        raise EvaluateError(f"rego/{path}: its one top-level key must be {stem!r}")
    tables.setdefault(family, {})[stem] = document[stem]
