"""Find the open pull requests that share a head commit."""

from __future__ import annotations

from gate.forge import Forge
from gate.refusal import ForgeReadError
from gate.schema.facts import Pull, Sibling


def find_siblings(forge: Forge, pull: Pull) -> tuple[Sibling, ...] | None:
    """Other open pull requests with the same head commit, by number.

    One that merely contains the commit, stacked on it, is none.

    Returns:
        The siblings, or `None` where the token cannot tell, or the head's repository is gone.

    Raises:
        CollectError: GitHub did not answer.
    """
    if pull.head.repo is None:
        return None
    try:
        found = {one.number: one for one in forge.pulls_with(pull.head.sha)}
        if is_fork(pull):
            # NOTE: GitHub connects no commit of a fork with a pull request
            owner = pull.head.repo.full_name.partition("/")[0]
            found |= {one.number: one for one in forge.open_pulls(f"{owner}:{pull.head.ref}")}
    except ForgeReadError as error:
        if error.is_denied:
            return None
        raise
    return tuple(
        Sibling(number=number, base=one.base.ref)
        for number, one in sorted(found.items())
        if number != pull.number and one.state == "open" and one.head.sha == pull.head.sha
    )


def is_fork(pull: Pull) -> bool:
    """Whether the head lies in another repository, or in none any more."""
    head, base = pull.head.repo, pull.base.repo
    return head is None or base is None or (head.id, head.full_name) != (base.id, base.full_name)
