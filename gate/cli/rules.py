"""`gate rules`: the catalogue, one rule explained, and the three files of a new one."""

from __future__ import annotations

import argparse
import os
import textwrap

import msgspec

from gate.cli.help import HelpFormatter
from gate.errors import UsageError
from gate.evaluate.catalogue import bundled_rules
from gate.evaluate.policies import load_bundled
from gate.report.console import emit
from gate.schema.rule import Rule
from gate.text import neutralise

_WIDTH = 96
_EPILOG = """\
examples:
  gate rules
  gate rules list --format markdown
  gate rules explain terraform.wildcard_iam
  gate rules new terraform.snapshot_shared
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rules list`, `rules explain` and `rules new`."""
    rules = subparsers.add_parser(
        "rules",
        help="the catalogue of rules, with remediation and controls",
        description="What the gate asks of every change. Without an action: list.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    rules.set_defaults(run=_list, format="console")
    actions = rules.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="every rule", description="Every bundled rule.")
    listing.add_argument(
        "--format", choices=("console", "json", "markdown"), default="console", help="how to print"
    )
    listing.set_defaults(run=_list)
    explaining = actions.add_parser(
        "explain", help="one rule", description="What a rule finds, why, and what to do about it."
    )
    explaining.add_argument("id", metavar="ID", help="rule id, e.g. terraform.wildcard_iam")
    explaining.add_argument("--format", choices=("console", "json"), default="console")
    explaining.set_defaults(run=_explain)
    making = actions.add_parser(
        "new",
        help="scaffold a rule",
        description="Write a rule, its test and its fixture, which fail until the rule is written.",
    )
    making.add_argument("id", metavar="ID", help="family.name in lower_snake_case")
    making.set_defaults(run=_new)


def _list(arguments: argparse.Namespace) -> int:
    rules = bundled_rules()
    if arguments.format == "json":
        emit(msgspec.json.encode([_plain(rule) for rule in rules]).decode() + "\n")
        return 0
    rows: list[tuple[str, ...]] = [("rule", "enforcement", "severity", "surface", "title")]
    for rule in rules:
        custom = rule.metadata.custom
        enforcement = f"{custom.enforcement}, integrity" if custom.integrity else custom.enforcement
        rows.append(
            (rule.id, enforcement, custom.severity, custom.surface or "", rule.metadata.title)
        )
    emit(_markdown(rows) if arguments.format == "markdown" else _columns(rows))
    return 0


def _plain(rule: Rule) -> dict[str, object]:
    """A rule as JSON shows it: METADATA with `custom` laid open."""
    metadata = msgspec.to_builtins(rule.metadata)
    custom = metadata.pop("custom")
    metadata.pop("scope")
    return {"id": rule.id, "engine": rule.engine, "path": rule.path, **metadata, **custom}


def _columns(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def _markdown(rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines) + "\n"


def find_rule(identifier: str) -> Rule:
    """The bundled rule of an id, or of an id it had before.

    Raises:
        UsageError: there is none; the hint names the nearest.
    """
    rules = bundled_rules()
    for rule in rules:
        if identifier == rule.id or identifier in rule.metadata.custom.formerly:
            return rule
    from difflib import get_close_matches

    near = get_close_matches(identifier, [rule.id for rule in rules], n=3)
    raise UsageError(
        f"there is no rule {neutralise(identifier, 80)}",
        f"Did you mean {', '.join(near)}?" if near else "`gate rules list` names them all.",
    )


def _explain(arguments: argparse.Namespace) -> int:
    rule = find_rule(arguments.id)
    if arguments.format == "json":
        emit(msgspec.json.encode(_plain(rule)).decode() + "\n")
        return 0
    metadata, custom = rule.metadata, rule.metadata.custom
    surface = f" on the surface {custom.surface}" if custom.surface else ""
    integrity = "; nothing lowers or waives it" if custom.integrity else ""
    lines = [
        f"{rule.id}: {metadata.title}",
        "",
        *textwrap.wrap(metadata.description, _WIDTH),
        "",
        f"severity     {custom.severity}",
        f"enforcement  {custom.enforcement}{surface}{integrity}",
        f"reads        {', '.join(custom.needs)}",
        f"says         {custom.message}",
        *_paragraph("do", custom.remediation),
    ]
    if custom.controls:
        lines += _paragraph("controls", ", ".join(custom.controls))
    if custom.formerly:
        lines.append(f"formerly     {', '.join(custom.formerly)}")
    lines += [f"read more    {page.ref}" for page in metadata.related_resources]
    lines.append(
        f"declared in  {'rego/' if rule.engine == 'rego' else 'gate/evaluate/'}{rule.path}"
    )
    emit("\n".join(lines) + "\n")
    return 0


def _paragraph(label: str, text: str) -> list[str]:
    indent = " " * 13
    return textwrap.wrap(text, _WIDTH, initial_indent=label.ljust(13), subsequent_indent=indent)


def _new(arguments: argparse.Namespace) -> int:
    from gate.cli.scaffold import scaffold

    root = os.path.dirname(load_bundled().root)
    for path in scaffold(arguments.id, root):
        emit(f"wrote {os.path.relpath(path)}\n")
    emit("They fail until the rule is written: opa test, then pytest tests/rules.\n")
    return 0
