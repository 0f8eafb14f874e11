"""`gate check`: judge one pull request."""

from __future__ import annotations

import argparse
import os

from gate.cli.help import HelpFormatter
from gate.cli.lean import import_msgspec
from gate.collect.plan_ahead import PlanAhead
from gate.errors import GateError

FORMATS = ("console", "json", "sarif", "markdown")
"""How a report can be written."""

LATER = (
    "gate.decode.plan",
    "gate.evaluate.native.secrets.added",
    "gate.evaluate.native.text.hidden_characters",
)
"""What a run imports once it has decoded the plan, in this order."""

_DESCRIPTION = (
    "Judge one pull request: a scenario folder, a local git range, or a pull request on GitHub. "
    "Without a target: the event, when run in GitHub Actions; else the current branch against the "
    "merge base with the default branch."
)

_EPILOG = """\
examples:
  gate check                                     the current branch, before pushing it
  gate check main...my-branch --plan infra=plan.json
  gate check acme/infra#42
  gate check fixtures/pulls/agent-widens-ci-role

exit codes: 0 pass or warn, 1 hold or block, 2 could not judge or bad usage
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check`."""
    parser = subparsers.add_parser(
        "check",
        help="judge one pull request",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "target", nargs="?", metavar="TARGET", help="DIR, OWNER/REPO#N or BASE...HEAD"
    )
    parser.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="[ROOT=]FILE",
        help="a plan as `terraform show -json` prints it; ROOT is its root module's directory",
    )
    parser.add_argument(
        "--policy", action="append", default=[], metavar="DIR", help="further policies"
    )
    parser.add_argument(
        "--config", metavar="DIR", help="take this .gate folder instead of the base branch's"
    )
    parser.add_argument("--engine", choices=("auto", "opa", "embedded"), default="auto")
    parser.add_argument("--format", choices=FORMATS, default="console")
    parser.add_argument("--output", metavar="FILE", help="write the report here, not to stdout")
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write one more report; may be given several times",
    )
    parser.add_argument(
        "--post", choices=("none", "review"), default="none", help="post a review (GitHub only)"
    )
    parser.add_argument(
        "--ledger",
        metavar="SPEC",
        help="the ledger to append to: a file, git:PATH, git:URL or postgres://...",
    )
    parser.add_argument(
        "--now", metavar="TIME", help="RFC 3339 UTC; sets the clock, only with --post none"
    )
    parser.add_argument(
        "--what-if",
        action="append",
        default=[],
        metavar="VOTE",
        help="pretend approve=LOGIN[:PERMISSION], object=LOGIN, label=NAME@LOGIN or push, several"
        " with commas; nothing is recorded or posted",
    )
    parser.set_defaults(run=_run, on_crash=_on_crash)


def _run(arguments: argparse.Namespace) -> int:
    ahead = _begin_reading(arguments.target, arguments.plan)
    import_msgspec()
    from gate.cli.judging import run  # NOTE: all else is imported while the plan is read

    return run(arguments, ahead)


def _begin_reading(target: str | None, plans: list[str]) -> PlanAhead | None:
    """Begin to read the plan of a scenario folder, unless another takes its place."""
    if target is None or not os.path.isdir(target) or any("=" not in word for word in plans):
        return None
    return PlanAhead(target, LATER)


def _on_crash(arguments: argparse.Namespace, error: GateError) -> int:
    from gate.cli.judging import on_crash

    return on_crash(arguments, error)
