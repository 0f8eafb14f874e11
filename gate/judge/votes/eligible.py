"""List who could approve a pull request and has not, and say so where too few can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gate.judge.votes.ballot import Ballot
from gate.judge.votes.electorate import MAY_APPROVE, Electorate, Franchise
from gate.schema.facts import Actor, PullFacts
from gate.schema.votes import Requirement, Votes
from gate.text import neutralise

MAX_LISTED = 50
"""People that are listed; more than anybody would ask."""

_WAYS_OUT = "lower `min` in .gate/gate.yml, or waive the finding"


def eligible_people(
    people: Mapping[str, str] | None,
    facts: PullFacts,
    franchise: Franchise,
    ballot: Ballot | Votes,
    required: Sequence[Requirement],
) -> tuple[tuple[str, ...] | None, str]:
    """Who could approve and has not, and what follows from it.

    Args:
        people: login -> permission of everybody with access; `None`: the token cannot list them.
        facts: the pull request's facts.
        franchise: who may vote.
        ballot: whose votes count.
        required: what is required, as `tally` answered.

    Returns:
        Logins, sorted, or `None` where that cannot be told; a note, empty where there is none.
    """
    if people is None:
        return None, "cannot tell who could approve: the token may not list who has access"
    needs = [need for need in required if need.min]
    unknown = sorted({team for need in needs for team in need.teams if not _knows(facts, team)})
    if unknown:
        named = neutralise(", ".join(unknown), 160)
        return None, f"cannot tell who could approve: nobody can see into team {named}"
    electorate = Electorate(facts, franchise)
    able = {
        login.lower(): login
        for login, permission in people.items()
        if permission.lower() in MAY_APPROVE
        and electorate.identity_bar(Actor(login=login)) is None
        and (not needs or any(_serves(facts, login, need) for need in needs))
    }
    counted = {vote.login.lower() for vote in ballot.counted}
    left = sorted(login for name, login in able.items() if name not in counted)
    shown = tuple(neutralise(login, 60) for login in left[:MAX_LISTED])
    return shown, _note(facts, needs, set(able) | counted, left)


def _note(
    facts: PullFacts, needs: Sequence[Requirement], able: set[str], left: Sequence[str]
) -> str:
    short = [need for need in needs if need.have < need.min]
    if not short:
        return ""
    worst = min(short, key=lambda need: _count(facts, able, need) - need.min)
    can = _count(facts, able, worst)
    if can < worst.min:
        who = "nobody may" if can == 0 else "1 person may" if can == 1 else f"{can} people may"
        return f"{who} approve this, and {worst.min} must: {_more(worst)}, {_WAYS_OUT}"
    return f"{len(left)} people may still approve this" if len(left) > MAX_LISTED else ""


def _more(need: Requirement) -> str:
    """How more people could come to approve."""
    if not need.teams:
        return "give somebody else write access"
    return f"add somebody to {neutralise(' or '.join(need.teams), 120)}"


def _count(facts: PullFacts, able: set[str], need: Requirement) -> int:
    return sum(_serves(facts, login, need) for login in able)


def _knows(facts: PullFacts, team: str) -> bool:
    return any(team.lower() == known.lower() for known in facts.teams or {})


def _serves(facts: PullFacts, login: str, need: Requirement) -> bool:
    if not need.teams:
        return True
    wanted = {team.lower() for team in need.teams}
    return any(
        login.lower() == member.lower()
        for team, members in (facts.teams or {}).items()
        if team.lower() in wanted
        for member in members
    )
