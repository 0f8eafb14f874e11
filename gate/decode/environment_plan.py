"""Read off a plan in which accounts its resources lie, by provider, own name and tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Raw

from gate.decode.environments import NONE, TAG_ATTRIBUTES, Atlas, Found, strings_in
from gate.errors import DecodeError
from gate.jsondoc import to_utf8
from gate.pattern import pattern
from gate.schema.collected import PlanFile
from gate.text import neutralise

T = TypeVar("T")

_INSTANCE = pattern(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')
_TRAILING = pattern(r"trailing characters \(byte (\d+)\)")
_NOTHING = ["no-op"]
_FORBIDDEN = frozenset({"forbidden_account_ids", "references"})
"""What of a provider's configuration names no account it works in."""
_MAX_MODULES = 64


class _Own(msgspec.Struct, frozen=True, gc=False):
    """Attributes by which a resource names its account, or its tags."""

    arn: Any = None
    id: Any = None
    owner_id: Any = None
    account_id: Any = None
    project: Any = None
    subscription_id: Any = None
    self_link: Any = None
    scope: Any = None
    tags: Any = None
    tags_all: Any = None
    labels: Any = None
    effective_labels: Any = None
    terraform_labels: Any = None
    metadata: Any = None


class _Change(msgspec.Struct, frozen=True, gc=False):
    actions: list[str] = []
    before: Raw = Raw()
    after: Raw = Raw()
    importing: Raw = Raw()


class _Entry(msgspec.Struct, frozen=True, gc=False):
    address: str = ""
    previous_address: str | None = None
    change: _Change | None = None


class _Variable(msgspec.Struct, frozen=True, gc=False):
    value: Any = None


class _Provider(msgspec.Struct, frozen=True, gc=False):
    expressions: Any = None


class _Configured(msgspec.Struct, frozen=True, gc=False):
    address: str = ""
    provider_config_key: str = ""


class _Call(msgspec.Struct, frozen=True, gc=False):
    module: _Module | None = None


class _Module(msgspec.Struct, frozen=True, gc=False):
    resources: list[_Configured] = []
    module_calls: dict[str, _Call] = {}


class _Configuration(msgspec.Struct, frozen=True, gc=False):
    provider_config: dict[str, _Provider] | None = None
    root_module: Raw = Raw()


class _Plan(msgspec.Struct, frozen=True, gc=False):
    variables: dict[str, _Variable] | None = None
    resource_changes: list[_Entry] | None = None
    configuration: _Configuration | None = None


_IDENTITY = ("arn", "id", "owner_id", "account_id", "project", "subscription_id", "self_link")


class Located(NamedTuple):
    """What a plan tells of its resources."""

    has_providers: bool
    """It shows the configuration of providers."""
    resources: dict[str, Found]
    """Address -> environments, of every resource that something happens to."""


def locate_resources(plan: PlanFile, atlas: Atlas) -> Located:
    """Environments of the resources of a plan, by provider, own name and tags.

    A second reading of the plan, of these few keys only; it is for sites whose mapping names
    accounts or tags.

    Raises:
        DecodeError: the plan is not what it should be.
    """
    what = neutralise(plan.name)
    found = _read(plan.data, what)
    providers = _providers(found, atlas)
    everywhere = NONE.union(*providers.values())
    keys = _keys(found, what) if len(providers) > 1 and everywhere else {}
    located: dict[str, Found] = {}
    for entry in found.resource_changes or ():
        change = entry.change
        if change is None or _is_nothing(entry, change):
            continue
        key = keys.get(_INSTANCE.sub("", entry.address), "")
        places = providers.get(key, everywhere)
        for side in (change.before, change.after):
            places = places | _own(side, atlas, what)
        located[entry.address] = located.get(entry.address, NONE) | places
    return Located(bool(providers), located)


def _is_nothing(entry: _Entry, change: _Change) -> bool:
    """Nothing happens to it; it is neither moved nor imported."""
    return (
        change.actions == _NOTHING
        and entry.previous_address in (None, entry.address)
        and bytes(change.importing) in (b"", b"null")
    )


def _read(data: bytes, what: str) -> _Plan:
    """The plan, also behind a byte order mark or among lines that a wrapper printed."""
    text = to_utf8(data, what)
    if text.startswith(b"[command]"):
        text = text.partition(b"\n")[2]
    try:
        return msgspec.json.decode(text, type=_Plan)
    except msgspec.DecodeError as error:
        trailing = _TRAILING.search(str(error))
        if trailing is None:
            return _decode(text, _Plan, what)
    except (UnicodeDecodeError, RecursionError):
        return _decode(text, _Plan, what)
    return _decode(text[: int(trailing[1]) - 1], _Plan, what)


def _decode(data: bytes, shape: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = neutralise(str(error), 160)
        raise DecodeError(f"{what}: where it applies cannot be read: {detail}") from error


def _providers(plan: _Plan, atlas: Atlas) -> dict[str, Found]:
    """Key of a provider's configuration -> environments of its account."""
    configuration = plan.configuration
    if configuration is None:
        return {}
    variables = plan.variables or {}
    return {
        key: atlas.of_texts(_texts(provider.expressions, variables))
        for key, provider in (configuration.provider_config or {}).items()
    }


def _texts(expressions: Any, variables: Mapping[str, _Variable]) -> Iterator[str]:
    """Constants of a configuration, and the values of the variables that it refers to."""
    waiting = [expressions]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield from strings_in(node.get("constant_value"))
            yield from _referred(node.get("references"), variables)
            waiting.extend(value for key, value in node.items() if key not in _FORBIDDEN)


def _referred(references: Any, variables: Mapping[str, _Variable]) -> Iterator[str]:
    for reference in references if isinstance(references, list) else ():
        parts = reference.split(".") if isinstance(reference, str) else ()
        if len(parts) >= 2 and parts[0] == "var" and parts[1] in variables:
            yield from strings_in(variables[parts[1]].value)


def _keys(plan: _Plan, what: str) -> dict[str, str]:
    """Address without instance keys -> key of its provider's configuration."""
    if plan.configuration is None or not bytes(plan.configuration.root_module):
        return {}
    root = _decode(bytes(plan.configuration.root_module), _Module, what)
    keys: dict[str, str] = {}
    waiting: list[tuple[str, _Module]] = [("", root)]
    for prefix, module in waiting:
        if prefix.count("module.") > _MAX_MODULES:
            continue
        for resource in module.resources:
            keys[prefix + resource.address] = resource.provider_config_key
        waiting += [
            (f"{prefix}module.{name}.", call.module)
            for name, call in module.module_calls.items()
            if call.module is not None
        ]
    return keys


def _own(side: Raw, atlas: Atlas, what: str) -> Found:
    text = bytes(side)
    if not text or text == b"null":
        return NONE
    own = _decode(text, _Own, what)
    found = NONE
    if atlas.has_accounts:
        found = atlas.of_texts(_scalars(getattr(own, name) for name in (*_IDENTITY, "scope")))
    if atlas.has_tags:
        for name in TAG_ATTRIBUTES:
            found |= atlas.of_tags(getattr(own, name))
        for item in own.metadata if isinstance(own.metadata, list) else ():
            found |= atlas.of_tags(item.get("labels")) if isinstance(item, dict) else NONE
    return found


def _scalars(values: Iterable[Any]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))
