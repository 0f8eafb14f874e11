"""The documents say what is so: outputs, links, rules, commands, options, keys."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest
import yaml
from docs.blocks import PRINTED, ROOT, Block, blocks, body_for, documents, printed, same

from gate.cli import _parser
from gate.evaluate.catalogue import bundled_rules
from gate.schema.gate_input import GateInput
from gate.schema.report import ReasonCode, Report

DOCUMENTS = documents()
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^(`{3,})[^\n]*\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
CALL = re.compile(
    r"^\s*(?:\$ |-? ?run: )?(?:[A-Z_]+=\S+ )*(?:python3? -m )?gate ((?:[a-z]+ ?)+)([^\n|;]*)",
    re.MULTILINE,
)
"""A line that runs the gate."""
MADE_UP = {
    "terraform.my_rule",
    "terraform.snapshot_shared",
    "scope.link_added",
    "terraform.open_ingres",
}
"""Rules that examples make or misspell, so that no catalogue has them."""


def drifted(document: Path, state: Path, *, needs_opa: bool) -> list[str]:
    """The markers of a document whose block is not what is printed now."""
    found = []
    for block in blocks(document):
        if block.kind in PRINTED and block.needs_opa == needs_opa:
            now = body_for(block, printed(block, state))
            if not same(block.body, now, is_help="--help" in block.words):
                found.append(f"{block.words}\n{now}")
    return found


@each_document
def test_output_is_what_the_command_prints(document: Path, tmp_path: Path) -> None:
    assert drifted(document, tmp_path, needs_opa=False) == []


@pytest.mark.opa
@each_document
def test_output_of_commands_that_need_opa_is_what_they_print(
    document: Path, tmp_path: Path
) -> None:
    assert drifted(document, tmp_path, needs_opa=True) == []


def test_changed_output_is_noticed() -> None:
    block = Block(ROOT / "README.md", "output", "gate ledger verify", "$ gate ledger verify\nold\n")
    assert body_for(block, "new\n") == "$ gate ledger verify\nnew\n"
    assert not same(block.body, body_for(block, "new\n"), is_help=False)
    assert same("29 rules, 0123456789ab", "30 rules, ba9876543210", is_help=False)


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


@each_document
def test_relative_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(FENCED.sub("", document.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        other = (document.parent / path).resolve() if path else document
        assert other.exists(), f"{target}: no such file"
        assert ROOT in other.parents, f"{target}: outside of the project"
        if anchor:
            anchors = {slug(heading) for heading in HEADING.findall(other.read_text())}
            assert anchor in anchors, f"{target}: no such heading"


@each_document
def test_named_rules_exist(document: Path) -> None:
    rules = {rule.id for rule in bundled_rules()}
    families = "|".join(sorted({rule.partition(".")[0] for rule in rules}))
    fields = {
        f"terraform.{field.name}" for field in msgspec.structs.fields(terraform_section())
    } | {"terraform.paths"}
    pattern = re.compile(rf"(?<![\w./-])(?:{families})\.[a-z][a-z_]+(?![\w./(-]|\.[a-z])")
    named = set(pattern.findall(document.read_text()))
    files = {word for word in named if word.rpartition(".")[2] in ("yml", "yaml", "md", "py")}
    assert named - files - fields - rules - MADE_UP == set()


def terraform_section() -> type[msgspec.Struct]:
    """The type of `input.terraform`."""
    kinds = {field.name: field.type for field in msgspec.structs.fields(GateInput)}
    section = kinds["terraform"]
    assert issubclass(section, msgspec.Struct)
    return section


def parsers() -> dict[tuple[str, ...], argparse.ArgumentParser]:
    """Every command, by its words."""
    found: dict[tuple[str, ...], argparse.ArgumentParser] = {}

    def walk(words: tuple[str, ...], parser: argparse.ArgumentParser) -> None:
        found[words] = parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, child in action.choices.items():
                    walk((*words, name), child)

    walk((), _parser([]))
    return found


PARSERS = parsers()


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Its long options."""
    return {word for action in parser._actions for word in action.option_strings}


