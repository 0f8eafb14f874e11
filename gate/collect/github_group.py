"""Read a merge queue's group: its pull requests, and the paths that it changes."""

from __future__ import annotations

from gate.collect.event import GroupEvent, entry_of
from gate.errors import CollectError
from gate.forge import Forge
from gate.schema.forge import Tree
from gate.text import neutralise

MAX_GROUP = 100
"""Pull requests of one group; GitHub's own limit."""


def members_of(forge: Forge, event: GroupEvent) -> tuple[int, ...]:
    """Numbers of the pull requests of a group, in the order they go in.

    GitHub stacks the branches of a queue and says in the name of each which pull request it adds
    to which commit; from the last one the names lead back to the group's base. Commit messages
    would tell as well, but people write those.

    Raises:
        CollectError: the names do not lead back, or GitHub did not answer.
    """
    numbers = [event.last.number]
    parent = event.last.parent
    if parent == event.base_sha:
        return tuple(numbers)
    entries = {
        ref.object.sha: entry
        for ref in forge.queue(event.base)
        if (entry := entry_of(ref.ref, event.base)) is not None
    }
    while parent != event.base_sha:
        entry = entries.get(parent)
        if entry is None or len(numbers) >= MAX_GROUP or entry.number in numbers:
            raise CollectError(
                f"cannot tell which pull requests are in the merge group before #{numbers[-1]}:"
                f" {neutralise(parent[:12])} is no head of the queue",
                "Queue the pull requests again.",
            )
        numbers.append(entry.number)
        parent = entry.parent
    return tuple(reversed(numbers))


def paths_of(forge: Forge, event: GroupEvent) -> frozenset[str]:
    """Paths that differ between a group's base and its head, in content or in mode.

    Raises:
        CollectError: a tree is larger than GitHub lists, or GitHub did not answer.
    """
    before, after = _leaves(forge, event.base_sha), _leaves(forge, event.head)
    return frozenset(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )


def _leaves(forge: Forge, commit: str) -> dict[str, tuple[str, str]]:
    tree: Tree = forge.tree(commit, recursive=True)
    if tree.truncated:
        raise CollectError(f"the tree of {commit[:12]} is larger than GitHub lists")
    return {entry.path: (entry.mode, entry.sha) for entry in tree.tree if entry.type != "tree"}
