"""Publish the documents as JSON Schemas, with the fields' own docstrings as descriptions."""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from typing import Any

import msgspec

from gate.schema.agents import AgentRecord
from gate.schema.doctor import Examination
from gate.schema.entry import Entry
from gate.schema.facts import PullFacts
from gate.schema.gate_input import GateInput
from gate.schema.report import Report
from gate.schema.response import ResponsePlan
from gate.schema.rule import RuleMetadata
from gate.schema.site import SiteConfig, WaiverFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The dialect that msgspec writes."""

DOCUMENTS: dict[str, tuple[type[msgspec.Struct], str]] = {
    "report.schema.json": (Report, "The report of one run (--format json)"),
    "gate-input.schema.json": (GateInput, "The input that rules see"),
    "facts.schema.json": (PullFacts, "facts.json: what is known of a pull request"),
    "gate-yml.schema.json": (SiteConfig, ".gate/gate.yml"),
    "waivers.schema.json": (WaiverFile, ".gate/waivers.yml"),
    "agent.schema.json": (AgentRecord, ".gate/agents/<id>.yml: one record of the registry"),
    "rule-metadata.schema.json": (RuleMetadata, "The METADATA block of a rule"),
    "doctor.schema.json": (Examination, "What gate doctor says of a repository (--format json)"),
    "response.schema.json": (ResponsePlan, ".gate/response.yml: the plan for incidents"),
    "entry.schema.json": (Entry, "One entry of the decision ledger"),
}
"""File name -> the document's type and title."""


def publish() -> dict[str, bytes]:
    """Every schema of version 1: file name -> bytes, with sorted keys and a final newline."""
    return {name: _render(kind, title) for name, (kind, title) in DOCUMENTS.items()}


def schema_folder() -> str:
    """The folder of the committed schemas."""
    return os.path.join(os.path.dirname(__file__), "v1")


def write() -> None:
    """Write the schemas into their folder: `python -m gate.schema.publish`."""
    for name, schema in publish().items():
        with open(os.path.join(schema_folder(), name), "wb") as file:
            file.write(schema)


def _render(kind: type[msgspec.Struct], title: str) -> bytes:
    (top,), definitions = msgspec.json.schema_components([kind])
    structs = {struct.__name__: struct for struct in _structs(kind)}
    for name, definition in definitions.items():
        _describe(definition, structs[name])
    schema = {"$schema": DIALECT, "title": title, **top, "$defs": definitions}
    encoded = msgspec.json.encode(schema, order="sorted")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def _structs(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    """A struct type and every struct type within it."""
    found: set[type[msgspec.Struct]] = set()
    waiting: list[Any] = [msgspec.inspect.type_info(kind)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, msgspec.inspect.StructType):
            if node.cls in found:
                continue
            found.add(node.cls)
            waiting.extend(field.type for field in node.fields)
        elif isinstance(node, msgspec.inspect.UnionType):
            waiting.extend(node.types)
        elif isinstance(node, msgspec.inspect.DictType):
            waiting.append(node.value_type)
        elif isinstance(node, (msgspec.inspect.VarTupleType, msgspec.inspect.ListType)):
            waiting.append(node.item_type)
    return found


def _describe(definition: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    described = _docstrings(struct)
    definition["description"] = _line(inspect.getdoc(struct) or "")
    for name, schema in definition.get("properties", {}).items():
        schema["description"] = described[name]


def _docstrings(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Field -> its docstring, read off the source, where Python itself drops it."""
    module = ast.parse(inspect.getsource(sys.modules[struct.__module__]))
    body = next(
        node.body
        for node in module.body
        if isinstance(node, ast.ClassDef) and node.name == struct.__name__
    )
    found: dict[str, str] = {}
    for field, note in zip(body, body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(note, ast.Expr)
            and isinstance(note.value, ast.Constant)
        ):
            found[field.target.id] = _line(str(note.value.value))
    return found


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


if __name__ == "__main__":
    write()
