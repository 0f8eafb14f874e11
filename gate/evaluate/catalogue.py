"""The catalogue: every rule found by its path, with what it declares about itself."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gate.errors import EvaluateError
from gate.evaluate.metadata import find_block, read_metadata
from gate.evaluate.policies import Module, load_bundled
from gate.pattern import pattern
from gate.schema.finding import SURFACES, RawFinding
from gate.schema.native import NativeInput
from gate.schema.rule import Rule, RuleMetadata
from gate.text import neutralise

_NAME = pattern(r"^[a-z][a-z0-9_]*$")
_FIELD = pattern(r"\{([a-z][a-z0-9_]*)\}")


class NativeCheck(NamedTuple):
    """A rule written in Python."""

    rule: Rule
    """Its entry in the catalogue."""
    find: Callable[[NativeInput], Iterator[RawFinding]]
    """Its question."""


def bundled_rules() -> tuple[Rule, ...]:
    """Every bundled rule, Rego and native, sorted by id."""
    native = tuple(check.rule for check in native_checks())
    return tuple(sorted((*rego_rules(load_bundled().modules), *native), key=lambda rule: rule.id))


def rego_rules(modules: Iterable[Module], *, site: bool = False) -> tuple[Rule, ...]:
    """Rules among modules, by path (bundled: `rules/<family>/<name>.rego`) or package (site).

    Args:
        modules: bundled modules, or the site's modules in `findings` form.
        site: ids begin with `site.`, packages with `site.rules.`.

    Raises:
        EvaluateError: a package that does not fit, or METADATA that does not hold; names file:line.
    """
    rules = []
    for module in modules:
        if not site and not module.path.startswith("rules/"):
            continue
        shown = module.path if site else f"rego/{module.path}"
        block = find_block(module.text)
        family, name = _names(module.path, block.package, site=site, where=f"{shown}:{block.line}")
        metadata = read_metadata(block, shown)
        _check(metadata, f"{shown}:{block.line}")
        identifier = f"site.{family}.{name}" if site else f"{family}.{name}"
        rules.append(Rule(id=identifier, metadata=metadata, engine="rego", path=module.path))
    return _sorted_unique(rules)


def native_folder() -> str:
    """Folder of the native checks."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "native")


def native_checks() -> tuple[NativeCheck, ...]:
    """Native checks, found as `native/<family>/<rule>.py`, sorted by id.

    Raises:
        EvaluateError: a module without `METADATA` or `find`, or METADATA that does not hold.
    """
    folder = native_folder()
    checks = []
    for family in sorted(_entries(folder)):
        for file in sorted(_entries(os.path.join(folder, family))):
            name = file.removesuffix(".py")
            if name == file or name.startswith("_"):
                continue
            path = f"native/{family}/{file}"
            module = importlib.import_module(f"gate.evaluate.native.{family}.{name}")
            metadata, find = getattr(module, "METADATA", None), getattr(module, "find", None)
            if not isinstance(metadata, RuleMetadata) or not callable(find):
                raise EvaluateError(f"gate/evaluate/{path}: needs METADATA and find")
            _check(metadata, f"gate/evaluate/{path}")
            rule = Rule(id=f"{family}.{name}", metadata=metadata, engine="native", path=path)
            checks.append(NativeCheck(rule, find))
    return tuple(checks)


def message_fields(rule: Rule) -> frozenset[str]:
    """Names in braces that the rule's message template uses."""
    return frozenset(_FIELD.findall(rule.metadata.custom.message))


def render_message(rule: Rule, finding: RawFinding) -> str:
    """The finding's one line: the rule's template, every value neutralised on its own.

    Raises:
        EvaluateError: the finding lacks a value that the template names.
    """
    if finding.message is not None:
        return neutralise(finding.message)

    def value(match: re.Match[str]) -> str:
        key = match.group(1)
        if key == "subject" and key not in finding.values:
            return neutralise(finding.subject)
        if key not in finding.values:
            raise EvaluateError(f"{rule.id}: a finding lacks the value {key!r} of its message")
        found = finding.values[key]
        return neutralise(str(found).lower() if isinstance(found, bool) else str(found))

    return _FIELD.sub(value, rule.metadata.custom.message)


def _entries(folder: str) -> Iterator[str]:
    """Names in a folder that may be a family or a check; nothing for what is no folder."""
    if os.path.isdir(folder):
        for name in os.listdir(folder):
            if not name.startswith(("_", ".")):
                yield name


def _names(path: str, package: str, *, site: bool, where: str) -> tuple[str, str]:
    if site:
        segments = package.split(".")
        family, name = segments[2], segments[3]
    else:
        segments = path.removesuffix(".rego").split("/")[1:]
        if len(segments) != 2:
            raise EvaluateError(f"{where}: a rule is rules/<family>/<rule>.rego")
        family, name = segments
        if package != f"gate.rules.{family}.{name}":
            raise EvaluateError(f"{where}: its package must be gate.rules.{family}.{name}")
    if not _NAME.match(family) or not _NAME.match(name):
        raise EvaluateError(f"{where}: family and rule are lower_snake_case")
    return family, name


def _check(metadata: RuleMetadata, where: str) -> None:
    """What the types cannot say.

    Raises:
        EvaluateError: empty texts, a surface nobody knows, `approve` without a surface.
    """
    custom = metadata.custom
    for key, text in (
        ("title", metadata.title),
        ("description", metadata.description),
        ("message", custom.message),
        ("remediation", custom.remediation),
    ):
        if not text.strip():
            raise EvaluateError(f"{where}: METADATA: {key} is empty")
    if custom.surface is not None and custom.surface not in SURFACES:
        raise EvaluateError(
            f"{where}: METADATA: surface {neutralise(custom.surface, 40)!r} is unknown",
            f"One of: {', '.join(SURFACES)}.",
        )
    if custom.enforcement == "approve" and custom.surface is None:
        raise EvaluateError(f"{where}: METADATA: enforcement approve needs a surface")
    if _FIELD.sub("", custom.message).count("{"):
        raise EvaluateError(f"{where}: METADATA: message has a brace that names no value")


def _sorted_unique(rules: list[Rule]) -> tuple[Rule, ...]:
    rules.sort(key=lambda rule: rule.id)
    for one, two in zip(rules, rules[1:], strict=False):
        if one.id == two.id:
            raise EvaluateError(f"{two.path}: rule {two.id} is declared twice, in {one.path} too")
    return tuple(rules)
