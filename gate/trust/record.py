"""Check one record of the registry by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from gate.account import is_app_login
from gate.moment import read_day
from gate.pattern import pattern
from gate.schema.agents import OBSERVATION_DAYS, AgentGrant, AgentRecord
from gate.schema.finding import SURFACES
from gate.text import redact
from gate.trust.identity import is_key

MIN_TEXT = 20
"""Characters that a purpose and a justification have at least."""
GRANT_ACTIONS = ("create", "update", "replace", "delete", "forget", "*")
"""What a grant may allow."""
READ_ONLY_KINDS = frozenset({"reviewer", "triage", "assistant"})
"""Kinds that have no grants to change anything."""

_LOGIN = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})")
_ACCOUNT = pattern(r"(?:app/)?[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})(?:\[bot\])?")
_TEAM = pattern(r"[A-Za-z0-9_-]+/[A-Za-z0-9_.-]+")
_EMAIL = pattern(r"[^@\s<>]{1,200}@[^@\s<>]{1,200}")
_TRAILER = pattern(r"[A-Za-z][A-Za-z0-9-]{1,60}: \S.{0,300}")
_SLUG = pattern(r"[a-z0-9][a-z0-9-]{0,62}")
_DIGEST = pattern(r"[0-9a-f]{64}")


class Trouble(NamedTuple):
    """One thing that is wrong with a record."""

    key: str
    """Dotted key."""
    text: str
    """What is wrong."""
    hint: str = ""
    """What to do."""


def check_record(record: AgentRecord, environments: Collection[str] = ()) -> Iterator[Trouble]:
    """Everything that is wrong with a record, whatever other records say.

    Args:
        record: the record.
        environments: environments of the site's mapping; empty: any name will do.
    """
    yield from _check_texts(record)
    yield from _check_owner(record)
    yield from _check_identities(record)
    yield from _check_dates(record)
    for number, grant in enumerate(record.grants):
        yield from _check_grant(f"grants.{number}", grant, environments)
    if record.grants and record.kind in READ_ONLY_KINDS:
        yield Trouble(
            "grants",
            f"{record.kind} is a kind that changes nothing",
            "Leave the grants out, or name the kind of an agent that writes.",
        )
    yield from _check_credentials(record)
    yield from _check_state(record)
    yield from _check_sandbox(record, environments)


def _check_texts(record: AgentRecord) -> Iterator[Trouble]:
    for key in ("purpose", "justification"):
        words = " ".join(getattr(record, key).split())
        if len(words) < MIN_TEXT:
            yield Trouble(key, f"{len(words)} characters, at least {MIN_TEXT} are needed")
    for key in ("systems", "data_classes"):
        values = getattr(record, key)
        if not values or not all(value.strip() for value in values):
            yield Trouble(key, "name at least one, and none empty")
    for key in ("models",):
        if not all(value.strip() for value in getattr(record, key)):
            yield Trouble(key, "a name is empty")


def _check_owner(record: AgentRecord) -> Iterator[Trouble]:
    for role in ("human", "backup"):
        login = getattr(record.owner, role)
        if is_app_login(login) or login.lower().startswith("app/"):
            yield Trouble(
                f"owner.{role}", f"{login[:80]!a} is a bot", "Only a person answers for an agent."
            )
        elif not _LOGIN.fullmatch(login):
            yield Trouble(f"owner.{role}", f"{login[:80]!a} is not a login")
    if record.owner.human.lower() == record.owner.backup.lower():
        yield Trouble("owner.backup", "is the owner again", "Name another person.")
    if record.owner.team and not _TEAM.fullmatch(record.owner.team):
        yield Trouble("owner.team", f"{record.owner.team[:80]!a} is not org/slug")


def _check_identities(record: AgentRecord) -> Iterator[Trouble]:
    known = record.identities
    shapes = (
        ("logins", _ACCOUNT, "is not a login"),
        ("emails", _EMAIL, "is not an address"),
        ("trailers", _TRAILER, "is not a whole trailer line, `Key: value`"),
        ("agents", _SLUG, "is not the id of an agent"),
    )
    for key, shape, problem in shapes:
        for value in getattr(known, key):
            if not shape.fullmatch(value):
                yield Trouble(f"identities.{key}", f"{value[:80]!a} {problem}")
    yield from _check_ids(record)
    unmistakable = (known.logins, known.app_ids, known.emails, known.keys, known.trailers)
    if not any((*unmistakable, known.agents)):
        yield Trouble(
            "identities",
            "nothing tells this agent",
            "Give a login, an app id, an e-mail, a key, a trailer or an agent; anybody may "
            "choose a branch.",
        )


def _check_ids(record: AgentRecord) -> Iterator[Trouble]:
    known = record.identities
    for number in known.app_ids:
        if number <= 0:
            yield Trouble("identities.app_ids", f"{number} is not the id of an app")
    for key in known.keys:
        if not is_key(key):
            yield Trouble(
                "identities.keys",
                f"{key[:80]!a} is not a key",
                "Write SHA256:<43 characters> as `ssh-keygen -lf` prints it, or 16 or 40 hex "
                "digits of an OpenPGP key.",
            )
    for prefix in known.branches:
        if len(prefix.strip()) < 3:
            yield Trouble("identities.branches", f"{prefix[:80]!a} is too short to tell anything")


def _check_dates(record: AgentRecord) -> Iterator[Trouble]:
    dated = [("review_due", record.review_due)]
    if record.observing_since:
        dated.append(("observing_since", record.observing_since))
    if record.promotion is not None:
        dated.append(("promotion.at", record.promotion.at))
    dated += [
        (f"credentials.{number}.rotated_at", credential.rotated_at)
        for number, credential in enumerate(record.credentials)
    ]
    dated += [
        (f"onboarding.{step}", day)
        for step in ("identity", "models", "sandbox", "logging", "observation")
        if (day := getattr(record.onboarding, step))
    ]
    for key, value in dated:
        if read_day(value) is None:
            yield Trouble(key, f"{value[:40]!a} is not a day", "Write YYYY-MM-DD.")


def _check_grant(key: str, grant: AgentGrant, environments: Collection[str]) -> Iterator[Trouble]:
    allowed = {
        "surfaces": {*SURFACES, "other", "*"},
        "actions": set(GRANT_ACTIONS),
        "environments": {*environments, "unmapped", "*"} if environments else None,
        "paths": None,
    }
    for part, names in allowed.items():
        values = getattr(grant, part)
        if not values or not all(value.strip() for value in values):
            yield Trouble(f"{key}.{part}", "name at least one, and none empty")
        strange = [value for value in values if names is not None and value not in names]
        if strange and names is not None:
            what = part.removesuffix("s")
            yield Trouble(
                f"{key}.{part}",
                f"{strange[0][:80]!a}: no such {what}",
                f"Known are {', '.join(sorted(names))}.",
            )
    if not grant.why.strip():
        yield Trouble(f"{key}.why", "is empty", "Say why the agent needs that.")


def _check_credentials(record: AgentRecord) -> Iterator[Trouble]:
    seen: set[str] = set()
    for number, credential in enumerate(record.credentials):
        key = f"credentials.{number}.ref"
        if not credential.ref.strip() or ":" not in credential.ref:
            yield Trouble(
                key,
                "is not a reference",
                "Say where it is kept, as vault:kv/bot or oidc:aws/role/bot; never the credential.",
            )
        if redact(credential.ref) != credential.ref:
            yield Trouble(key, "is a credential", "Say where it is kept, and have it revoked.")
        if credential.ref in seen:
            yield Trouble(key, f"{credential.ref[:80]!a} is there twice")
        seen.add(credential.ref)


def _check_state(record: AgentRecord) -> Iterator[Trouble]:
    if record.state == "observing":
        if not record.observing_since:
            yield Trouble("observing_since", "is missing", "An observation has a first day.")
        if record.sandbox is None:
            yield Trouble("sandbox", "is missing", "An agent is observed in a sandbox.")
    if record.state == "active" and record.promotion is None:
        yield Trouble(
            "promotion",
            "is missing",
            "An agent becomes active by the report of its observation: `gate agents promote`.",
        )
    if record.state == "decommissioned" and record.credentials:
        yield Trouble(
            "credentials",
            f"{len(record.credentials)} are left",
            "Revoke them and take them out: `gate agents retire`.",
        )
    if record.promotion is not None:
        yield from _check_promotion(record)


def _check_promotion(record: AgentRecord) -> Iterator[Trouble]:
    promotion = record.promotion
    if promotion is None:
        return
    if not _DIGEST.fullmatch(promotion.report):
        yield Trouble(
            "promotion.report",
            "is not a SHA-256 digest",
            "Write the 64 lower-case hex digits of the observation report.",
        )
    if not _LOGIN.fullmatch(promotion.by):
        yield Trouble("promotion.by", f"{promotion.by[:80]!a} is not a person's login")
    since, at = read_day(record.observing_since), read_day(promotion.at)
    if since is not None and at is not None and (at - since).days < OBSERVATION_DAYS:
        yield Trouble(
            "promotion.at",
            f"day {(at - since).days} of the observation",
            f"An agent is observed for {OBSERVATION_DAYS} days before it is promoted.",
        )


def _check_sandbox(record: AgentRecord, environments: Collection[str]) -> Iterator[Trouble]:
    sandbox = record.sandbox
    if sandbox is None:
        return
    for part in ("environments", "paths"):
        values = getattr(sandbox, part)
        if not values or not all(value.strip() for value in values):
            yield Trouble(f"sandbox.{part}", "name at least one, and none empty")
    strange = [name for name in sandbox.environments if name not in {*environments, "unmapped"}]
    if environments and strange:
        yield Trouble(
            "sandbox.environments",
            f"{strange[0][:80]!a}: no such environment",
            f"Known are {', '.join(sorted(environments))}, unmapped.",
        )
    for part in ("max_files", "max_resources"):
        if getattr(sandbox, part) < 0:
            yield Trouble(f"sandbox.{part}", "is below 0")
