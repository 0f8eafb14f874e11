"""Sort the site's policies into its own rules and conftest packs, refusing what is neither."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gate.errors import EvaluateError
from gate.evaluate.metadata import find_block
from gate.evaluate.policies import Module
from gate.evaluate.rego_text import package_of, tokenise
from gate.schema.site import PackSettings, PolicyFile
from gate.text import neutralise

DOCUMENT_ENDINGS = (".json", ".yaml", ".yml")
"""Data documents beside policies."""
_FORM = (
    "A site rule is `package site.rules.<family>.<rule>`; other packages live in a pack's folder."
)


class Pack(NamedTuple):
    """A conftest library, unchanged."""

    name: str
    """Folder name."""
    modules: tuple[Module, ...]
    """Rego files, paths below the pack's folder."""
    documents: tuple[PolicyFile, ...]
    """JSON and YAML files, paths below the pack's folder."""
    settings: PackSettings
    """How to evaluate it."""


class SitePolicies(NamedTuple):
    """The site's policies, sorted."""

    rules: tuple[Module, ...]
    """Modules of `package site.rules.<family>.<rule>`."""
    libraries: tuple[Module, ...]
    """Modules of `package site.lib...`, which the rules may import."""
    documents: tuple[PolicyFile, ...]
    """Documents outside packs: `data.site.data.<folders>` for the rules."""
    packs: tuple[Pack, ...]
    """Packs, sorted by name."""


def sort_policies(
    files: Sequence[PolicyFile], settings: Mapping[str, PackSettings]
) -> SitePolicies:
    """Tell site rules, libraries, packs and documents apart by package and folder.

    Args:
        files: everything below `.gate/policies/`.
        settings: `packs` of `.gate/gate.yml`.

    Raises:
        EvaluateError: a package that is none of the site's, a file outside any pack, settings for a
            pack that does not exist, or a path that leaves the folder.
    """
    rules: list[Module] = []
    libraries: list[Module] = []
    packed: dict[str, list[Module]] = {}
    documents: list[PolicyFile] = []
    for file in sorted(files, key=lambda item: item.path):
        _check_path(file.path)
        if file.path.endswith(DOCUMENT_ENDINGS):
            documents.append(file)
        if not file.path.endswith(".rego") or file.path.endswith("_test.rego"):
            continue
        module = Module(file.path, _text(file))
        package = _package(module)
        if package[:2] == ("site", "rules"):
            _check_rule(module, package)
            rules.append(module)
        elif package[:2] == ("site", "lib"):
            libraries.append(module)
        else:
            folder, _, below = file.path.partition("/")
            if not below:
                raise EvaluateError(f"policies/{_shown(file.path)}: belongs to no pack", _FORM)
            packed.setdefault(folder, []).append(Module(below, module.text))
    missing = sorted(set(settings) - set(packed))
    if missing:
        raise EvaluateError(
            f"gate.yml: packs: {_shown(missing[0])}: there is no such pack",
            f"Put its Rego files into .gate/policies/{_shown(missing[0])}/.",
        )
    return SitePolicies(
        rules=tuple(rules),
        libraries=tuple(libraries),
        documents=tuple(doc for doc in documents if doc.path.partition("/")[0] not in packed),
        packs=tuple(
            Pack(
                name,
                tuple(packed[name]),
                _documents_of(name, documents),
                settings.get(name, PackSettings()),
            )
            for name in sorted(packed)
        ),
    )


def write_files(folder: str, files: Sequence[tuple[str, bytes]]) -> None:
    """Write files below a private folder for OPA to read.

    Raises:
        EvaluateError: the disk refused.
    """
    for path, content in files:
        _check_path(path)
        target = os.path.join(folder, *path.split("/"))
        try:
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            with open(target, "wb") as handle:
                handle.write(content)
        except OSError as error:
            raise EvaluateError(
                f"policies/{_shown(path)}: could not be written for OPA: {error.strerror}"
            ) from error


def _documents_of(pack: str, documents: Sequence[PolicyFile]) -> tuple[PolicyFile, ...]:
    return tuple(
        PolicyFile(path=document.path.partition("/")[2], data=document.data)
        for document in documents
        if document.path.startswith(f"{pack}/")
    )


def _check_path(path: str) -> None:
    segments = path.split("/")
    if not path.isprintable() or "\\" in path or any(part in ("", ".", "..") for part in segments):
        raise EvaluateError(f"policies: the path {_shown(path)!r} is not accepted")


def _text(file: PolicyFile) -> str:
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvaluateError(
            f"policies/{_shown(file.path)}: not UTF-8 at byte {error.start}"
        ) from error


def _package(module: Module) -> tuple[str, ...]:
    package = package_of(tokenise(module.text))
    where = f"policies/{_shown(module.path)}"
    if package is None:
        raise EvaluateError(f"{where}: does not begin with a package", _FORM)
    if package[0] == "gate":
        raise EvaluateError(
            f"{where}: package gate is the gate's own and cannot be extended by a site", _FORM
        )
    return package


def _check_rule(module: Module, package: tuple[str, ...]) -> None:
    block = find_block(module.text)
    if len(package) != 4 or block.package != ".".join(package):
        raise EvaluateError(f"policies/{_shown(module.path)}:{block.line}: not a rule", _FORM)


def _shown(path: str) -> str:
    return neutralise(path, 120)
