"""Read off a plan in which accounts its resources lie, by provider, own name and tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Raw

from gate.decode.environments import NONE, TAG_ATTRIBUTES, Atlas, Found, strings_in
from gate.decode.plan_format import decode_as, read_document, read_entries, read_part
from gate.pattern import pattern
from gate.schema.collected import PlanFile
from gate.text import neutralise

T = TypeVar("T")

_INSTANCE = pattern(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')
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
    document = read_document(plan.data, what)
    configuration = (
        read_part(document.parts, "configuration", _Configuration, what) or _Configuration()
    )
    variables = read_part(document.parts, "variables", dict[str, _Variable], what) or {}
    providers = {
        key: atlas.of_texts(_texts(provider.expressions, variables))
        for key, provider in (configuration.provider_config or {}).items()
    }
    everywhere = NONE.union(*providers.values())
    keys = _keys(configuration.root_module, what) if len(providers) > 1 and everywhere else {}
    located: dict[str, Found] = {}
    for entry in read_entries(document, _Entry, what):
        if _is_nothing(entry):
            continue
        places = providers.get(keys.get(_INSTANCE.sub("", entry.address), ""), everywhere)
        if entry.change is not None:
            for side in (entry.change.before, entry.change.after):
                places = places | _own(side, atlas, what)
        located[entry.address] = located.get(entry.address, NONE) | places
    return Located(bool(providers), located)


def _is_nothing(entry: _Entry) -> bool:
    """Nothing happens to it; it is neither moved nor imported."""
    change = entry.change
    return (
        change is not None
        and change.actions == _NOTHING
        and entry.previous_address in (None, entry.address)
        and bytes(change.importing) in (b"", b"null")
    )


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


def _keys(root_module: Raw, what: str) -> dict[str, str]:
    """Address without instance keys -> key of its provider's configuration."""
    if not bytes(root_module):
        return {}
    root = decode_as(root_module, _Module, f"{what}: configuration")
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
    own = decode_as(text, _Own, what)
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
