"""Fold the ledger's entries of kind `agent` into what happened to each agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, get_args

import msgspec

from gate.errors import RecordError
from gate.moment import read_day
from gate.schema.agents import AgentRecord, AgentState
from gate.schema.entry import GENESIS, Entry
from gate.store.ledger import Ledger, entry_hash
from gate.text import neutralise

KIND = "agent"
"""Kind of the entries."""
MAX_REASON = 1000
"""Characters of a reason."""

AgentEvent = Literal[
    "registered", "promoted", "suspended", "resumed", "decommissioned", "reviewed", "rotated"
]
"""What can happen to an agent."""


class AgentEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of one entry."""

    agent: str
    """Registry id."""
    event: AgentEvent
    """What happened."""
    by: str
    """Login of the person who did it."""
    reason: str
    """Why."""
    report: str = ""
    """SHA-256, hex: of `promoted` of the observation's report, of `reviewed` of that on grants."""
    credential: str = ""
    """Of `rotated`: its reference."""
    state: str = ""
    """The state it led to, where it led to one."""
    until: str = ""
    """Of `reviewed`: day of the next review, YYYY-MM-DD."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger says of one agent."""

    state: str = ""
    """suspended | decommissioned; empty: the ledger says nothing, the file holds."""
    seq: int = 0
    """The entry that led to `state`."""
    lifecycle: bool = False
    """The ledger knows how the agent came to be: it was registered or promoted here."""
    report: str = ""
    """Digest of the report that its latest promotion named."""
    review_due: str = ""
    """Day of the next one, as the latest review set it."""
    rotated: dict[str, str] = {}
    """Credential -> day of its latest rotation."""


History = Mapping[str, Standing]
"""Registry id -> what the ledger says of it."""


def read_history(ledger: Ledger) -> dict[str, Standing]:
    """What a ledger says of every agent; nothing where there is no ledger yet.

    Every link of the chain is looked at, and the hash of each entry that says something of an
    agent, so that neither a change nor the removal of such an entry goes unseen.

    Raises:
        RecordError: the ledger cannot be read, the chain is broken, or an entry is malformed.
    """
    try:
        return fold(_of_agents(ledger.entries()))
    except RecordError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return {}
        raise


def fold(entries: Iterable[Entry]) -> dict[str, Standing]:
    """What entries say of every agent; entries of other kinds say nothing.

    Raises:
        RecordError: an entry of kind `agent` is malformed; names its number.
    """
    found: dict[str, Standing] = {}
    for entry in entries:
        if entry.kind != KIND:
            continue
        body = _read_body(entry)
        before = found.get(body.agent, Standing())
        if before.state != "decommissioned":
            found[body.agent] = _apply(before, body, entry)
    return found


def append_event(ledger: Ledger, at: str, body: AgentEntry) -> Entry:
    """Write what happened to an agent.

    Raises:
        RecordError: it could not be written, or the agent was decommissioned before.
    """
    if read_history(ledger).get(body.agent, Standing()).state == "decommissioned":
        raise RecordError(
            f"agent {neutralise(body.agent, 80)} was decommissioned; that is final",
            "Register a new agent with an identity of its own.",
        )
    kept = {key: value for key, value in msgspec.to_builtins(body).items() if value}
    return ledger.append(KIND, at, {**kept, "reason": neutralise(body.reason, MAX_REASON)})


def state_in_force(record: AgentRecord, history: History) -> tuple[AgentState, str]:
    """The state that holds, and who says so: `file` or `ledger <seq>`.

    The ledger wins wherever it stops an agent; what the file has not been changed to, the ledger
    alone does not allow. A decommissioned agent stays that, and a suspension in either holds.
    """
    ledger = history.get(record.id, Standing())
    source = f"ledger {ledger.seq}"
    if ledger.state == "decommissioned":
        return "decommissioned", source
    if record.state == "decommissioned":
        return "decommissioned", "file"
    if ledger.state == "suspended":
        return "suspended", source
    return record.state, "file"


def promotion_proven(record: AgentRecord, history: History) -> bool:
    """Whether an active agent names the report that allowed it; true of any other.

    Where the ledger knows how the agent came to be, it has to know that report too.
    """
    if record.state != "active":
        return True
    if record.promotion is None:
        return False
    ledger = history.get(record.id, Standing())
    return not ledger.lifecycle or ledger.report == record.promotion.report


def linked(entries: Iterable[tuple[int, Entry]]) -> Iterator[tuple[int, Entry]]:
    """Entries with their line numbers, each of which follows the one before.

    Raises:
        RecordError: one does not.
    """
    last: Entry | None = None
    for number, entry in entries:
        follows = entry.seq == (last.seq + 1 if last else 0)
        if not follows or entry.prev != (last.hash if last else GENESIS):
            raise RecordError(
                f"ledger line {number}: does not follow the entry before",
                "An entry was removed, added, moved or rewritten: `gate ledger verify` tells more.",
            )
        last = entry
        yield number, entry


def check_hash(number: int, entry: Entry) -> None:
    """Refuse an entry that was changed after it was written.

    Raises:
        RecordError: its hash does not fit it.
    """
    if entry.hash != entry_hash(entry):
        raise RecordError(
            f"ledger line {number}: the hash does not fit the entry",
            "The entry was changed after it was written.",
        )


def _of_agents(entries: Iterable[tuple[int, Entry]]) -> Iterator[Entry]:
    for number, entry in linked(entries):
        if entry.kind == KIND:
            check_hash(number, entry)
            yield entry


def _read_body(entry: Entry) -> AgentEntry:
    try:
        body = msgspec.convert(entry.body, AgentEntry, strict=True)
    except msgspec.ValidationError as error:
        raise RecordError(
            f"ledger entry {entry.seq}: not what is written of an agent: "
            f"{neutralise(str(error), 200)}",
            f"Its event is one of {', '.join(get_args(AgentEvent))}.",
        ) from error
    for day in (entry.at[:10], body.until):
        if day and read_day(day) is None:
            raise RecordError(
                f"ledger entry {entry.seq}: {neutralise(day, 40)} is not a day",
                "A day is written as 2026-11-24.",
            )
    return body


def _apply(before: Standing, body: AgentEntry, entry: Entry) -> Standing:
    day = entry.at[:10]
    replace = msgspec.structs.replace
    if body.event == "registered":
        return replace(before, lifecycle=True)
    if body.event == "promoted":
        return replace(before, lifecycle=True, report=body.report)
    if body.event in ("suspended", "decommissioned"):
        return replace(before, state=body.event, seq=entry.seq)
    if body.event == "resumed":
        return replace(before, state="", seq=entry.seq)
    if body.event == "reviewed":
        return replace(before, review_due=body.until)
    return replace(before, rotated={**before.rotated, body.credential: day})
