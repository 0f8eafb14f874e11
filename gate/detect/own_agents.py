"""Put a site's registered agents beside the known ones, so that their traces are found alike."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from msgspec.structs import replace

from gate.detect.agents import Agents, known_agents
from gate.detect.rows import AUTOMATION, Agent
from gate.schema.agents import AgentRecord
from gate.trust.identity import plain_trailer

REGISTERED = "registered"
"""Kind of a row that only a site's registry knows."""


@functools.lru_cache(maxsize=4)
def agents_with(registry: tuple[AgentRecord, ...]) -> Agents:
    """The known agents and a site's own.

    A record that stands for a known agent (`identities.agents`) adds its identities to that row;
    any other becomes a row of its own under the record's id. What a site says of an account or an
    address goes before what the table says. A program that is no AI, and that a site registers,
    is one of the site's agents.

    Args:
        registry: the site's records.
    """
    table = known_agents()
    if not registry:
        return table
    rows = {row.id: row for row in table.rows}
    own: list[Agent] = []
    families: dict[str, str] = {}
    for record in registry:
        stands_for = [name for name in record.identities.agents if name in table.by_id]
        target = stands_for[0] if stands_for else record.id
        mine = _make_row(record, target)
        own.append(mine)
        rows[target] = _join(rows[target], mine) if target in rows else mine
        for name in stands_for[1:]:
            if rows[name].kind in AUTOMATION:
                rows[name] = replace(rows[name], kind=REGISTERED)
        _marry(families, table, target, [*stands_for[1:], *_claimed(mine, table)])
    return Agents(tuple(rows.values()), tuple(own), families)


def _make_row(record: AgentRecord, target: str) -> Agent:
    known = record.identities
    return Agent(
        id=target,
        vendor="site",
        kind=REGISTERED,
        logins=known.logins,
        app_ids=known.app_ids,
        emails=known.emails,
        keys=known.keys,
        trailer_lines=tuple(
            plain_trailer(key, value)
            for key, colon, value in (line.partition(":") for line in known.trailers)
            if colon
        ),
        branch_prefixes=known.branches,
    )


def _join(row: Agent, mine: Agent) -> Agent:
    return replace(
        row,
        kind=REGISTERED if row.kind in AUTOMATION else row.kind,
        logins=(*row.logins, *mine.logins),
        app_ids=(*row.app_ids, *mine.app_ids),
        emails=(*row.emails, *mine.emails),
        keys=(*row.keys, *mine.keys),
        trailer_lines=(*row.trailer_lines, *mine.trailer_lines),
        branch_prefixes=(*row.branch_prefixes, *mine.branch_prefixes),
    )


def _claimed(mine: Agent, table: Agents) -> list[str]:
    """The known agents whose accounts and addresses a record names as its own."""
    accounts = (table.find_account(login, 0) for login in mine.logins)
    addresses = (table.find_email(email, "") for email in mine.emails)
    return [found.agent.id for found in accounts if found] + [row.id for row in addresses if row]


def _marry(families: dict[str, str], table: Agents, target: str, others: Sequence[str]) -> None:
    """Let everything one record stands for be one family: it does not contradict itself."""
    row = table.by_id.get(target)
    family = (row.family or row.id) if row is not None else target
    for other in others:
        mate = table.family_of(other)
        if mate != family:
            families[mate] = family
