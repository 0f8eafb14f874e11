"""Walk the five steps of an onboarding, in order, each leaving a record that can be reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from gate.errors import DecodeError, UsageError
from gate.schema.agents import AgentRecord
from gate.text import neutralise
from gate.trust.recordtext import flow, scalar, set_block, set_scalar
from gate.trust.upkeep import REVIEW_DAYS

STEPS = ("identity", "models", "sandbox", "logging", "observation")
"""The steps, in their order."""

TITLES = {
    "identity": "identity and ephemeral credentials",
    "models": "models",
    "sandbox": "sandbox with small limits",
    "logging": "decisions go to a ledger",
    "observation": "observation of 30 days",
}
"""Step -> what it is about."""

SMALL_FILES, SMALL_RESOURCES = 20, 10
"""The largest limits of a sandbox that onboarding writes."""

IDENTITIES = ("login", "app_id", "email", "key", "trailer", "agent")
"""Answers that tell the agent; one of them is needed."""

_NEEDED = {
    "identity": (
        "kind",
        "owner",
        "backup",
        "purpose",
        "justification",
        "system",
        "data_class",
        "risk_tier",
        "credential",
    ),
    "models": ("model",),
    "sandbox": ("sandbox_environment",),
    "logging": ("ledger",),
    "observation": ("observe",),
}
_OPTIONAL = {
    "identity": (*IDENTITIES, "team", "branch"),
    "models": (),
    "sandbox": ("sandbox_path", "max_files", "max_resources", "grant"),
    "logging": (),
    "observation": (),
}


class Answers(msgspec.Struct, kw_only=True):
    """What the person who onboards an agent says; empty: nothing said."""

    kind: str = ""
    """What it is for."""
    owner: str = ""
    """Login of the owner."""
    backup: str = ""
    """Login of the backup."""
    team: str = ""
    """`org/slug`."""
    purpose: str = ""
    """What it does."""
    justification: str = ""
    """Why it is worth it."""
    system: list[str] = []
    """Systems it reaches."""
    data_class: list[str] = []
    """Data it may see."""
    risk_tier: str = ""
    """How much harm it could do."""
    login: list[str] = []
    """Accounts."""
    app_id: list[str] = []
    """Ids of GitHub Apps."""
    email: list[str] = []
    """Commit addresses."""
    key: list[str] = []
    """Signing keys."""
    trailer: list[str] = []
    """Trailer lines."""
    branch: list[str] = []
    """Branch prefixes."""
    agent: list[str] = []
    """Known agents that it is one of."""
    credential: list[str] = []
    """References of credentials, all of them issued for each run."""
    model: list[str] = []
    """Models it may use."""
    sandbox_environment: list[str] = []
    """Environments of the sandbox."""
    sandbox_path: list[str] = []
    """Globs of the sandbox."""
    max_files: str = ""
    """Files of one pull request."""
    max_resources: str = ""
    """Resources of one pull request."""
    grant: list[str] = []
    """Grants, each one line of YAML."""
    ledger: str = ""
    """The ledger's file."""
    observe: bool = False
    """Begin the observation."""


def next_step(record: AgentRecord | None) -> str | None:
    """The first open step; `None` when all are done."""
    if record is None:
        return STEPS[0]
    return next((step for step in STEPS if not getattr(record.onboarding, step)), None)


def missing_answers(step: str, answers: Answers) -> list[str]:
    """What a step still needs to be told, by the names of `Answers`."""
    missing = [name for name in _NEEDED[step] if not getattr(answers, name)]
    if step == "identity" and not any(getattr(answers, name) for name in IDENTITIES):
        missing.append("login")
    return missing


def given_steps(answers: Answers) -> list[str]:
    """Steps that any answer is for, in their order."""
    return [
        step
        for step in STEPS
        if any(getattr(answers, name) for name in (*_NEEDED[step], *_OPTIONAL[step]))
    ]


def plan_steps(record: AgentRecord | None, answers: Answers, only: str = "") -> list[str]:
    """The steps that can be done now, in their order.

    Args:
        record: the record so far.
        answers: what was said.
        only: one step that is asked for.

    Raises:
        UsageError: a step is asked for, or answered, before an earlier one is done.
    """
    first = next_step(record)
    if first is None:
        return []
    if record is not None and (first == STEPS[0] or record.state != "proposed"):
        raise UsageError(
            f"agent {record.id} is {record.state} and was not onboarded here",
            "Change its record by hand, in a pull request.",
        )
    ahead = list(STEPS[STEPS.index(first) :])
    if only and only in ahead and only != first:
        raise _too_early(only, first, answers)
    doable: list[str] = []
    for step in ahead:
        if missing_answers(step, answers):
            break
        doable.append(step)
    if only:
        return doable[:1] if only == first else []
    early = [step for step in given_steps(answers) if step in ahead and step not in doable]
    opened = ahead[len(doable)] if len(doable) < len(ahead) else ""
    if early and early[0] != opened:
        raise _too_early(early[0], opened, answers)
    return doable


