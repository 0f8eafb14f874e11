"""Ask how the branch itself is protected."""

from __future__ import annotations

from collections.abc import Iterator

from gate.verify.ask_required import unclear
from gate.verify.layers import any_layer
from gate.verify.questions import Reply, say_no, say_yes
from gate.verify.seen import Seen


def ask_branch(seen: Seen) -> Iterator[Reply]:
    """Everything about the branch."""
    yield _pull_requests(seen)
    yield _history(seen)
    yield _stale(seen)
    yield _last_push(seen)


def _approvals(seen: Seen) -> int | None:
    counts = [layer.approvals for layer in seen.layers]
    return None if None in counts else max((count or 0 for count in counts), default=0)


def _pull_requests(seen: Seen) -> Reply:
    here = "branch.pull_requests"
    answer = any_layer(seen.layers, lambda layer: layer.reviews)
    if answer is None:
        return unclear(here, seen, lambda layer: layer.reviews)
    if not answer:
        return say_no(here, "they are not")
    count = max(layer.approvals or 0 for layer in seen.layers)
    return say_yes(here, f"with {count} approvals" if count != 1 else "with 1 approval")


def _history(seen: Seen) -> Reply:
    here = "branch.history"
    pushes = any_layer(seen.layers, lambda layer: layer.keeps_history)
    deletion = any_layer(seen.layers, lambda layer: layer.keeps_branch)
    if pushes and deletion:
        return say_yes(here, "both are")
    open_to = [
        word for word, answer in (("force-pushes", pushes), ("deletion", deletion))
        if answer is False
    ]  # fmt: skip
    if open_to:
        return say_no(here, f"not blocked: {', '.join(open_to)}")
    return unclear(
        here, seen, lambda layer: layer.keeps_history if pushes is None else layer.keeps_branch
    )


def _stale(seen: Seen) -> Reply:
    here = "branch.stale_approvals"
    answer = any_layer(seen.layers, lambda layer: layer.stale)
    if answer:
        return say_yes(here, "they are dismissed")
    if _approvals(seen) == 0:
        return say_yes(here, "GitHub itself asks for no approval")
    if answer is None:
        return unclear(here, seen, lambda layer: layer.stale)
    return say_no(here, "they stay")


def _last_push(seen: Seen) -> Reply:
    here = "branch.last_push"
    answer = any_layer(seen.layers, lambda layer: layer.last_push)
    if answer:
        return say_yes(here, "somebody else must")
    if _approvals(seen) == 0:
        return say_yes(here, "GitHub itself asks for no approval")
    if answer is None:
        return unclear(here, seen, lambda layer: layer.last_push)
    return say_no(here, "whoever pushed last may approve")
