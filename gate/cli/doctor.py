"""`gate doctor`: is the gate really enforced in a repository?"""

from __future__ import annotations

import argparse
import os
import sys

import msgspec

from gate import config
from gate.cli.help import HelpFormatter
from gate.errors import UsageError
from gate.pattern import pattern
from gate.report.console import emit
from gate.report.doctor import render_examination
from gate.schema.doctor import Examination
from gate.text import neutralise

_ACTION = pattern(r"[A-Za-z0-9_.-]{1,100}(?:/[A-Za-z0-9_.-]{1,100}){1,10}")
_REPOSITORY = pattern(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_DESCRIPTION = (
    "Ask a repository's settings, workflows and owners whether the gate is really enforced there. "
    "Every question is answered yes, no or cannot tell (with the permission that the token lacks), "
    "with why it matters and what to do. Nothing is changed."
)
_EPILOG = """\
exit codes: 0 nothing says no, 1 something does, 2 GitHub could not be read, or failed on the way
example:
  GITHUB_TOKEN=... gate doctor acme/infra --branch release
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="is the gate really enforced in a repository?",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("repository", metavar="OWNER/REPO", help="the repository")
    parser.add_argument(
        "--branch",
        metavar="B",
        help="the branch that pull requests go into (default: the default branch)",
    )
    parser.add_argument(
        "--action",
        metavar="OWNER/NAME",
        default="",
        help="how workflows call the gate (default: whatever is named gate or agent-pr-gate)",
    )
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from gate.forge import Forge
    from gate.schema.forge import ForgeSettings
    from gate.verify.doctor import examine

    if arguments.action and not _ACTION.fullmatch(arguments.action):
        raise UsageError(f"--action {arguments.action[:100]!a}: not OWNER/NAME")
    if not _REPOSITORY.fullmatch(arguments.repository):
        raise UsageError(
            f"not a repository: {neutralise(arguments.repository, 80)}", "Write it as owner/name."
        )
    env = config.environ()
    token = env.get("GITHUB_TOKEN") or env.get("GH_TOKEN") or ""
    if not token:
        raise UsageError(
            "no GitHub token",
            "Set GITHUB_TOKEN; with administration: read every question has an answer.",
        )
    settings = ForgeSettings()
    if env.get("GITHUB_API_URL"):
        settings = msgspec.structs.replace(settings, api_url=env["GITHUB_API_URL"])
    forge = Forge(arguments.repository, token, settings)
    examination = examine(forge, arguments.branch, arguments.action)
    if arguments.format == "json":
        document = msgspec.json.encode(examination, order="sorted")
        emit(msgspec.json.format(document, indent=2).decode() + "\n")
    else:
        width, color = _screen()
        emit(render_examination(examination, width=width, color=color))
    return exit_code(examination)


def exit_code(examination: Examination) -> int:
    """0 nothing says no; 1 something does; 2 GitHub failed on the way, so nobody can say."""
    if examination.no:
        return 1
    return 2 if examination.failed else 0


def _screen() -> tuple[int, bool]:
    """Columns, and whether to use colours."""
    is_terminal = sys.stdout.isatty()
    width = os.get_terminal_size(sys.stdout.fileno()).columns if is_terminal else 100
    return width, is_terminal and not config.environ().get("NO_COLOR")
