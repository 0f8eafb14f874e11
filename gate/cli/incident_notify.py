"""`gate incident notify`: tell whoever the plan names, and run its hooks."""

from __future__ import annotations

import argparse
import os

from gate import config
from gate.audit.incidents.notify import Announced
from gate.audit.incidents.response import respond
from gate.audit.incidents.senders import senders_of
from gate.cli.agents_folder import read_now
from gate.cli.incident import add_shared, emit_json, open_streams
from gate.cli.sources import forge_of, read_policies
from gate.errors import UsageError
from gate.report.console import emit
from gate.schema.collected import SiteFolder
from gate.schema.response import ResponsePlan
from gate.schema.site import Site
from gate.site import load_site
from gate.store.streams import Streams
from gate.text import neutralise


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the action."""
    notifying = actions.add_parser(
        "notify",
        help="tell whoever the plan names, and run its hooks",
        description="Tell the contacts of response.yml of every incident whose turn has come, and "
        "run the hooks that have not run. What was told is not told again; a webhook that gave no "
        "answer may be told twice, and both times bears the same id.",
    )
    notifying.add_argument(
        "--config", default=".gate", metavar="DIR", help="the .gate folder (default .gate)"
    )
    notifying.set_defaults(run=_notify)
    add_shared(notifying)


def read_site(folder: str) -> Site:
    """The site's word in a local folder.

    Raises:
        UsageError: there is no such folder.
        ConfigError: a file of it is broken.
    """
    if not os.path.isdir(folder):
        raise UsageError(
            f"{neutralise(folder, 200)}: no such folder", "Give the .gate folder with --config DIR."
        )
    files = {file.path: file.data for file in read_policies((folder,))}
    return load_site(SiteFolder(files=files, ref="--config"))


def announce(streams: Streams, plan: ResponsePlan, now: str | None) -> Announced:
    """Carry out a plan with what the environment holds.

    Args:
        streams: the ledger.
        plan: the plan.
        now: `--now`; `None`: the clock runs.

    Raises:
        RecordError: the ledger cannot be read, or did not take an entry.
    """
    env = config.environ()
    return respond(streams, plan, senders_of(env, forge_of), lambda: read_now(now), env)


def _notify(arguments: argparse.Namespace) -> int:
    streams = open_streams(arguments.ledger, arguments.now)
    plan = read_site(arguments.config).response
    if plan is None:
        raise UsageError(
            f"{neutralise(arguments.config, 200)}: there is no response.yml",
            "docs/incidents.md shows one.",
        )
    told = announce(streams, plan, arguments.now)
    if arguments.format == "json":
        emit_json({"told": list(told.lines), "failed": list(told.failures)})
    else:
        lines = [*told.lines, *(f"failed: {line}" for line in told.failures)]
        emit("".join(f"{neutralise(line, 500)}\n" for line in lines or ["nobody has to be told"]))
    return 1 if told.failures else 0
