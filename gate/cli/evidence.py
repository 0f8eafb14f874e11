"""`gate evidence build|verify`: what an auditor takes home."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gate import config
from gate.cli.ledger_files import add_keys, counted, read_file, tell, trusted, write_file
from gate.cli.ledger_sign import add_signer
from gate.errors import RecordError, UsageError
from gate.moment import read_day, read_time, show_time
from gate.store.open import SPECS
from gate.text import neutralise

if TYPE_CHECKING:
    from gate.audit.evidence.verify import Verified

_BUILD = """\
Write everything about a period into one signed file: entries with proofs and checkpoints, every
pull request with its history, approvals, waivers, incidents, what the registry said at each
decision, policies, metrics, a sample, OSCAL, and a verifier that needs no gate. The same ledger,
period and key give the same bytes.
"""
_VERIFY = """\
Check an archive, in any folder: the signature, every byte, hashes, links and proofs, the anchor,
and every document made again from the entries. Without --key the answer is no: exit 2.
"""
SAMPLE = 25
"""Pull requests that auditors usually look at."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evidence` and its actions."""
    evidence = subparsers.add_parser(
        "evidence",
        help="signed evidence of a period, for auditors",
        description="Evidence that verifies without the ledger, and without the gate.",
    )
    actions = evidence.add_subparsers(metavar="ACTION", required=True)
    _add_build(actions)
    parser = actions.add_parser("verify", help="check an archive", description=_VERIFY)
    parser.add_argument("archive", metavar="ARCHIVE", help="the file")
    add_keys(parser)
    parser.add_argument(
        "--anchor", metavar="CHECKPOINT", help="a checkpoint that was kept somewhere else"
    )
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_verify)


def _add_build(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("build", help="make an archive", description=_BUILD)
    parser.add_argument("--from", dest="since", required=True, metavar="TIME", help="day or time")
    parser.add_argument(
        "--to", dest="until", required=True, metavar="TIME", help="day or time, not included"
    )
    parser.add_argument("--repo", default="", metavar="OWNER/NAME", help="only this repository")
    parser.add_argument(
        "--sample", type=int, default=SAMPLE, metavar="N", help=f"sample size (default {SAMPLE})"
    )
    parser.add_argument("--seed", default="", metavar="S", help="what the sample follows from")
    parser.add_argument(
        "--clone", metavar="DIR", help="a clone, for the .gate folder that each decision obeyed"
    )
    parser.add_argument("--output", required=True, metavar="FILE", help="FILE.tar.gz")
    parser.add_argument(
        "--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's state folder)"
    )
    add_signer(parser)
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_build)


def moment(option: str, text: str) -> str:
    """A day or RFC 3339 time as the ledger writes it.

    Raises:
        UsageError: it is neither.
    """
    if read_day(text) is not None:
        return f"{text}T00:00:00Z"
    shown = show_time(read_time(text))
    if not shown:
        raise UsageError(
            f"{option} {neutralise(text, 60)}: not a time",
            "Write 2026-11-24 or 2026-11-24T10:00:00Z.",
        )
    return shown


def _build(arguments: argparse.Namespace) -> int:
    from gate.audit.evidence.build import build
    from gate.schema.evidence import Order
    from gate.store.streams import Streams
    from gate.trust.keys import private_key

    order = Order(
        since=moment("--from", arguments.since),
        until=moment("--to", arguments.until),
        repo=arguments.repo,
        sample=arguments.sample,
        seed=arguments.seed,
    )
    if order.since >= order.until or order.sample < 0:
        raise UsageError("--from has to be before --to, and --sample 0 or more")
    signer = private_key(arguments.sign_with)
    streams = Streams(arguments.ledger or config.default_ledger())
    built = build(streams, order, signer, arguments.clone)
    write_file(arguments.output, built.data)
    document = {
        "bytes": len(built.data),
        "files": len(built.manifest.members),
        "decisions": built.decisions,
        "pulls": built.pulls,
        "signer": signer.key.id,
        "absent": built.manifest.absent,
    }
    lines = [
        f"{arguments.output}: {built.decisions} decisions on {built.pulls} pull requests, "
        f"{order.since} to {order.until}, signed by {signer.key.name}",
        *(f"  not in it: {what}: {why}" for what, why in sorted(built.manifest.absent.items())),
    ]
    tell(arguments, document, lines)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from gate.audit.evidence.verify import verify

    keys = trusted(arguments)
    anchor = read_file(arguments.anchor) if arguments.anchor else None
    try:
        with open(arguments.archive, "rb") as archive:
            found = verify(archive, keys, anchor)
    except OSError as error:
        raise RecordError(
            f"{neutralise(arguments.archive, 200)}: {error.strerror or type(error).__name__}"
        ) from error
    if not keys:
        raise RecordError(
            "the evidence is self-consistent, signer unproven: it fits together, and anybody may "
            "have made it",
            "Give the signer's public key with --key; take it from the signer.",
        )
    tell(arguments, _document(found), _lines(found))
    return 0


def _document(found: Verified) -> dict[str, object]:
    return {
        "ok": True,
        "order": found.manifest.order,
        "tool": found.manifest.tool,
        "files": len(found.manifest.members),
        "streams": {part.segment.stream: part.segment.size for part in found.parts},
        "signers": [key.id for key in found.signers],
        "anchored": found.anchored,
        "remade": found.remade,
        "absent": found.manifest.absent,
    }


def _lines(found: Verified) -> list[str]:
    order = found.manifest.order
    names = ", ".join(key.name for key in found.signers)
    lines = [
        f"evidence verifies: {len(found.manifest.members)} files, {order.since} to "
        f"{order.until}, signed by {names}"
    ]
    for part in found.parts:
        segment = part.segment
        lines.append(
            f"  {segment.stream:<16}  {counted(len(part.entries))} from {segment.first} on"
            f"{', held against the anchor' if found.anchored == segment.stream else ''}"
        )
    if not found.remade:
        lines.append(f"  made by gate {found.manifest.tool}: its documents were not made again")
    lines += [f"  not in it: {what}: {why}" for what, why in sorted(found.manifest.absent.items())]
    return lines
