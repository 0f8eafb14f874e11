"""The plan document: recognise it among look-alikes and split it into raw parts, once, in C.

Field order follows Terraform's own writer (internal/command/jsonplan), so that encoding a part
back gives the same bytes; that is how duplicate keys are found without a slow parse.
Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Raw

from gate.decode.plan_proof import covers, unproven
from gate.decode.plan_split import NONE, Split, split
from gate.errors import DecodeError
from gate.jsondoc import parse_json, to_utf8
from gate.pattern import pattern
from gate.text import neutralise

SHOW = "Hand in the output of `terraform show -json PLANFILE` (or `tofu show -json PLANFILE`)."
"""What every refusal tells the reader to do."""

_MANY = 256
"""Bytes; a file of more is not looked through for white space alone."""
_WHITESPACE = b" \t\r\n"
_NOISE = pattern(rb"\}[ \t\r\n]*(?:%0A[ \t\r\n]*)*::[a-z-]+[ :]")
_PERCENT = pattern(rb"\}[ \t\r\n]*(?:%0A[ \t\r\n]*)+\Z")
_ESCAPED_LETTER = pattern(rb"\\u00[4-7]")
_VERSION = pattern(r"\A(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?\Z")

_STATE_KEYS = frozenset(("values", "version", "serial", "lineage", "resources"))
"""Keys of `terraform show -json` without a plan, and of a raw state file (format 4).

Source: terraform `internal/states/statefile/version4.go`."""

T = TypeVar("T")


class PlanChange(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The `change` of one instance; trees stay raw until they are needed."""

    actions: list[str] = []
    """Actions as Terraform writes them."""
    before: Raw = NONE
    """Tree before."""
    after: Raw = NONE
    """Tree after, without what is unknown."""
    after_unknown: Raw = NONE
    """Parallel tree of marks."""
    before_sensitive: Raw = NONE
    """Parallel tree of marks."""
    after_sensitive: Raw = NONE
    """Parallel tree of marks."""
    replace_paths: Raw = NONE
    """Paths that force a replacement, each a list of names and indices."""
    importing: Raw = NONE
    """What is imported."""
    generated_config: Raw = NONE
    """HCL that Terraform wrote for an import."""
    before_identity: Raw = NONE
    """Resource identity before."""
    after_identity: Raw = NONE
    """Resource identity after."""


