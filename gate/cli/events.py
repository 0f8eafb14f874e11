"""Judge what an Actions event asks for: one pull request, several, or a merge queue's group."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import msgspec

from gate import config
from gate.cli.actions import announce_nothing
from gate.cli.posting import Judge, announced, noted, post_group_status
from gate.cli.sources import forge_of, plans_of, source_of
from gate.collect.event import (
    Event,
    GroupEvent,
    PullEvent,
    RunEvent,
    read_content,
    read_event,
)
from gate.collect.github import GithubSource
from gate.collect.github_group import members_of, paths_of
from gate.errors import GateError, UsageError
from gate.forge import Forge
from gate.outcome import Outcome, failure
from gate.schema.changes import Changes
from gate.schema.report import DecisionName
from gate.store.streams import Streams
from gate.text import neutralise

MAX_SWEPT = 30
"""Open pull requests that one sweep judges, the last updated first; the token of Actions has
1,000 questions an hour, and each of them costs about twenty."""

_WORST: Sequence[DecisionName] = ("pass", "warn", "hold", "block", "error")


def judge_event(
    arguments: argparse.Namespace, judge: Judge, now: str, streams: Streams
) -> Outcome | None:
    """Judge whatever the event of this run is about, and record what it says became of it.

    Args:
        arguments: of `gate check`.
        judge: judges one pull request.
        now: the run's clock.
        streams: the ledger; what became of a pull request is told to a shared one alone.

    Returns:
        The worst outcome, which names the others; `None` where there is nothing to judge.

    Raises:
        GateError: the event cannot be understood, or GitHub did not answer.
    """
    event = _event()
    forge = forge_of(event.repository)
    if isinstance(event, GroupEvent):
        return _judge_group(arguments, forge, event, judge, now)
    if isinstance(event, PullEvent) and _is_own(event, forge):
        _say_nothing("a comment of the gate's own account changes nothing")
        return None
    sources, left = _sources(arguments, forge, event)
    if not sources:
        _say_nothing("no open pull request is meant, or its head has moved on")
        return None
    outcomes = {
        source.number: announced(source, judge) if arguments.post == "review" else judge(source)
        for source in sources
    }
    worst = _together(outcomes, _worst(outcomes))
    if isinstance(event, PullEvent) and streams.shared:
        worst = noted(worst, *_told(streams, forge, now))
    note = f"{left} more open pull requests were not judged, the limit is {MAX_SWEPT}"
    return noted(worst, note) if left else worst


def _told(streams: Streams, forge: Forge, now: str) -> tuple[str, ...]:
    """Record what the event says became of the pull request; the schedule catches up on the rest.

    Returns:
        What a reader should know of it, each one line.
    """
    from gate.audit.outcomes.events import record_event

    try:
        content = read_content(config.environ()["GITHUB_EVENT_PATH"])
        seen = record_event(streams, content, forge.permission, now)
    except GateError as error:
        return (f"what became of it was not recorded: {neutralise(error.message, 300)}",)
    return (seen.why,) if seen.why else ()


def _worst(outcomes: dict[int, Outcome]) -> int:
    """The pull request that decides over several."""
    return max(outcomes, key=lambda number: _badness(outcomes[number]))


def _together(outcomes: dict[int, Outcome], number: int) -> Outcome:
    """The outcome of one pull request, with a note of what became of the others."""
    if len(outcomes) == 1:
        return outcomes[number]
    told = ", ".join(f"#{one} {outcomes[one].report.decision}" for one in sorted(outcomes))
    return noted(outcomes[number], f"judged together: {told}; this is the report of #{number}")


def _badness(outcome: Outcome) -> tuple[int, int]:
    return outcome.exit_code, _WORST.index(outcome.report.decision)


def _event() -> Event:
    env = config.environ()
    named = env.get("GITHUB_REPOSITORY", "")
    event = read_event(env["GITHUB_EVENT_PATH"], named)
    if (named or event.repository).lower() != event.repository.lower():
        raise UsageError("the event is about another repository than GITHUB_REPOSITORY")
    return event


def _is_own(event: PullEvent, forge: Forge) -> bool:
    """Whether the event is a comment of the account that the gate itself posts as.

    A person whose token the gate uses may still command it.
    """
    commenter = event.commenter
    if commenter is None or commenter.type != "Bot":
        return False
    return commenter.login.lower() == forge.own_login().lower()


def _sources(
    arguments: argparse.Namespace, forge: Forge, event: Event
) -> tuple[list[GithubSource], int]:
    """What to judge, and how many more were left out."""
    plans = plans_of(arguments)
    if isinstance(event, PullEvent):
        return [source_of(forge, event.number, plans, event.head)], 0
    if isinstance(event, RunEvent):
        if not event.source or not event.branch:
            return [], 0
        owner = event.source.partition("/")[0]
        # NOTE: the list of pull requests in the event is empty for forks, and nothing that the
        # other workflow hands over says which one it was
        found = [
            pull.number
            for pull in forge.open_pulls(f"{owner}:{event.branch}")
            if pull.head.sha == event.head
            and pull.head.repo is not None
            and pull.head.repo.full_name.lower() == event.source.lower()
        ]
        return [source_of(forge, number, plans, event.head) for number in found], 0
    numbers = [pull.number for pull in forge.open_pulls()]
    swept = [source_of(forge, number, plans, None) for number in numbers[:MAX_SWEPT]]
    return swept, len(numbers) - len(swept)


def _judge_group(
    arguments: argparse.Namespace, forge: Forge, event: GroupEvent, judge: Judge, now: str
) -> Outcome:
    """Every pull request of the group, and that nothing else goes in with them."""
    number = event.last.number
    try:
        outcomes = {
            one: judge(source_of(forge, one, plans_of(arguments), None))
            for one in members_of(forge, event)
        }
        number = _worst(outcomes)
        worst = _together(outcomes, number)
        if worst.report.decision != "error":
            strange = sorted(paths_of(forge, event) - _paths(outcomes))
            worst = _strange(worst, strange) if strange else worst
    except GateError as error:
        worst = _failed(error, now)
    if arguments.post != "review":
        return worst
    return post_group_status(forge, event.head, worst, number)


def _paths(outcomes: dict[int, Outcome]) -> set[str]:
    """Paths that pull requests change, on either side of a rename."""
    return {
        path
        for outcome in outcomes.values()
        for change in outcome.changes.files
        for path in (change.path, change.previous_path)
        if path
    }


def _strange(worst: Outcome, paths: Sequence[str]) -> Outcome:
    shown = neutralise(paths[0], 200)
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    error = GateError(
        f"the merge group changes {shown}{more}, which none of its pull requests does",
        "Queue them again; a queue that goes on doing so holds a commit that nobody judged.",
    )
    report = failure(error, "input", worst.report.at, worst.report)
    return msgspec.structs.replace(worst, report=report)


def _failed(error: GateError, now: str) -> Outcome:
    report = failure(error, "input", now)
    return Outcome(report=report, changes=Changes(), evaluation=None)


def _say_nothing(reason: str) -> None:
    sys.stderr.write(f"gate: nothing to judge: {reason}\n")
    announce_nothing(config.environ())
