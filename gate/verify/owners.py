"""Read who owns the files that set the gate up, and whether their review is required."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gate.forge_settings import Unread
from gate.judge.codeowners import CodeOwners, parse_codeowners
from gate.verify.layers import any_layer, hidden
from gate.verify.questions import Reply, cannot_tell, say_no, say_yes

if TYPE_CHECKING:
    from gate.verify.seen import Seen


def read_owners(content: bytes) -> CodeOwners:
    """The rules of a CODEOWNERS file."""
    return parse_codeowners(content.decode("utf-8", "replace"))


def owning_teams(content: bytes) -> Iterator[str]:
    """The teams that own anything, as `org/slug`."""
    for rule in read_owners(content).rules:
        yield from (name[1:] for name in rule.owners if name.startswith("@") and "/" in name)


def owning_accounts(content: bytes) -> frozenset[str]:
    """The accounts that own anything, without `@`."""
    return frozenset(
        name[1:]
        for rule in read_owners(content).rules
        for name in rule.owners
        if name.startswith("@") and "/" not in name
    )


def covers_workflows(seen: Seen) -> Reply:
    """Whether the code owners of the gate's workflows must review a change of them."""
    return covers(seen, sorted({job.path for job in seen.jobs}))


def covers(seen: Seen, paths: Iterable[str]) -> Reply:
    """Whether each path has owners whose review is required."""
    here = "owners.cover"
    content = seen.files.owners
    if isinstance(content, Unread):
        return cannot_tell(here, content.reason, content.permission, is_failure=content.is_failure)
    if content is None:
        return say_no(here, "there is no CODEOWNERS")
    owners = read_owners(content)
    bare = [path for path in paths if not owners.owners(path)]
    if bare:
        return say_no(here, f"nobody owns {', '.join(bare)}")
    required = any_layer(seen.layers, lambda layer: layer.code_owners)
    if required is None:
        layer = hidden(seen.layers, lambda one: one.code_owners)
        return cannot_tell(
            here, f"{layer.name}: {layer.reason}", layer.permission, is_failure=layer.is_failure
        )
    if not required:
        return say_no(here, "the review of code owners is not required")
    return say_yes(here, "code owners")