def take_step(
    step: str, text: str, record: AgentRecord | None, name: str, answers: Answers, today: str
) -> str:
    """The record's text after a step.

    Args:
        step: the step.
        text: the record so far; empty before the first step.
        record: the same, read.
        name: the agent's id.
        answers: what was said; everything the step needs is there.
        today: YYYY-MM-DD.

    Raises:
        UsageError: an answer is refused: a limit that is not small, a credential that stays.
        ConfigError: the text cannot be changed in place.
    """
    where = f".gate/agents/{name}.yml"
    if step == "identity":
        text = "\n".join(_identity(name, answers, today)) + "\n"
    elif step == "models":
        text = set_block(text, where, "models", f"models: {flow(answers.model)}\n")
    elif step == "sandbox":
        text = set_block(text, where, "sandbox", "\n".join(_sandbox(answers)) + "\n")
        if answers.grant:
            text = set_block(text, where, "grants", "\n".join(_grants(answers)) + "\n")
    elif step == "observation":
        text = set_scalar(text, where, ("state",), "observing")
        text = set_block(text, where, "observing_since", f"observing_since: {today}\n")
    return set_block(text, where, "onboarding", _onboarding(record, step, today))


def _too_early(step: str, first: str, answers: Answers) -> UsageError:
    number, before = STEPS.index(step) + 1, STEPS.index(first) + 1
    missing = ", ".join(option(name) for name in missing_answers(first, answers))
    return UsageError(
        f"step {number} ({step}) comes after step {before} ({first}), which is open",
        f"Step {before} needs {missing}." if missing else f"Do step {before} first.",
    )


def option(name: str) -> str:
    """The option that gives an answer."""
    return f"--{name.replace('_', '-')}"


def _identity(name: str, answers: Answers, today: str) -> Iterator[str]:
    if not all(":" in ref for ref in answers.credential):
        raise UsageError(
            "--credential: a reference is needed, never a credential",
            "Say where it is issued, as oidc:aws/role/tf-bot.",
        )
    owner = [f"human: {scalar(answers.owner)}", f"backup: {scalar(answers.backup)}"]
    owner += [f"team: {scalar(answers.team)}"] if answers.team else []
    due = (date.fromisoformat(today) + timedelta(days=REVIEW_DAYS)).isoformat()
    yield "version: 1"
    yield f"id: {name}"
    yield f"kind: {scalar(answers.kind)}"
    yield f"owner: {{{', '.join(owner)}}}"
    yield f"purpose: {scalar(answers.purpose)}"
    yield f"systems: {flow(answers.system)}"
    yield f"data_classes: {flow(answers.data_class)}"
    yield f"justification: {scalar(answers.justification)}"
    yield "identities:"
    for key, values in (
        ("logins", answers.login),
        ("emails", answers.email),
        ("keys", answers.key),
        ("trailers", answers.trailer),
        ("branches", answers.branch),
        ("agents", answers.agent),
    ):
        if values:
            yield f"  {key}: {flow(values)}"
    if answers.app_id:
        yield f"  app_ids: [{', '.join(_numbers('app_id', answers.app_id))}]"
    yield "models: []"
    yield "grants: []"
    yield "credentials:"
    for ref in answers.credential:
        yield f"  - {{ref: {scalar(ref)}, tier: high, rotated_at: {today}, ephemeral: true}}"
    yield f"risk_tier: {scalar(answers.risk_tier)}"
    yield "state: proposed"
    yield f"review_due: {due}"


def _sandbox(answers: Answers) -> Iterator[str]:
    yield "sandbox:"
    yield f"  environments: {flow(answers.sandbox_environment)}"
    yield f"  paths: {flow(answers.sandbox_path or ['**'])}"
    for name, largest in (("max_files", SMALL_FILES), ("max_resources", SMALL_RESOURCES)):
        (number,) = _numbers(name, [getattr(answers, name) or str(largest)])
        if int(number) > largest:
            raise UsageError(
                f"{option(name)}: {number} is not small", f"A sandbox allows at most {largest}."
            )
        yield f"  {name}: {number}"


def _grants(answers: Answers) -> Iterator[str]:
    from gate.yamldoc import parse_yaml

    yield "grants:"
    for line in answers.grant:
        one = line.strip().removeprefix("- ").strip()
        try:
            grant = parse_yaml(one.encode("utf-8", "replace"), "--grant")
        except DecodeError as error:
            raise UsageError(error.message, error.hint) from error
        if not isinstance(grant, dict) or "\n" in one:
            raise UsageError(
                f"--grant {neutralise(one, 80)!a}: not a grant",
                "Write {surfaces: [other], paths: [docs/**], why: it writes the manual}.",
            )
        yield f"  - {one}"


def _onboarding(record: AgentRecord | None, step: str, today: str) -> str:
    done = {name: getattr(record.onboarding, name) if record else "" for name in STEPS}
    done[step] = today
    lines = [f"  {name}: {day}" for name, day in done.items() if day]
    return "\n".join(["onboarding:", *lines]) + "\n"


def _numbers(name: str, values: list[str]) -> list[str]:
    for value in values:
        if not value.isascii() or not value.isdigit() or len(value) > 12:
            raise UsageError(f"{option(name)}: {neutralise(value, 40)!a} is not a number")
    return values
