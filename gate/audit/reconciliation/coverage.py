"""Say which decision covers each commit of a protected branch, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from gate.audit.reading import Told
from gate.collect.git_branch import Branch, Walked
from gate.moment import read_time, show_time
from gate.pattern import pattern
from gate.schema.bodies import DecisionBody, EntryName
from gate.schema.events import OutcomeBody

NONE = "no decision is about it"
"""Why most uncovered commits are that."""
SLACK = timedelta(minutes=5)
"""How far the clocks of a runner and of who merges may be apart."""

_NUMBER = pattern(r".{0,2000}\(#([1-9][0-9]{0,8})\)\s{0,8}\Z")


class Judged(NamedTuple):
    """One decision, as far as it matters here."""

    at: str
    """When."""
    name: EntryName
    """Where it stands."""
    body: DecisionBody
    """What it says."""

    @property
    def lets_pass(self) -> bool:
        """Whether its head may go in; where the site only looks, whatever could be judged may."""
        looked = self.body.observe and self.body.decision != "error"
        return looked or self.body.decision in ("pass", "warn")


class Row(NamedTuple):
    """A commit and what covers it."""

    commit: Walked
    """The commit."""
    rule: str = ""
    """outcome | merge | head | squash | rebase; empty: nothing covers it."""
    why: str = ""
    """Why nothing does."""
    judged: Judged | None = None
    """The decision that covers it."""


class Known:
    """What the ledger knows of a repository's pull requests.

    Args:
        told: its entries of kind `decision` and `outcome`, oldest first.
        repo: `owner/name`.
    """

    def __init__(self, told: Iterable[Told], repo: str) -> None:
        self.merged: dict[str, OutcomeBody] = {}
        self._heads: dict[str, list[Judged]] = {}
        self._numbers: dict[int, list[Judged]] = {}
        for one in told:
            if one.entry.kind == "outcome":
                self._add_outcome(one.body(OutcomeBody), repo)
            elif one.entry.kind == "decision":
                body = one.body(DecisionBody)
                if body.pull is not None and body.pull.repo.lower() == repo.lower():
                    self._add_decision(Judged(one.entry.at, one.name, body))

    def last(self, head: str, until: str = "") -> Judged | None:
        """The latest decision on a head, up to a moment."""
        found = [one for one in self._heads.get(head, ()) if not until or one.at <= until]
        return found[-1] if found else None

    def before(self, head: str, merge: Walked) -> Judged | None:
        """The latest decision on a head when it was merged: what was blocked then and passed later
        went in all the same. Where none is that old, whose clock was wrong nobody can tell: the
        latest of all."""
        moment = read_time(merge.at)
        until = show_time(moment + SLACK) if moment else ""
        return self.last(head, until) or self.last(head)

    def heads(self, number: int) -> tuple[str, ...]:
        """The heads of a pull request on which there is a decision, latest first."""
        found = (one.body.pull.head for one in self._numbers.get(number, ()) if one.body.pull)
        return tuple(reversed(dict.fromkeys(found)))

    def _add_outcome(self, body: OutcomeBody, repo: str) -> None:
        if body.outcome == "merged" and body.merge and body.pull.repo.lower() == repo.lower():
            self.merged[body.merge] = body

    def _add_decision(self, judged: Judged) -> None:
        pull = judged.body.pull
        if pull is not None and pull.head:
            self._heads.setdefault(pull.head, []).append(judged)
            self._numbers.setdefault(pull.number, []).append(judged)


def cover_all(commits: Sequence[Walked], known: Known, branch: Branch) -> list[Row]:
    """Every commit with what covers it.

    Args:
        commits: the walk, oldest first.
        known: what the ledger knows.
        branch: the branch, to make merges again.
    """
    line = branch.line()
    branch.make_ahead([pair for commit in commits for pair in _merges(commit, known)])
    rows = [_cover(commit, known, branch, line) for commit in commits]
    for place, row in enumerate(rows):
        if row.judged is not None and len(row.commit.parents) < 2:
            _spread(rows, place, branch)
    return rows


def _merges(commit: Walked, known: Known) -> Iterator[tuple[str, str]]:
    """The merges that may have to be made to know what covers a commit."""
    if len(commit.parents) == 2 and known.last(commit.parents[1]):
        yield commit.parents[0], commit.parents[1]
    numbered = _NUMBER.match(commit.subject) if len(commit.parents) == 1 else None
    for head in known.heads(int(numbered[1])) if numbered else ():
        yield commit.parents[0], head


def _cover(commit: Walked, known: Known, branch: Branch, line: frozenset[str]) -> Row:
    outcome = known.merged.get(commit.sha)
    if outcome is not None:
        judged = known.last(outcome.pull.head, outcome.at)
        row = _row(commit, "outcome", judged, f"{outcome.pull.name} was merged")
        # NOTE: GitHub takes a pull request for merged by whatever commit its head came in with
        return _unchanged(row, outcome.pull.head, branch) if len(commit.parents) > 1 else row
    own = known.last(commit.sha)
    if own is not None:
        return _on_branch(_row(commit, "head", own, "it was judged"), line, branch)
    if len(commit.parents) == 2:
        return _on_branch(_merge(commit, known, branch), line, branch)
    if len(commit.parents) == 1:
        return _on_branch(_squash(commit, known, branch), line, branch)
    return Row(commit, why=NONE)


def _merge(commit: Walked, known: Known, branch: Branch) -> Row:
    head = commit.parents[1]
    row = _row(commit, "merge", known.before(head, commit), "its second parent was judged")
    return _unchanged(row, head, branch)


def _unchanged(row: Row, head: str, branch: Branch) -> Row:
    """Refuse a merge commit that is more than what merging a head makes."""
    commit = row.commit
    same = commit.parents[1:] == (head,) and (
        branch.merged_tree(commit.parents[0], head) == commit.tree
    )
    if not row.rule or same:
        return row
    return Row(commit, why=f"{_name(row.judged)} let its second parent pass, but it changes more")


def _squash(commit: Walked, known: Known, branch: Branch) -> Row:
    """A squash merge: the number in its subject is anybody's to write, so the trees decide."""
    numbered = _NUMBER.match(commit.subject)
    heads = known.heads(int(numbered[1])) if numbered else ()
    why = NONE
    for head in heads:
        row = _row(commit, "squash", known.before(head, commit), "its number was judged")
        if not row.rule:
            why = why if why != NONE else row.why
        elif not branch.has(head):
            why = f"{_name(row.judged)} let {head[:12]} pass, which is not in this clone to compare"
        elif branch.merged_tree(commit.parents[0], head) == commit.tree:
            return row
        else:
            why = f"it names {_name(row.judged)}, and changes something else"
    return Row(commit, why=why)


