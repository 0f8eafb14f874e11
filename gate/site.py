"""Read the site's `.gate` folder, with errors that name file, line and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from gate.errors import ConfigError, DecodeError
from gate.pattern import pattern
from gate.schema.collected import SiteFolder
from gate.schema.finding import SURFACES
from gate.schema.site import PolicyFile, Site, SiteConfig, Waiver, WaiverFile

T = TypeVar("T")

_PLAIN_FOLDERS = ("policies/", "agents/", "models/", "keys/", "schemas/")
_FIELD = pattern(r"unknown field `([^`]+)`|missing required field `([^`]+)`")


def load_site(folder: SiteFolder | None) -> Site:
    """The site's word out of its `.gate` folder.

    Args:
        folder: the files as read from the base branch; `None`: there is no folder.

    Raises:
        ConfigError: a file is broken; names file, line and key. One broken file is an error, never
            "no configuration".
    """
    if folder is None:
        return Site(present=False)
    _refuse_strangers(folder)
    lines: dict[str, int] = {}
    config = _read(folder, "gate.yml", SiteConfig, lines) or SiteConfig()
    waivers = _read(folder, "waivers.yml", WaiverFile, lines) or WaiverFile()
    _check_config(config, lines)
    _check_waivers(waivers.waivers, lines)
    policies = tuple(
        PolicyFile(path=path.removeprefix("policies/"), data=content)
        for path, content in sorted(folder.files.items())
        if path.startswith("policies/")
    )
    return Site(
        present=True, config=config, waivers=waivers.waivers, policies=policies, lines=lines
    )


def _refuse_strangers(folder: SiteFolder) -> None:
    for path in sorted(folder.files):
        known = path in ("gate.yml", "waivers.yml") or path.startswith(_PLAIN_FOLDERS)
        if not known and path.endswith((".yml", ".yaml", ".json", ".rego")):
            raise ConfigError(
                f".gate/{path}: not a file the gate knows",
                "Settings stand in gate.yml, waivers in waivers.yml, policies under policies/.",
            )


def _read(folder: SiteFolder, name: str, kind: type[T], lines: dict[str, int]) -> T | None:
    if name not in folder.files:
        return None
    from gate.yamldoc import parse_yaml  # NOTE: PyYAML costs 30 ms, and many runs have no folder

    where = f".gate/{name}"
    try:
        document = parse_yaml(folder.files[name], where, yaml_1_1_on=True)
    except DecodeError as error:
        raise ConfigError(error.message, error.hint) from error
    if document is None:
        raise ConfigError(f"{where}: the file is empty", "Write `version: 1`, or remove the file.")
    if not isinstance(document, dict) or "version" not in document:
        raise ConfigError(f"{where}:1: key version is missing", "Begin the file with `version: 1`.")
    _note_lines(document, name, lines)
    try:
        return msgspec.convert(document, kind, strict=True)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        key = path.rstrip("`").lstrip(".")
        field = _FIELD.search(text)
        found = next((part for part in field.groups() if part), "") if field else ""
        full = ".".join(part for part in (key, found) if part)
        line = _line_of(document, full)
        raise ConfigError(
            f"{where}:{line}: key {full or '(top)'}: {text}",
            "docs/configuration.md lists every key.",
        ) from error


def _note_lines(document: Any, prefix: str, lines: dict[str, int]) -> None:  # noqa: ANN401
    if isinstance(document, dict):
        for key, value in document.items():
            lines[f"{prefix} {key}"] = document.lines[key]  # type: ignore[attr-defined]
            _note_lines(value, f"{prefix} {key}", lines)
    elif isinstance(document, list):
        for index, value in enumerate(document):
            lines[f"{prefix} {index}"] = document.lines[index]  # type: ignore[attr-defined]
            _note_lines(value, f"{prefix} {index}", lines)


def _line_of(document: Any, path: str) -> int:  # noqa: ANN401
    """The line of the deepest part of a msgspec path that the document has."""
    node, line = document, 1
    for part in re.findall(r"[^.\[\]]+|\.\.\.", path):
        lines = getattr(node, "lines", None)
        if lines is None or not node:
            break
        key: Any = part
        if isinstance(node, list):
            key = int(part) if part.isdigit() else 0
        elif part == "...":
            key = next(iter(node))
        if (
            isinstance(node, list)
            and key >= len(node)
            or isinstance(node, dict)
            and key not in node
        ):
            break
        line, node = lines[key], node[key]
    return line


def _check_config(config: SiteConfig, lines: Mapping[str, int]) -> None:
    for surface, rule in config.approvals.items():
        where = f".gate/gate.yml:{lines.get(f'gate.yml approvals {surface}', 1)}"
        if surface not in SURFACES:
            raise ConfigError(
                f"{where}: key approvals.{surface}: no such surface",
                f"Surfaces are {', '.join(SURFACES)}.",
            )
        if not 0 <= rule.min <= 10:
            raise ConfigError(f"{where}: key approvals.{surface}.min: {rule.min} is not 0 to 10")
        for team in rule.teams:
            if team.count("/") != 1:
                raise ConfigError(
                    f"{where}: key approvals.{surface}.teams: {team!a} is not org/slug"
                )


def _check_waivers(waivers: tuple[Waiver, ...], lines: Mapping[str, int]) -> None:
    from datetime import date

    seen: set[str] = set()
    for index, waiver in enumerate(waivers):
        where = f".gate/waivers.yml:{lines.get(f'waivers.yml waivers {index}', 1)}"
        if waiver.id in seen:
            raise ConfigError(f"{where}: key id: {waiver.id!a} is there twice")
        seen.add(waiver.id)
        if (waiver.rule is None) == (waiver.finding is None):
            raise ConfigError(f"{where}: give rule with paths, or finding; not both, not neither")
        if waiver.rule is not None and not waiver.paths:
            raise ConfigError(
                f"{where}: key paths is missing", "A waiver for a whole rule needs paths."
            )
        for field in ("id", "reason", "owner"):
            if not getattr(waiver, field).strip():
                raise ConfigError(f"{where}: key {field} is empty")
        try:
            date.fromisoformat(waiver.expires)
        except ValueError as error:
            raise ConfigError(
                f"{where}: key expires: {waiver.expires[:40]!a} is not a date",
                "Write YYYY-MM-DD; the waiver holds to the end of that day, UTC.",
            ) from error
