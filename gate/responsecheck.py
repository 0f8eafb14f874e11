"""Check the plan for incidents beyond its shape: names that exist, ways that can be gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from gate.errors import ConfigError
from gate.pattern import pattern
from gate.schema.response import Contact, Hook, ResponsePlan, Step
from gate.text import redact

MAX_MINUTES = 30 * 24 * 60
"""Minutes after which a step may come: 30 days."""
MAX_SECONDS = 600
"""Seconds that a hook may take."""

_FILE = "response.yml"
_NAME = pattern(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
_VARIABLE = pattern(r"[A-Z][A-Z0-9_]{0,99}\Z")
_REPOSITORY = pattern(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100}\Z")
_MENTION = pattern(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9_.-]{1,100})?\Z")
_STEERING = ("PATH", "HOME", "LANG", "IFS", "BASH_ENV", "ENV", "PYTHONPATH", "PYTHONSTARTUP")
_STEERING_STARTS = ("LD_", "DYLD_")

Lines = Mapping[str, int]
"""`<file> <key> <key> ...` -> line."""


def check_response(plan: ResponsePlan | None, lines: Lines) -> None:
    """Refuse a plan by which somebody would not be told, or a command would not run.

    Args:
        plan: the plan; `None`: there is none.
        lines: where its keys stand.

    Raises:
        ConfigError: names file, line and key.
    """
    if plan is None:
        return
    check = _Check(lines)
    for index, contact in enumerate(plan.contacts):
        check.unique([one.name for one in plan.contacts], index, "contacts")
        _check_contact(contact, check, "contacts", str(index))
    for severity, steps in plan.escalation.items():
        _check_steps(steps, plan, check, "escalation", severity)
    told = {name for steps in plan.escalation.values() for step in steps for name in step.tell}
    for index, contact in enumerate(plan.contacts):
        if contact.name not in told:
            check.refuse(
                "no step tells it", "Name it in escalation, or remove it.", "contacts", str(index)
            )
    for index, hook in enumerate(plan.hooks):
        check.unique([one.name for one in plan.hooks], index, "hooks")
        _check_hook(hook, check, "hooks", str(index))


def _check_contact(contact: Contact, check: _Check, *keys: str) -> None:
    if contact.via == "webhook":
        if contact.repository or contact.mentions:
            check.refuse("repository and mentions belong to via: issue", "", *keys)
        if not _VARIABLE.match(contact.url_variable):
            check.refuse(
                "url_variable does not name a variable",
                "Name the variable that holds the URL, like ONCALL_URL; never write the URL here.",
                *keys,
                "url_variable",
            )
        return
    if contact.url_variable:
        check.refuse("url_variable belongs to via: webhook", "", *keys, "url_variable")
    if not _REPOSITORY.match(contact.repository):
        check.refuse("repository is not owner/name", "", *keys, "repository")
    for place, mention in enumerate(contact.mentions):
        if not _MENTION.match(mention):
            check.refuse(
                f"{mention[:80]!a} is neither a login nor org/slug",
                "Write it without @.",
                *keys,
                "mentions",
                str(place),
            )


def _check_steps(steps: tuple[Step, ...], plan: ResponsePlan, check: _Check, *keys: str) -> None:
    known = {contact.name for contact in plan.contacts}
    before = -1
    for index, step in enumerate(steps):
        here = (*keys, str(index))
        if not 0 <= step.after_minutes <= MAX_MINUTES:
            check.refuse(
                f"{step.after_minutes} is not 0 to {MAX_MINUTES}", "", *here, "after_minutes"
            )
        if step.after_minutes <= before:
            check.refuse(
                f"{step.after_minutes} does not come after {before}",
                "Steps stand in order of their minutes, one for each.",
                *here,
                "after_minutes",
            )
        before = step.after_minutes
        if not step.tell:
            check.refuse("tells nobody", "", *here, "tell")
        for place, name in enumerate(step.tell):
            if name not in known:
                listed = ", ".join(sorted(known)) or "none"
                check.refuse(
                    f"{name[:60]!a}: no such contact",
                    f"Contacts are {listed}.",
                    *here,
                    "tell",
                    str(place),
                )


def _check_hook(hook: Hook, check: _Check, *keys: str) -> None:
    if not hook.on:
        check.refuse("answers to nothing", "Write on: [kill], [incident] or both.", *keys, "on")
    if not hook.command or not hook.command[0].strip():
        check.refuse("names no program", "", *keys, "command")
    for place, word in enumerate(hook.command):
        if redact(word) != word:
            check.refuse(
                "looks like a credential",
                "Hand it over in a variable that `environment` names.",
                *keys,
                "command",
                str(place),
            )
    if not 1 <= hook.timeout_seconds <= MAX_SECONDS:
        check.refuse(
            f"{hook.timeout_seconds} is not 1 to {MAX_SECONDS}", "", *keys, "timeout_seconds"
        )
    for place, name in enumerate(hook.environment):
        here = (*keys, "environment", str(place))
        if not _VARIABLE.match(name):
            check.refuse(f"{name[:60]!a} is not the name of a variable", "", *here)
        if name in _STEERING or name.startswith(_STEERING_STARTS):
            check.refuse(f"{name} would change which program runs", "It is never passed on.", *here)


class _Check:
    """Refuses with file, line and key."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def unique(self, names: list[str], index: int, *keys: str) -> None:
        """Refuse a name that is none, or that stands there twice."""
        name = names[index]
        here = (*keys, str(index), "name")
        if not _NAME.match(name):
            self.refuse(
                f"{name[:60]!a} is not a name",
                "Lower-case letters, digits and hyphens, at most 40.",
                *here,
            )
        if name in names[:index]:
            self.refuse(f"{name} is there twice", "", *here)

    def refuse(self, what: str, hint: str, *keys: str) -> NoReturn:
        """Raise the error for a key, with the line of the deepest part that the file has."""
        ends = (" ".join((_FILE, *keys[:end])) for end in range(len(keys), 0, -1))
        line = next((self._lines[end] for end in ends if end in self._lines), 1)
        shown = "".join(
            f"[{key}]" if key.isdigit() else f".{key}" if at else key for at, key in enumerate(keys)
        )
        raise ConfigError(f".gate/{_FILE}:{line}: key {shown}: {what}", hint)