class ResourceChange(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One entry of `resource_changes`."""

    address: str
    """Address, unique together with `deposed`."""
    previous_address: str | None = None
    """Address before a move."""
    module_address: str | None = None
    """Address of the module instance; absent at the root."""
    mode: str | None = None
    """managed | data; absent in very old plans."""
    type: str = ""
    """Resource type."""
    name: str = ""
    """Resource name."""
    index: Raw = NONE
    """Instance key: number or string."""
    index_unknown: Raw = NONE
    """Whether the key is unknown."""
    provider_name: str | None = None
    """Source address of the provider."""
    deposed: str | None = None
    """Key of a deposed object."""
    change: PlanChange | None = None
    """What happens."""
    action_reason: str | None = None
    """Terraform's own reason."""


class ResourceChanges(NamedTuple):
    """What `resource_changes` says."""

    total: int
    """Instances, those that nothing happens to included."""
    changes: tuple[ResourceChange, ...]
    """Entries but those that nothing happens to; a few of these may be among them."""


class Document(msgspec.Struct, frozen=True):
    """A plan split into raw parts."""

    parts: dict[str, Raw]
    """Top-level key -> its text; `resource_changes` only where `split` is `None`."""
    split: Split | None
    """What one pass over the plan gave; `None` where it could not account for every byte."""
    notes: tuple[str, ...]
    """Repairs made to read it."""


def read_document(data: bytes, what: str) -> Document:
    """Recognise and split a plan.

    Args:
        data: the file's bytes.
        what: its name for errors, already neutralised.

    Raises:
        DecodeError: not a plan (state, log, binary plan file, ...), malformed, a duplicate key at
            the top level, or a format outside 0.1 <= version < 2.0 (P1-P4, P25).
    """
    _refuse_binary(data, what)
    text = to_utf8(data, what)
    notes: tuple[str, ...] = () if text is data else ("byte order mark removed from the file",)
    stripped = _strip_wrapper(text)
    if stripped is not text:
        notes += ("lines of the setup-terraform wrapper around the plan removed",)
    if stripped[:1024].lstrip(_WHITESPACE)[:1] != b"{":
        raise DecodeError(f"{what}: not JSON", SHOW)
    _refuse_log(stripped, what)
    found = split(stripped)
    if found is not None:
        return Document(parts=found.parts, split=found, notes=notes)
    parts = decode_as(stripped, dict[str, Raw], what)
    if not covers(stripped, parts):
        parse_json(stripped, what)
        raise DecodeError(f"{what}: keys are written with escapes", SHOW)
    _refuse_lookalikes(parts, what)
    return Document(parts=parts, split=None, notes=notes)


def read_part(parts: dict[str, Raw], key: str, shape: type[T], what: str) -> T | None:
    """One top-level part in its typed shape; `None` where absent or null.

    Raises:
        DecodeError: it does not have that shape.
    """
    raw = parts.get(key)
    if raw is None or is_null(raw):
        return None
    return decode_as(raw, shape, f"{what}: {key}")


def is_null(raw: Raw) -> bool:
    """Whether a raw part is `null`."""
    return bytes(memoryview(raw)[:4]) == b"null"


def decode_as(raw: bytes | Raw, shape: type[T], what: str) -> T:
    """Decode with msgspec, every failure a `DecodeError`.

    Raises:
        DecodeError: malformed, of another shape, or nested too deep.
    """
    try:
        return msgspec.json.decode(raw, type=shape)
    except RecursionError as error:
        raise DecodeError(f"{what}: nested too deep", "Refused as hostile.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        detail = neutralise(str(error), 160)
        raise DecodeError(f"{what}: not a valid plan: {detail}", SHOW) from error


def read_entries(document: Document, shape: type[T], what: str) -> list[T]:
    """Entries of `resource_changes` in one shape; no proof that their keys stand once.

    Of a plan that was split in one pass they are those that something happens to.

    Raises:
        DecodeError: one does not have that shape.
    """
    raw = document.split.entries if document.split else document.parts.get("resource_changes")
    if raw is None or (isinstance(raw, Raw) and is_null(raw)):
        return []
    return decode_as(raw, list[shape], f"{what}: resource_changes")  # type: ignore[valid-type]


def read_changes(document: Document, what: str) -> ResourceChanges:
    """All entries of `resource_changes`; no key of an entry, or of its `change`, stands twice.

    Raises:
        DecodeError: malformed, or a key stands twice.
    """
    if document.split is None:
        for entry in unproven(read_entries(document, Raw, what), "change"):
            parse_json(bytes(entry), f"{what}: resource_changes")
    changes = tuple(read_entries(document, ResourceChange, what))
    return ResourceChanges(document.split.total if document.split else len(changes), changes)


def encodes_back(text: bytes, value: Any) -> bool:
    """Whether encoding the decoded value gives the same text, so that nothing was lost."""
    encoded = msgspec.json.encode(value)
    if text == encoded:
        return True
    text = msgspec.json.format(text, indent=-1)
    if text == encoded:
        return True
    if b"\\u" not in text:
        return False
    # NOTE: Go writes <, >, & and two separators as escapes; none of them can hide a key.
    for char in "<>&\u2028\u2029":
        text = text.replace(b"\\u%04x" % ord(char), char.encode())
    return text == encoded


def has_escaped_letters(text: bytes) -> bool:
    """Whether an ASCII letter is written as an escape, which no plan writer does."""
    return _ESCAPED_LETTER.search(text) is not None


def check_version(version: str, what: str) -> None:
    """Accept formats from 0.1 up to but not including 2.0; minor versions only add keys.

    Raises:
        DecodeError: another format.
    """
    match = _VERSION.match(version)
    if match is None or not (0, 1) <= (int(match[1]), int(match[2])) < (2, 0):
        raise DecodeError(
            f"{what}: plan format {neutralise(version, 40)} is not understood (0.1 to 1.x are)",
            "Use a release of the gate that knows this format.",
        )


def _refuse_binary(data: bytes, what: str) -> None:
    if data[:4] == b"PK\x03\x04":
        raise DecodeError(f"{what}: a binary plan file, not JSON", SHOW)
    if len(data) < _MANY and not data.strip(_WHITESPACE + b"\x00"):
        raise DecodeError(f"{what}: empty", SHOW)


def _refuse_log(text: bytes, what: str) -> None:
    first = text[:4096].split(b"\n", 1)[0]
    if b'"@level"' in first or b'"@message"' in first:
        raise DecodeError(f"{what}: the log of `plan -json`, not a plan", SHOW)


def _refuse_lookalikes(parts: dict[str, Raw], what: str) -> None:
    if "encrypted_data" in parts:
        raise DecodeError(f"{what}: an encrypted OpenTofu file, not a plan", SHOW)
    planned = "resource_changes" in parts or "planned_values" in parts
    if not planned and not _STATE_KEYS.isdisjoint(parts):
        raise DecodeError(f"{what}: a state, not a plan", SHOW)
    known = {"resource_changes", "planned_values", "configuration"}
    if not known & parts.keys():
        raise DecodeError(f"{what}: not a Terraform or OpenTofu plan", SHOW)


def _strip_wrapper(text: bytes) -> bytes:
    """Without the first line and the tail that the setup-terraform wrapper prints (P2)."""
    body = text
    if body.startswith(b"[command]"):
        body = body.partition(b"\n")[2]
    if body[-64:].rstrip(_WHITESPACE)[-1:] == b"}" and body is text:
        return text
    match = _NOISE.search(body) or _PERCENT.search(body)
    return body if match is None else body[: match.start() + 1]