def calls(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every `gate COMMAND ...` that a document writes as code: the command's words, and the rest."""
    code = [match[2] for match in FENCED.finditer(text) if not match[0].startswith("```rego")]
    code += CODE.findall(FENCED.sub("", text))
    for piece in code:
        for match in CALL.finditer(piece.replace("\\\n", " ")):
            words = tuple(match[1].split())
            while words and words not in PARSERS and words[:-1] in PARSERS and len(words) > 1:
                words = words[:-1]
            yield words, match[2]


@each_document
def test_named_commands_and_options_exist(document: Path) -> None:
    text = document.read_text()
    for words, rest in calls(text):
        assert words in PARSERS, f"gate {' '.join(words)}: no such command"
        named = set(re.findall(r"(?<!\S)--[a-z][a-z-]+", rest))
        assert named <= options_of(PARSERS[words]), f"gate {' '.join(words)} {rest}"
    every = set().union(*(options_of(parser) for parser in PARSERS.values()))
    spans = {span.split("=")[0].split()[0] for span in CODE.findall(FENCED.sub("", text))}
    assert {span for span in spans if span.startswith("--")} <= every


def test_page_of_commands_has_the_help_of_every_command() -> None:
    shown = {block.words for block in blocks(ROOT / "docs" / "commands.md")}
    assert shown == {" ".join(("gate", *words, "--help")) for words in PARSERS}


def test_page_of_the_report_has_every_key() -> None:
    text = (ROOT / "docs" / "report.md").read_text()
    keys = {f"`{path}`" for path in report_keys(Report)}
    assert {key for key in keys if key not in text} == set()


def report_keys(struct: type[msgspec.Struct]) -> Iterator[str]:
    """The names of a document's keys, through the documents inside it."""
    for field in msgspec.structs.fields(struct):
        yield field.name
        for inner in _structs(field.type):
            yield from report_keys(inner)


def _structs(kind: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for argument in getattr(kind, "__args__", ()):
        yield from _structs(argument)


@each_document
def test_no_path_of_a_machine_is_shown(document: Path) -> None:
    found = re.findall(r"(?<![\w.~$}])/(?:work|tmp|root|home|Users|opt)\b\S*", document.read_text())
    assert found == []


def test_page_of_documents_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_page_of_deployment_has_every_input_and_output_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    text = (ROOT / "docs" / "deployment.md").read_text()
    section = text.partition("## Inputs and outputs of the Action")[2].partition("\n## ")[0]
    tables = [re.findall(r"^\| `([a-z-]+)`", part, re.M) for part in section.split("| output |")]
    assert tables == [list(action["inputs"]), list(action["outputs"])]


@each_document
def test_named_targets_of_make_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE)
    assert set(named) <= targets


@each_document
def test_named_files_of_the_project_exist(document: Path) -> None:
    spans = CODE.findall(FENCED.sub("", document.read_text()))
    named = [
        span for span in spans if re.fullmatch(r"(?:gate|rego|tests|fixtures|docs)/[\w./-]+", span)
    ]
    others = {"gate/decision"}  # the name of a commit status
    missing = [
        span
        for span in named
        if span not in others and not (ROOT / span).exists() and "my_rule" not in span
    ]
    assert missing == []


def test_rows_of_tables_are_explained() -> None:
    text = (ROOT / "docs" / "rules.md").read_text().partition("## Tables")[2]
    keys = {
        key
        for path in (ROOT / "rego" / "data").glob("*/*.json")
        for key in row_keys(msgspec.json.decode(path.read_bytes()))
    }
    assert keys
    assert {key for key in keys - {"path"} if f"`{key}" not in text} == set()


def row_keys(table: object) -> Iterator[str]:
    """Keys of the rows in a table."""
    if isinstance(table, dict):
        for value in table.values():
            yield from row_keys(value)
    elif isinstance(table, list):
        for row in table:
            if isinstance(row, dict) and "label" in row:
                yield from row


def test_reason_codes_of_the_report_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "report.md").read_text()
    table = text.partition("| code | why |")[2].partition("\n\n")[0]
    shown = re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)
    assert sorted(shown) == sorted(get_args(ReasonCode))
