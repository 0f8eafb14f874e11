"""`gate policies`: bring Rego of other gates to the accepted form."""

from __future__ import annotations

import argparse

from gate.cli.help import HelpFormatter
from gate.errors import UsageError
from gate.evaluate.migrate import migrate
from gate.report.console import emit
from gate.text import neutralise

_DESCRIPTION = (
    "Rewrite a policy from Rego v0 to v1, and every wildcard under `not`, which OPA refuses, to a "
    "count. Prints the result, or writes it back with --write. The result has passed `opa check`."
)


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policies migrate`."""
    policies = subparsers.add_parser(
        "policies",
        help="bring site policies to the accepted form",
        description="Work on policies of a site.",
    )
    actions = policies.add_subparsers(metavar="ACTION", required=True)
    migrating = actions.add_parser(
        "migrate",
        help="rewrite Rego v0 and unsafe negation",
        description=_DESCRIPTION,
        epilog="example:\n  gate policies migrate .gate/policies/legacy/iam.rego --write",
        formatter_class=HelpFormatter,
    )
    migrating.add_argument("file", metavar="FILE", help="a Rego file")
    migrating.add_argument(
        "--write", action="store_true", help="write the file instead of printing"
    )
    migrating.set_defaults(run=_migrate)


def _migrate(arguments: argparse.Namespace) -> int:
    shown = neutralise(arguments.file, 200)
    try:
        with open(arguments.file, encoding="utf-8-sig", newline="") as handle:
            text = handle.read().replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise UsageError(f"{shown}: {reason}") from error
    rewritten = migrate(text, arguments.file)
    if not arguments.write:
        emit(rewritten)
        return 0
    if rewritten == text:
        emit(f"{shown}: nothing to rewrite\n")
        return 0
    try:
        with open(arguments.file, "w", encoding="utf-8", newline="") as handle:
            handle.write(rewritten)
    except OSError as error:
        raise UsageError(f"{shown}: {error.strerror}") from error
    emit(f"{shown}: rewritten\n")
    return 0
