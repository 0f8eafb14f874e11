"""`gate opa`: where the OPA binary is, and how to get it."""

from __future__ import annotations

import argparse
import sys

import msgspec

from gate.errors import EvaluateError
from gate.evaluate.opa import INSTALL_HINT, NEWEST, OLDEST, PIN, Opa, find_opa
from gate.report.console import emit


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `opa path`, `opa version` and `opa install`."""
    accepted = f"{'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}.x"
    opa = subparsers.add_parser(
        "opa",
        help="the OPA binary: where it is, and how to get it",
        description=(
            "OPA is the authoritative engine. Looked for at GATE_OPA, in the gate's cache and "
            f"on PATH; versions {accepted} are accepted. Without an action: version."
        ),
    )
    opa.set_defaults(run=_version, format="console")
    actions = opa.add_subparsers(metavar="ACTION")
    for name, run, text in (
        ("path", _path, "print where the binary is"),
        ("version", _version, "print its version and path"),
        ("install", _install, f"put OPA {PIN} into the gate's cache, checked against its digest"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text.capitalize()}.")
        action.add_argument("--format", choices=("console", "json"), default="console")
        action.set_defaults(run=run)
        if name == "install":
            action.add_argument(
                "--force", action="store_true", help="install even if it is there already"
            )


def _found() -> Opa:
    opa = find_opa()
    if opa is None:
        raise EvaluateError(
            "OPA was not found: not at GATE_OPA, in the gate's cache or on PATH", INSTALL_HINT
        )
    return opa


def _path(arguments: argparse.Namespace) -> int:
    opa = _found()
    emit(_json(opa) if arguments.format == "json" else f"{opa.path}\n")
    return 0


def _version(arguments: argparse.Namespace) -> int:
    opa = _found()
    emit(_json(opa) if arguments.format == "json" else f"OPA {opa.version} at {opa.path}\n")
    return 0


def _json(opa: Opa) -> str:
    return msgspec.json.encode({"path": opa.path, "version": opa.version}).decode() + "\n"


def _install(arguments: argparse.Namespace) -> int:
    from gate.evaluate.opa_install import install_opa

    installed = install_opa(_report_progress, force=arguments.force)
    opa = find_opa(installed.path)
    if opa is None:
        raise EvaluateError(f"{installed.path} was installed and cannot be used", INSTALL_HINT)
    if arguments.format == "json":
        answer = {"path": opa.path, "version": opa.version, "source": installed.source}
        emit(msgspec.json.encode(answer).decode() + "\n")
    else:
        emit(f"OPA {opa.version} at {opa.path} ({installed.source})\n")
    return 0


def _report_progress(line: str) -> None:
    # NOTE: on stderr, since stdout belongs to the answer
    sys.stderr.write(f"gate: {line}\n")