def _row(commit: Walked, rule: str, judged: Judged | None, what: str) -> Row:
    if judged is None:
        return Row(commit, why=f"{what}, without a decision" if rule == "outcome" else NONE)
    if not judged.lets_pass:
        return Row(commit, why=f"{what}: {judged.body.decision} (entry {judged.name.hash[:12]})")
    return Row(commit, rule, "", judged)


def _on_branch(row: Row, line: frozenset[str], branch: Branch) -> Row:
    """Refuse a decision that compared its head with something that is not on the branch."""
    pull = row.judged.body.pull if row.judged else None
    if pull is not None and pull.base not in line:
        what = "a commit that this shallow clone lacks" if branch.is_shallow else "another branch"
        return Row(row.commit, why=f"{_name(row.judged)} was judged against {what}")
    return row


def _spread(rows: list[Row], place: int, branch: Branch) -> None:
    """Cover the commits before one that came in together with it."""
    row = rows[place]
    if row.judged is None or row.judged.body.pull is None:
        return
    if row.rule == "head":
        begin = _behind(rows, place, row.judged.body.pull.base)
    elif row.rule == "outcome":
        begin = _rebased(rows, place, branch)
    else:
        return
    for at in range(begin, place):
        if not rows[at].rule and rows[at].why == NONE:
            rule = "rebase" if row.rule == "outcome" else row.rule
            rows[at] = Row(rows[at].commit, rule, "", row.judged)


def _behind(rows: Sequence[Row], place: int, base: str) -> int:
    """Where the commits behind the base of a head begin: it was judged with all of them."""
    begin = place
    while begin and rows[begin].commit.sha != base and rows[begin - 1].commit.sha != base:
        begin -= 1
    return begin


def _rebased(rows: Sequence[Row], place: int, branch: Branch) -> int:
    """Where the commits of a rebase begin, if each of them is what the judged head had there.

    All of them together are not enough: between them something may have gone in and out again.
    """
    commit, judged = rows[place].commit, rows[place].judged
    pull = judged.body.pull if judged else None
    if pull is None or not commit.parents or not branch.has(pull.head):
        return place
    heads = branch.series(commit.parents[0], pull.head)
    begin = place + 1 - len(heads)
    if not 0 <= begin < place or not rows[begin].commit.parents:
        return place
    before = rows[begin].commit.parents[0]
    pairs = zip(rows[begin : place + 1], heads, strict=True)
    same = all(branch.merged_tree(before, head) == row.commit.tree for row, head in pairs)
    return begin if same else place


def _name(judged: Judged | None) -> str:
    pull = judged.body.pull if judged else None
    return f"#{pull.number}" if pull is not None else "a decision"
