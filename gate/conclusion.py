"""Record a decision with its circumstances, and settle what it leads to."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from gate.decode.measures import use_of
from gate.decoding import Decoding
from gate.detect.session import read_testimony
from gate.errors import RecordError
from gate.memory import Memory
from gate.options import Options
from gate.outcome import Outcome, failure
from gate.record.context import Circumstances
from gate.record.entry import record
from gate.schema.bodies import Action, Measures
from gate.schema.collected import Collected
from gate.schema.report import Report
from gate.schema.site import Site
from gate.schema.terraform import PlanInfo
from gate.store.streams import Streams
from gate.text import neutralise

if TYPE_CHECKING:
    from gate.collect.recording import Recorder


def conclude(
    outcome: Outcome, options: Options, streams: Streams, memory: Memory, started: float
) -> Outcome:
    """Record a decision, settle its reservation and raise its alerts.

    Args:
        outcome: of the run, not recorded yet.
        options: how it judged.
        streams: where to write.
        memory: what it reserved.
        started: `time.monotonic()` at its beginning.

    Returns:
        The outcome with its entry; one that is not durable is `error`, and announced as such. So is
        one whose reservation is gone, and the ledger's last word on it is that.
    """
    where: Literal["local", "shared"] = "shared" if streams.shared else "local"
    report = msgspec.structs.replace(outcome.report, recorded=where)
    known = msgspec.structs.replace(
        outcome.known,
        elapsed_ms=round((time.monotonic() - started) * 1000) if options.timed else None,
        downstream=_downstream(outcome, options),
        dry=not memory.counts,
    )
    entry = None
    try:
        entry = record(report, streams, known)
        memory.settle(report, entry)
    except RecordError as error:
        failed = failure(error, "ledger", options.now, report)
        if entry is not None:
            failed = _taken_back(failed, streams, known)
        return msgspec.structs.replace(outcome, report=failed)
    return msgspec.structs.replace(outcome, report=msgspec.structs.replace(report, entry=entry))


def _taken_back(failed: Report, streams: Streams, known: Circumstances) -> Report:
    """The report of an error, recorded behind the decision that is not going to be announced."""
    bare = Circumstances(
        downstream=(Action(action="exit", value="2"),), dry=known.dry, elapsed_ms=known.elapsed_ms
    )
    try:
        return msgspec.structs.replace(failed, entry=record(failed, streams, bare))
    except RecordError:
        return failed


_REVIEWS = {"hold": "REQUEST_CHANGES", "block": "REQUEST_CHANGES", "error": "COMMENT"}
_STATES = {"hold": "pending", "block": "failure", "error": "error"}


def _downstream(outcome: Outcome, options: Options) -> tuple[Action, ...]:
    """What the decision leads to where it is announced."""
    report = outcome.report
    actions = [Action(action="exit", value=str(outcome.exit_code))]
    name = "pass" if report.observe and report.decision != "error" else report.decision
    if "review" in options.announces and name in _REVIEWS:
        actions.append(Action(action="review", value=_REVIEWS[name]))
    if "status" in options.announces:
        actions.append(Action(action="status", value=_STATES.get(name, "success")))
    return tuple(actions)


def circumstances_of(
    collected: Collected,
    decoding: Decoding,
    measures: Measures,
    site: Site,
    digest: str,
    recorder: Recorder | None,
) -> Circumstances:
    """What a run knows of itself beyond its report, once it has asked all it asks.

    Args:
        collected: what was judged.
        decoding: the same, decoded.
        measures: how much it changes.
        site: the site's word.
        digest: SHA-256 of the GateInput, hex.
        recorder: what it was read through, where the site keeps that.
    """
    content = None
    if recorder is not None:
        from gate.collect.recording import pack  # NOTE: most sites keep nothing

        content = pack(recorder.recording)
    return Circumstances(
        measures=measures,
        used=use_of(decoding.touches),
        testimony=read_testimony(collected.facts),
        inputs=_digests(collected, site, digest, decoding.sections.terraform.plans),
        limited=bool(site.config.limits),
        watched=site.config.ledger.anomalies,
        keep=site.config.ledger.keep == "all",
        content=content,
    )


def _digests(
    collected: Collected, site: Site, digest: str, plans: tuple[PlanInfo, ...]
) -> dict[str, str]:
    """What was judged, by SHA-256 in hex."""
    facts = msgspec.json.encode(collected.facts, order="sorted")
    digests = {
        "facts": hashlib.sha256(facts).hexdigest(),
        "input": digest,
        **({"site": site.digest} if site.digest else {}),
        **{f"plan:{neutralise(plan.root, 200)}": plan.digest for plan in plans},
    }
    if collected.diff is not None:
        digests["diff"] = hashlib.sha256(collected.diff).hexdigest()
    return digests
