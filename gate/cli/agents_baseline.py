"""Freeze what is usual for an agent when a person has looked at it."""

from __future__ import annotations

import msgspec

from gate.cli.agents_folder import Office
from gate.enquire.baseline import MIN_DAYS, freeze, is_enough, span
from gate.store.streams import BASELINES


def freeze_baseline(office: Office, agent: str, by: str) -> str:
    """Freeze the last 30 days of an agent as its baseline and say so in one line.

    Where it is known for too few days the baseline before stays. Without `--ledger` there is
    nothing to freeze.

    Args:
        office: folder, ledger and clock of the command.
        agent: registry id.
        by: login of the person.

    Raises:
        RecordError: the ledger cannot be read or written.
    """
    if office.streams is None:
        return ""
    body = freeze(office.streams, agent, by, office.now)
    if not is_enough(body):
        known = f"{agent} is known for {span(body)} days, {MIN_DAYS} are needed"
        return f"no baseline was frozen: {known}"
    entry = office.streams.ledger(BASELINES).append(
        "baseline", office.now, msgspec.to_builtins(body)
    )
    days = f"{body.since} to {body.until}"
    return (
        f"baseline of {body.pulls} pull requests, {days}, frozen: entry {entry.seq} in {BASELINES}"
    )
