"""Measure how much a change changes, for limits and baselines."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from gate.decode.touches import OTHER
from gate.schema.bodies import Amount, Measures
from gate.schema.changes import Changes
from gate.schema.gate_input import Touch
from gate.text import neutralise

MOST_DIRECTORIES = 200
"""Directories that are named one by one."""
_DESTROYING = ("delete", "replace")
_IDLE = ("read",)


def measure(changes: Changes, touches: Sequence[Touch]) -> Measures:
    """How much one pull request changes; a resource counts once in each environment it touches.

    Args:
        changes: the decoded diff.
        touches: what it does, each resource with its address.
    """
    resources = {
        (touch.path, touch.subject, touch.environment): touch.action
        for touch in touches
        if touch.subject and touch.action not in _IDLE
    }
    named = sorted({touch.environment for touch in touches} - {""})
    amounts: dict[str, list[int]] = {name: [0, 0] for name in named}
    for (_, _, environment), action in resources.items():
        amount = amounts.setdefault(environment, [0, 0])
        amount[0] += 1
        amount[1] += action in _DESTROYING
    once = {(path, subject): action for (path, subject, _), action in resources.items()}
    return Measures(
        files=len(changes.files),
        lines=sum(change.added + change.removed for change in changes.files),
        resources=len(once),
        destroyed=sum(action in _DESTROYING for action in once.values()),
        directories=_directories(change.path for change in changes.files),
        environments={
            name: Amount(resources=amounts[name][0], destroyed=amounts[name][1])
            for name in sorted(amounts)
        },
        surfaces=tuple(sorted({touch.surface for touch in touches} - {OTHER})),
    )


def use_of(touches: Iterable[Touch]) -> tuple[dict[str, str], ...]:
    """What was done where, without the paths: the rights that a change made use of."""
    done = sorted({(touch.surface, touch.environment, touch.action) for touch in touches})
    return tuple(
        {"surface": surface, "environment": environment, "action": action}
        for surface, environment, action in done
    )


def _directories(paths: Iterable[str]) -> tuple[str, ...]:
    names = sorted({neutralise(posixpath.dirname(path) or ".", 200) for path in paths})
    return tuple(names[:MOST_DIRECTORIES])
