"""Ask every question about a repository: is the gate really enforced there?"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from gate.forge import Forge
from gate.forge_settings import SettingsReader
from gate.schema.doctor import Answer, Examination, Examined
from gate.text import neutralise
from gate.verify.ask_actions import ask_actions
from gate.verify.ask_branch import ask_branch
from gate.verify.ask_owners import ask_owners
from gate.verify.ask_people import ask_people
from gate.verify.ask_required import ask_required
from gate.verify.ask_site import ask_site
from gate.verify.ask_workflow import ask_workflow
from gate.verify.questions import QUESTIONS, Reply
from gate.verify.seen import Seen, look

MAX_FOUND = 400
"""Characters of one answer's text."""

_WORST_FIRST: dict[Answer, int] = {"no": 0, "cannot-tell": 1, "yes": 2}


def examine(forge: Forge, branch: str | None = None, action: str = "") -> Examination:
    """Examine a repository with the rights of one token.

    Args:
        forge: the client.
        branch: the branch that pull requests go into; `None`: the default branch.
        action: `owner/name[/path]` of the gate's action; empty: known by its name.

    Returns:
        Every question with its answer, the worst first.

    Raises:
        ForgeReadError: the repository cannot be read, or has no such branch.
    """
    reader = SettingsReader(forge)
    seen = look(reader, branch, action)
    replies = tuple(_ask(seen))
    order = {id: at for at, id in enumerate(QUESTIONS)}
    replies = tuple(sorted(replies, key=lambda one: (_WORST_FIRST[one.answer], order[one.id])))
    answers = [reply.answer for reply in replies]
    return Examination(
        repository=neutralise(seen.repository.full_name, 140),
        branch=neutralise(seen.branch, 140),
        commit=neutralise(seen.tip, 64),
        workflows=tuple(sorted({neutralise(job.path, 140) for job in seen.jobs})),
        no=answers.count("no"),
        cannot_tell=answers.count("cannot-tell"),
        yes=answers.count("yes"),
        failed=any(reply.is_failure for reply in replies),
        calls=reader.calls,
        answers=tuple(_examined(reply, seen) for reply in replies),
    )


def _ask(seen: Seen) -> Iterator[Reply]:
    yield from ask_required(seen)
    yield from ask_branch(seen)
    yield from ask_workflow(seen)
    yield from ask_actions(seen)
    yield from ask_owners(seen)
    yield from ask_people(seen)
    yield from ask_site(seen)


def _examined(reply: Reply, seen: Seen) -> Examined:
    question = QUESTIONS[reply.id]
    is_yes = reply.answer == "yes"
    return Examined(
        id=reply.id,
        area=question.area,
        question=_fill(question.text, seen),
        answer=reply.answer,
        found=neutralise(reply.found, MAX_FOUND),
        permission=neutralise(reply.permission, 120),
        why=question.why,
        fix="" if is_yes else _fill(question.fix, seen),
        command="" if is_yes else _fill_command(question.command, seen),
    )


def _fill(text: str, seen: Seen) -> str:
    # NOTE: replaced, not formatted: a branch may be called {0.__class__}
    name = neutralise(seen.repository.full_name, 140)
    return text.replace("{repository}", name).replace("{branch}", neutralise(seen.branch, 140))


def _fill_command(text: str, seen: Seen) -> str:
    # NOTE: somebody pastes it into a shell, and a branch may be called $(id)
    name = quote(seen.repository.full_name, safe="/")
    return text.replace("{repository}", name).replace("{branch}", quote(seen.branch, safe="/"))
