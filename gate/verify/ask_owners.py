"""Ask whether the gate's own files have owners, and whether those are people."""

from __future__ import annotations

from collections.abc import Iterator

from gate.forge_settings import Unread
from gate.schema.facts import Actor
from gate.text import neutralise
from gate.verify.ask_people import machines
from gate.verify.owners import covers, owning_accounts, owning_teams, read_owners
from gate.verify.questions import Reply, cannot_tell, say_no, say_yes
from gate.verify.seen import Seen

_SAMPLES = (".gate/gate.yml", ".gate/policies/any.rego", ".github/workflows/any.yml")
"""Paths that stand for the folders."""


def ask_owners(seen: Seen) -> Iterator[Reply]:
    """Everything about CODEOWNERS."""
    yield _valid(seen)
    yield _cover(seen)
    yield _people(seen)


def _valid(seen: Seen) -> Reply:
    here = "owners.valid"
    content, errors = seen.files.owners, seen.owners_errors
    if content is None and not isinstance(errors, Unread):
        return say_no(here, "there is no CODEOWNERS")
    if isinstance(content, Unread):
        return cannot_tell(here, content.reason, content.permission, is_failure=content.is_failure)
    if isinstance(errors, Unread):
        return cannot_tell(here, errors.reason, errors.permission, is_failure=errors.is_failure)
    if errors is not None and errors.errors:
        told = [f"line {one.line}: {neutralise(one.kind, 60)}" for one in errors.errors[:3]]
        more = f" and {len(errors.errors) - 3} more" if len(errors.errors) > 3 else ""
        return say_no(here, f"{seen.files.owners_path}: {', '.join(told)}{more}")
    problems = read_owners(content or b"").problems
    if problems:
        return say_no(here, problems[0])
    return say_yes(here, seen.files.owners_path)


def _cover(seen: Seen) -> Reply:
    own = sorted({job.path for job in seen.jobs})
    found = covers(seen, dict.fromkeys((*_SAMPLES, *own, seen.files.owners_path)))
    if found.answer == "yes":
        return found._replace(found="code owners must review all three")
    shown = neutralise(found.found.replace("policies/any.rego", "policies/"), 200)
    return found._replace(found=shown.replace("workflows/any.yml", "workflows/"))


def _people(seen: Seen) -> Reply:
    here = "owners.people"
    content = seen.files.owners
    if content is None:
        return say_yes(here, "there is no CODEOWNERS")
    if isinstance(content, Unread):
        return cannot_tell(here, content.reason, content.permission, is_failure=content.is_failure)
    accounts = [Actor(login=name) for name in sorted(owning_accounts(content))]
    guilty = [neutralise(f"@{login}", 60) for login in machines(accounts, seen)]
    teams = sorted(set(owning_teams(content)))
    unread: Unread | None = None
    for name in teams:
        members = seen.teams[name]
        if isinstance(members, Unread):
            unread = unread or members
            continue
        guilty += [neutralise(f"@{login} in {name}", 120) for login in machines(members, seen)]
    if guilty:
        return say_no(here, ", ".join(guilty[:5]))
    if unread is not None:
        return cannot_tell(
            here,
            f"{'a team owns' if len(teams) == 1 else 'teams own'} code: {unread.reason}",
            unread.permission,
            is_failure=unread.is_failure,
        )
    return say_yes(here, "they are")
