"""Digest each planned change, to tell whether a later head plans the very same one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from gate.decode.paths import is_configuration
from gate.decode.plan_configuration import Configuration, place_of, read_configuration
from gate.decode.plan_format import (
    Document,
    ResourceChange,
    decode_as,
    is_null,
    read_document,
    read_entries,
    read_part,
)
from gate.schema.changes import Changes, FileChange
from gate.schema.collected import PlanFile
from gate.schema.terraform import TerraformInput
from gate.text import neutralise

SEPARATOR = b"\x00"
"""Between the parts of a digest; JSON text and hunks of text files hold none."""


class _Entry(msgspec.Struct):
    address: str = ""
    change: Raw = Raw(b"null")
    deposed: str = ""
    previous_address: str | None = None


class _Change(msgspec.Struct):
    after_unknown: Any = None


class _Providers(msgspec.Struct):
    provider_config: dict[str, dict[str, Any]] = {}


def digest_planned(plans: Sequence[PlanFile], changes: Changes) -> dict[str, str]:
    """SHA-256, hex, of what would happen to each resource address and to each changed path.

    An address that stands in several plans, or with deposed objects, has one digest over all of
    them. A resource's is over the text of its change as the plan writes it, every attribute
    included, over what its provider is set to, and over the changed Terraform text: whoever made
    the plan may have made it up. A path's is over its hunks, modes and status. What a plan does not
    wholly show has none: Terraform files, and a resource with a value that its code sets and that
    is known after apply.

    Args:
        plans: plans handed in, readable ones.
        changes: the decoded diff.

    Raises:
        DecodeError: a plan cannot be read.
    """
    code = _digest_code(changes)
    parts: dict[str, list[bytes]] = {}
    hidden: set[str] = set()
    for plan in plans:
        for address, text in _digest_plan(plan):
            parts.setdefault(address, [code]).append(text or b"")
            if text is None:
                hidden.add(address)
    digests = {
        address: hashlib.sha256(SEPARATOR.join(sorted(texts))).hexdigest()
        for address, texts in parts.items()
        if address not in hidden
    }
    for change in changes.files:
        if not (change.binary or is_configuration(change.path)):
            digests.setdefault(change.path, _digest_file(change).hex())
    return digests


def identify_plans(plans: Sequence[PlanFile]) -> tuple[str, ...]:
    """SHA-256, hex, over what the plans would do, whenever they were made; none without a plan.

    The bytes of two plans of one change differ in their time, so the files' own digests tell
    nothing. A value that is not known yet counts as one that is the same.

    Args:
        plans: plans handed in.

    Raises:
        DecodeError: a plan cannot be read.
    """
    if not plans:
        return ()
    seen = hashlib.sha256()
    told = (item for plan in plans for item in _digest_plan(plan))
    for address, text in sorted((address, text or b"") for address, text in told):
        seen.update(address.encode("utf-8", "surrogatepass") + SEPARATOR + text + SEPARATOR)
    return (seen.hexdigest(),)


def unplanned(terraform: TerraformInput) -> frozenset[str]:
    """Addresses that code of a root without a plan changes, whatever another plan says of them."""
    roots = {plan.root for plan in terraform.plans}
    return frozenset(
        resource.address
        for resources in terraform.by_type.values()
        for resource in resources
        if resource.source == "hcl" and resource.root not in roots
    )


def _digest_file(change: FileChange) -> bytes:
    seen = hashlib.sha256()
    for text in (change.status, change.previous_path, change.mode_before, change.mode_after):
        seen.update((text or "").encode() + SEPARATOR)
    for hunk in change.hunks:
        seen.update(hunk.body + SEPARATOR)
    return seen.digest()


def _digest_code(changes: Changes) -> bytes:
    """The changed Terraform text, in hex."""
    seen = hashlib.sha256()
    for change in sorted(changes.files, key=lambda change: change.path):
        if is_configuration(change.path) or is_configuration(change.previous_path or ""):
            seen.update(change.path.encode("utf-8", "surrogatepass") + SEPARATOR)
            seen.update(_digest_file(change))
    return seen.hexdigest().encode()


def _digest_plan(plan: PlanFile) -> Iterator[tuple[str, bytes | None]]:
    """Every changed address with the text to digest; `None` where the plan does not show all."""
    what = neutralise(plan.name)
    document = read_document(plan.data, what)
    configuration = read_configuration(document.parts, plan.root or "", what)
    providers = _read_providers(document, what)
    entries = read_entries(document, _Entry, what)
    for entry, full in zip(entries, read_entries(document, ResourceChange, what), strict=True):
        if _hides(entry, full, configuration, what):
            yield entry.address, None
            continue
        name = (plan.root or "", entry.deposed, entry.previous_address or "")
        told = (providers.get(full.provider_name or "", b""), bytes(entry.change))
        yield entry.address, SEPARATOR.join([*(text.encode() for text in name), *told])


def _hides(entry: _Entry, full: ResourceChange, configuration: Configuration, what: str) -> bool:
    """Whether a value that the code sets is known after apply: the code may set another one."""
    unknown = (
        None if is_null(entry.change) else decode_as(entry.change, _Change, what).after_unknown
    )
    if not unknown:
        return False
    own = configuration.attributes_of(place_of(full, full.mode or "managed"), what)
    if own is None or not isinstance(unknown, dict):
        return _is_marked(unknown)
    return any(_is_marked(mark) for key, mark in unknown.items() if key in own)


def _is_marked(tree: Any) -> bool:
    """Whether a tree of marks holds one."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node is True:
            return True
        if isinstance(node, dict | list):
            waiting.extend(node.values() if isinstance(node, dict) else node)
    return False


def _read_providers(document: Document, what: str) -> dict[str, bytes]:
    """Source address of a provider -> what all of its configurations say, variables included."""
    found = read_part(document.parts, "configuration", _Providers, what)
    variables = read_part(document.parts, "variables", dict[str, Any], what) or {}
    texts: dict[str, bytes] = {}
    for key, settings in sorted((found.provider_config if found else {}).items()):
        names = sorted(set(_references(settings)))
        values = [variables.get(name.removeprefix("var.")) for name in names]
        text = msgspec.json.encode((key, settings, values), order="sorted")
        source = str(settings.get("full_name") or "")
        texts[source] = texts.get(source, b"") + text
    return texts


def _references(tree: Any) -> list[str]:
    """Everything that expressions refer to."""
    names: list[str] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            told = node.get("references")
            names += [str(name) for name in told] if isinstance(told, list) else []
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return names
