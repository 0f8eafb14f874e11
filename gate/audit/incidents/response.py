"""Carry out the plan for incidents: run its hooks, then tell people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from gate.audit.incidents.notify import Announced, Sender, notify
from gate.audit.reading import Told
from gate.record.incidents import Incident, read_incidents
from gate.schema.response import ResponsePlan
from gate.store.streams import INCIDENTS, Streams
from gate.text import neutralise


def respond(
    streams: Streams,
    plan: ResponsePlan,
    senders: Mapping[str, Sender],
    clock: Callable[[], str],
    environ: Mapping[str, str],
) -> Announced:
    """Run the hooks that have not run, and tell whoever has to be told by now.

    Args:
        streams: the ledger.
        plan: the site's plan.
        senders: ways of telling people, by the contact's `via`.
        clock: the time, RFC 3339 UTC.
        environ: where hooks find the variables that they may have.

    Returns:
        What was done, and what failed.

    Raises:
        RecordError: the ledger cannot be read, or did not take an entry.
    """
    ran = [
        result
        for incident in read_incidents(streams.store).incidents
        if incident.state != "closed"
        for result in _run_hooks(streams, plan, incident, clock, environ)
    ]
    told = notify(streams, plan, senders, clock)
    return Announced(
        (*(line for is_ok, line in ran if is_ok), *told.lines),
        (*(line for is_ok, line in ran if not is_ok), *told.failures),
    )


def _run_hooks(
    streams: Streams,
    plan: ResponsePlan,
    incident: Incident,
    clock: Callable[[], str],
    environ: Mapping[str, str],
) -> list[tuple[bool, str]]:
    ran = {hook.name for hook in incident.hooks}
    left = tuple(one for one in plan.hooks if "incident" in one.on and one.name not in ran)
    if not left:
        return []
    from gate.audit.incidents.hooks import run_hooks

    seq = incident.entry.seq
    opened = next(iter(streams.store.read(INCIDENTS, seq, seq)))
    results = run_hooks(
        msgspec.structs.replace(plan, hooks=left),
        "incident",
        Told(INCIDENTS, opened),
        streams.ledger(INCIDENTS),
        clock,
        environ,
    )
    return [
        (
            result.result == "ok",
            neutralise(f"hook {result.name}: {result.result} {result.text}".rstrip(), 400),
        )
        for result in results
    ]
