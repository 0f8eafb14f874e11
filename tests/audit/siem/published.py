"""The schema of OCSF as it was published, and what it has against an event."""

from __future__ import annotations

import functools
from typing import Any

import jsonschema
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from gate.audit.siem.ocsf import VERSION


@functools.cache
def schemas() -> OcsfJsonSchemaEmbedded:
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))


@functools.cache
def validator(class_uid: int, profiles: tuple[str, ...]) -> jsonschema.Draft202012Validator:
    name = schemas().lookup_class_name_from_uid(class_uid)
    return jsonschema.Draft202012Validator(schemas().get_class_schema(name, list(profiles)))


def complaints(made: dict[str, Any]) -> list[str]:
    """What the schema has against an event."""
    wanted = validator(made["class_uid"], tuple(made["metadata"].get("profiles", ())))
    return [f"{error.json_path}: {error.message}" for error in wanted.iter_errors(made)]
