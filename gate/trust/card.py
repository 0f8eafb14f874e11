"""Write out a record for a person to read."""

from __future__ import annotations

from collections.abc import Iterator

from gate.schema.agents import AgentGrant, AgentRecord
from gate.trust.history import History, promotion_proven
from gate.trust.onboarding import STEPS, TITLES
from gate.trust.upkeep import Due, review_of, rotations_of


def describe_grant(grant: AgentGrant) -> str:
    """A grant in one line, the reason left out."""
    parts = [f"{_join(grant.actions, 'any action')} on {_join(grant.surfaces, 'any surface')}"]
    if "*" not in grant.environments:
        parts.append(f"in {', '.join(grant.environments)}")
    if "**" not in grant.paths:
        parts.append(f"under {', '.join(grant.paths)}")
    return " ".join(parts)


def describe_card(record: AgentRecord, history: History, state: str, today: str) -> Iterator[str]:
    """Everything that is known of one agent, line by line.

    Args:
        record: the record.
        history: what the ledger says.
        state: the state in force, in words.
        today: YYYY-MM-DD.
    """
    owner, known = record.owner, record.identities
    yield f"{record.id}: {record.purpose}"
    yield ""
    yield _row("state", state)
    if record.promotion is not None:
        proven = "" if promotion_proven(record, history) else ", which the ledger does not know"
        promotion = record.promotion
        yield _row("promoted", f"{promotion.at} by {promotion.by}")
        yield _row("", f"report {promotion.report}{proven}")
    team = f", team {owner.team}" if owner.team else ""
    yield _row("owner", f"{owner.human}, backup {owner.backup}{team}")
    yield _row("kind", f"{record.kind}, {record.risk_tier} risk")
    yield _row("why", record.justification)
    yield _row("reaches", f"{', '.join(record.systems)}; data: {', '.join(record.data_classes)}")
    for name in ("logins", "app_ids", "emails", "keys", "trailers", "branches", "agents"):
        values = getattr(known, name)
        if values:
            yield _row("known by", f"{name.replace('_', ' ')}: {', '.join(map(str, values))}")
    yield _row("models", ", ".join(record.models) or "none named")
    for grant in record.grants:
        yield _row("may", f"{describe_grant(grant)}: {grant.why}")
    if not record.grants:
        yield _row("may", "change nothing")
    if record.sandbox is not None:
        box = record.sandbox
        limits = f"at most {box.max_files} files and {box.max_resources} resources at once"
        yield _row("sandbox", f"{', '.join((*box.environments, *box.paths))}; {limits}")
    yield from _upkeep(record, history, today)
    yield from _steps(record)


def describe_due(item: Due) -> str:
    """When something falls due, in words."""
    if item.days < 0:
        return f"{item.due}, overdue by {-item.days} d"
    return f"{item.due}, in {item.days} d" if item.days else f"{item.due}, today"


def _upkeep(record: AgentRecord, history: History, today: str) -> Iterator[str]:
    review = review_of(record, history, today)
    if review is not None:
        yield _row("review due", describe_due(review))
    for credential in record.credentials:
        if credential.ephemeral:
            yield _row("signs in by", f"{credential.ref}, issued for each run")
    for item in rotations_of(record, history, today):
        yield _row("signs in by", f"{item.what}, {item.tier} tier, rotate by {describe_due(item)}")


def _steps(record: AgentRecord) -> Iterator[str]:
    done = [getattr(record.onboarding, step) for step in STEPS]
    if not any(done):
        return
    for number, (step, day) in enumerate(zip(STEPS, done, strict=True), 1):
        yield _row("onboarding" if number == 1 else "", f"{number} {TITLES[step]}: {day or 'open'}")


def _row(label: str, text: str) -> str:
    return f"{label:<13}{text}"


def _join(names: tuple[str, ...], anything: str) -> str:
    return anything if "*" in names else ", ".join(names)
