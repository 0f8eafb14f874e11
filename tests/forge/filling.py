"""Complete and check GitHub documents by the models that GitHub's own API description yields."""

from __future__ import annotations

import types
from datetime import datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from githubkit_schemas.latest import models
from pydantic import BaseModel, TypeAdapter, ValidationError

__all__ = ["ValidationError", "complete", "model", "problems", "unknown_keys"]


def model(name: str) -> type[BaseModel]:
    """A model of the API description by its name."""
    return getattr(models, name)


@cache
def rule_model(kind: str) -> type[BaseModel]:
    """The model of one rule of a branch, which the description tells apart by their kind."""
    for name in dir(models):
        if name.startswith("RepositoryRuleDetailedOneof"):
            found = getattr(models, name)
            if kind in get_args(found.model_fields["type"].annotation):
                return found
    raise ValueError(kind)


@cache
def _fields(kind: type[BaseModel]) -> tuple[tuple[str, str, bool, Any], ...]:
    return tuple(
        (name, field.alias or name, field.is_required(), field.annotation)
        for name, field in kind.model_fields.items()
    )


def complete(kind: type[BaseModel], given: dict[str, Any], base: str) -> dict[str, Any]:
    """What a scenario says, completed with harmless values for everything the model requires.

    Args:
        kind: the model.
        given: what is known, in REST names; wins over anything made up.
        base: root of the URLs that are made up.
    """
    whole = dict(given)
    for name, key, required, annotation in _fields(kind):
        if key in given:
            whole[key] = _deepen(annotation, given[key], base)
        elif required:
            whole[key] = _make_up(name, annotation, base)
    return whole


def _deepen(annotation: Any, value: Any, base: str) -> Any:
    if isinstance(value, dict):
        for kind in _models_in(annotation):
            if kind.model_fields:
                return complete(kind, value, base)
        return value
    if isinstance(value, list):
        inner = next((one for one in _choices(annotation) if get_origin(one) is list), None)
        if inner is not None:
            return [_deepen(get_args(inner)[0], entry, base) for entry in value]
    return value


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(one for part in get_args(annotation) for one in _choices(part))
    if get_origin(annotation) is not None and get_origin(annotation) not in (list, dict, Literal):
        return _choices(get_args(annotation)[0])
    return (annotation,)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    return [
        one for one in _choices(annotation) if isinstance(one, type) and issubclass(one, BaseModel)
    ]


def _make_up(name: str, annotation: Any, base: str) -> Any:
    choices = _choices(annotation)
    if type(None) in choices:
        return None
    kind = choices[0]
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is list:
        return []
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return complete(kind, {}, base)
    if kind is str and name == "type":
        return "User"
    if kind is str:
        return f"{base}/made-up" if name.endswith("url") or name == "href" else "made up"
    return {int: 1, bool: False, float: 1.0, datetime: "2026-01-01T00:00:00Z"}.get(kind, {})


@cache
def _adapter(kind: type[BaseModel], many: bool) -> TypeAdapter[Any]:
    return TypeAdapter(list[kind] if many else kind)  # type: ignore[valid-type]


def problems(kind: type[BaseModel], document: Any) -> str:
    """What is wrong with a document by its model; empty when nothing is."""
    try:
        _adapter(kind, isinstance(document, list)).validate_python(document)
    except ValidationError as error:
        return f"{kind.__name__}: {error}"
    return ""


def unknown_keys(kind: type[BaseModel], document: dict[str, Any]) -> list[str]:
    """Keys that the description of a request does not name, at any depth."""
    known = {key: annotation for _, key, _, annotation in _fields(kind)}
    found = [key for key in document if key not in known]
    for key, value in document.items():
        entries = value if isinstance(value, list) else [value]
        for annotation in [known[key]] if key in known else []:
            inner = [
                one
                for choice in _choices(annotation)
                for one in _models_in(get_args(choice)[0] if get_origin(choice) is list else choice)
            ]
            found += [
                name
                for entry in entries
                if isinstance(entry, dict) and inner
                for name in unknown_keys(inner[0], entry)
            ]
    return found
