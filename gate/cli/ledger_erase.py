"""`gate ledger erase`: let go of the prompt and the content behind a decision."""

from __future__ import annotations

import argparse

from gate import config
from gate.cli.agents_folder import read_now
from gate.cli.ledger_files import tell
from gate.cli.runner import require_writer
from gate.errors import UsageError
from gate.pattern import pattern
from gate.store.open import SPECS
from gate.text import neutralise

_DESCRIPTION = """\
Erase what was kept outside of the ledger for one decision: its prompt and its content, with their
salts. The entry stays, and so does every proof: what it holds of them is a hash that tells nothing
once the salt is gone. That it was done, by whom and why, becomes an entry.
"""
_PERSON = pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}\Z")


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger erase`."""
    parser = actions.add_parser(
        "erase", help="erase prompt and content of a decision", description=_DESCRIPTION
    )
    parser.add_argument("entry", metavar="ENTRY", help="hash of the decision, or its beginning")
    parser.add_argument("--by", required=True, metavar="LOGIN", help="the person who does it")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why")
    parser.add_argument(
        "--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's state folder)"
    )
    parser.add_argument("--now", metavar="TIME", help="day or RFC 3339 time, UTC; sets the clock")
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from gate.audit.erase import erase
    from gate.store.streams import Streams

    if not _PERSON.match(arguments.by):
        raise UsageError(f"--by {neutralise(arguments.by, 60)}: not a person's login")
    if not arguments.reason.strip():
        raise UsageError("--reason is empty", "Say why: it is all that will be left to read.")
    spec = arguments.ledger or config.default_ledger()
    require_writer(spec, config.environ(), arguments.now)
    streams = Streams(spec)
    now = read_now(arguments.now)
    done = erase(streams, arguments.entry, arguments.by, arguments.reason, now)
    document = {
        "decision": done.decision.name,
        "digests": done.digests,
        "dropped": done.dropped,
        "entry": {"seq": done.entry.seq, "hash": done.entry.hash} if done.entry else None,
    }
    told = (
        f"entry {done.entry.seq} {done.entry.hash[:12]} says so"
        if done.entry
        else "an earlier entry says so"
    )
    line = (
        f"decision {done.decision.entry.hash[:12]}: {len(done.dropped)} of {len(done.digests)} "
        f"erased now, none is left; {told}"
    )
    tell(arguments, document, [line])
    return 0
