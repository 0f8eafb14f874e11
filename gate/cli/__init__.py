"""The door: arguments in, exit code out."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from gate import __version__
from gate.cli.complaint import complain
from gate.cli.help import HelpFormatter
from gate.errors import GateError

COMMANDS: dict[str, str] = {
    "check": "judge one pull request",
    "approvals": "who must approve what: the approval matrix, written out",
    "agents": "the registry of agents: who they are, what they may do",
    "rules": "the catalogue of rules, with remediation and controls",
    "policies": "bring site policies to the accepted form",
    "kill": "stop agents at once, and let them go on",
    "opa": "the OPA binary: where it is, and how to get it",
    "doctor": "is the gate really enforced in a repository?",
    "incident": "what somebody has to look at, who does, and how it ended",
    "scheduled": "everything that is done by the clock, in one cron job",
    "ledger": "verify and read the ledger of decisions",
    "evidence": "signed evidence of a period, for auditors",
    "reconcile": "commits of the protected branch that no decision covers",
    "metrics": "what the ledger says in numbers",
    "compliance": "which controls operated, counted from the ledger",
    "export": "send the ledger's entries to a SIEM",
}
"""Command -> one line of help; each is a module of this package with `add(subparsers)`."""

_EPILOG = """\
exit codes: 0 pass or warn, 1 hold or block, 2 could not judge or bad usage
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: arguments without the program's name; the process's own when `None`.

    Returns:
        0 pass or warn, 1 hold or block, 2 could not judge or bad usage.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    try:
        code: int = arguments.run(arguments)
    except GateError as error:
        complain(error)
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("gate: interrupted; nothing was decided\n")
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 2
    except Exception as error:  # noqa: BLE001 - the last door: a crash is exit 2, never a pass
        return _crashed(arguments, error)
    return code


def _crashed(arguments: argparse.Namespace, error: Exception) -> int:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        name = trace.tb_frame.f_code.co_filename.rpartition("gate/")[2]
        where = f" at gate/{name}:{trace.tb_lineno}"
    failure = GateError(
        f"internal error{where}: {type(error).__name__}",
        "This is a fault of the gate: please report it with the command you ran.",
    )
    on_crash = getattr(arguments, "on_crash", None)
    if on_crash is not None:
        try:
            return int(on_crash(arguments, failure))
        except Exception as second:  # noqa: BLE001 - the report itself crashed; say so in one line
            failure.hint += f" Its report could not be made either ({type(second).__name__})."
    complain(failure)
    return 2


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, with only the command at hand imported: a cold start counts."""
    parser = argparse.ArgumentParser(
        prog="gate",
        description="The gate for AI-generated pull requests.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"gate {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, prog="gate")
    command = next((word for word in words if not word.startswith("-")), None)
    for name in (command,) if command in COMMANDS else COMMANDS:
        importlib.import_module(f"gate.cli.{name}").add(subparsers)
    return parser
