"""List every pull request of a period, and draw the sample that anybody can draw again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gate.audit.reading import Told, decisions
from gate.schema.bodies import DecisionBody, EntryName, PullName
from gate.schema.events import OutcomeBody
from gate.schema.evidence import Order
from gate.schema.report import DecisionName


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One pull request of the population, or one range of commits judged without a number."""

    id: str
    """`owner/name#number`; of a range `owner/name@head`."""
    decision: DecisionName
    """The last one in the period."""
    entry: EntryName
    """Where it stands."""
    head: str
    """Head that it is about."""
    decisions: int
    """How many there were in the period."""
    first_at: str
    """When the first was made."""
    last_at: str
    """When the last was made."""
    authorship: str
    """human | agent | co-authored | unknown."""
    agent: str
    """Registry id, else agent id; empty for a person's change."""
    approvals: int
    """People whose approval the last decision counted."""
    break_glass: bool
    """It was let through in an emergency."""
    waivers: tuple[str, ...]
    """Waivers that the last decision used."""
    outcome: str
    """merged | closed | ...; empty: none is known up to the period's end."""
    merge: str
    """Commit on the protected branch, if it was merged."""


def within(told: Iterable[Told], order: Order) -> list[Told]:
    """The entries of the period itself."""
    return [one for one in told if order.since <= one.entry.at < order.until]


def population(told: Sequence[Told], order: Order) -> tuple[Item, ...]:
    """Every pull request on which a decision was made in the period, sorted by id.

    Args:
        told: entries in order of time.
        order: the period, and the repository if only one is asked for.
    """
    grouped: dict[str, list[tuple[Told, DecisionBody]]] = {}
    for one, body in decisions(within(told, order)):
        if body.pull is not None and concerns(body.pull, order):
            grouped.setdefault(id_of(body.pull), []).append((one, body))
    outcomes = _outcomes(within(told, order))
    return tuple(_item(name, grouped[name], outcomes.get(name)) for name in sorted(grouped))


def concerns(pull: PullName, order: Order) -> bool:
    """Whether a pull request is of the repository asked for."""
    return not order.repo or pull.repo.lower() == order.repo.lower()


def is_about(body: Mapping[str, Any], order: Order) -> bool:
    """Whether an entry is of the repository asked for, or of none in particular."""
    pull = body.get("pull")
    named = pull.get("repo") if isinstance(pull, dict) else body.get("repo")
    return not order.repo or not isinstance(named, str) or named.lower() == order.repo.lower()


def id_of(pull: PullName) -> str:
    """What the population calls a pull request."""
    return pull.name if pull.number else f"{pull.repo}@{pull.head}"


def draw(names: Iterable[str], order: Order) -> tuple[str, ...]:
    """The sample: those whose SHA-256 over seed, newline and id is smallest, sorted by id.

    `printf '%s\\n%s' SEED ID | sha256sum` ranks one.
    """
    ranked = sorted(names, key=lambda name: (_rank(order.seed, name), name))
    return tuple(sorted(ranked[: order.sample]))


def _rank(seed: str, name: str) -> str:
    return hashlib.sha256(f"{seed}\n{name}".encode("utf-8", "surrogatepass")).hexdigest()


def _outcomes(told: Iterable[Told]) -> dict[str, OutcomeBody]:
    """The latest outcome of each pull request that says whether it went in."""
    found: dict[str, OutcomeBody] = {}
    for one in told:
        if one.entry.kind != "outcome":
            continue
        body = one.body(OutcomeBody)
        if body.outcome in ("merged", "closed", "reverted"):
            found[id_of(body.pull)] = body
    return found


def _item(
    name: str, judged: Sequence[tuple[Told, DecisionBody]], outcome: OutcomeBody | None
) -> Item:
    last, body = judged[-1]
    glass = body.votes.break_glass
    waivers = {finding.waived_by for finding in body.findings if finding.waived_by}
    return Item(
        id=name,
        decision=body.decision,
        entry=last.name,
        head=body.pull.head if body.pull else "",
        decisions=len(judged),
        first_at=judged[0][0].entry.at,
        last_at=last.entry.at,
        authorship=body.authorship,
        agent=body.who,
        approvals=len({vote.login for vote in body.votes.counted}),
        break_glass=glass is not None and glass.in_force,
        waivers=tuple(sorted(waivers)),
        outcome=outcome.outcome if outcome else "",
        merge=outcome.merge if outcome else "",
    )
