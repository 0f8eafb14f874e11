"""Hold the votes against what is required: how many people are still missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from gate.judge.votes.ballot import Ballot
from gate.judge.votes.breakglass import break_glass
from gate.judge.votes.stakes import Bar
from gate.moment import read_time
from gate.schema.facts import PullFacts
from gate.schema.section import Gap
from gate.schema.votes import CountedVote, IgnoredVote, Requirement, Votes
from gate.text import neutralise

if TYPE_CHECKING:
    from gate.judge.codeowners import CodeOwners

_NO_TEAM = "the token needs Members: read of the organisation"
_RANK = {"too_old": 0, "team_unknown": 1, "not_in_team": 2}


def tally(
    ballot: Ballot,
    required: tuple[Requirement, ...],
    facts: PullFacts,
    *,
    covered: frozenset[str] = frozenset(),
    now: str = "",
    touched: tuple[str, ...] = (),
) -> Votes:
    """Votes against requirements; one person's approval serves every requirement it fits.

    Args:
        ballot: who voted.
        required: what the findings ask for.
        facts: the pull request's facts.
        covered: older heads whose approvals carry over, because what they were about is unchanged.
        now: the run's clock, RFC 3339; without it no vote is fresh enough for a maximum age.
        touched: changed paths, for requirements that ask for code owners.
    """
    required = tuple(
        msgspec.structs.replace(need, min=need.min + ballot.extra) if need.min else need
        for need in required
    )
    carried = _carried(ballot, covered)
    count = _Tally((*ballot.counted, *carried), facts, read_time(now))
    served = tuple(
        msgspec.structs.replace(
            need, have=sum(count.bar(vote, need) is None for vote in count.votes)
        )
        for need in required
    )
    missing = max((need.min - need.have for need in served), default=0)
    owned = count.unowned(served, touched)
    idle = count.idle(served, owned.voters)
    return Votes(
        required=served,
        counted=tuple(vote for vote in count.votes if vote.login not in idle),
        ignored=_ignored(ballot, carried, idle),
        missing=max(missing, 1 if owned.paths else 0, 0),
        objections=ballot.objections,
        unowned=owned.paths,
        unknown=(*ballot.unknown, *count.unknown_teams(served), *owned.unknown),
        break_glass=break_glass(ballot.break_glass),
    )


def vote_gaps(ballot: Ballot, votes: Votes, origin: str) -> tuple[Gap, ...]:
    """What could not be looked at although the decision depends on it.

    Args:
        ballot: who voted.
        votes: the same, held against what is required.
        origin: folder | git | github; on a local range nobody can vote.
    """
    if origin == "git":
        return ()
    asks = any(need.min or need.code_owners for need in votes.required)
    if asks and not ballot.readable:
        reason = "reviews or permissions are missing, and this change needs approval"
        return (Gap(section="votes", reason=reason),)
    lines = ballot.undecided
    if votes.missing or votes.unowned:
        lines += votes.unknown
    return tuple(Gap(section="votes", reason=line) for line in dict.fromkeys(lines))


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """What code owners said of the touched paths."""

    paths: tuple[str, ...] = ()
    """Paths that still lack an owner's approval."""
    voters: frozenset[str] = frozenset()
    """Logins whose vote serves as an owner's."""
    unknown: tuple[str, ...] = ()
    """What nobody can tell about owners."""


class _Tally:
    def __init__(
        self, votes: tuple[CountedVote, ...], facts: PullFacts, now: datetime | None
    ) -> None:
        self.votes = votes
        self._now = now
        self._codeowners = facts.codeowners
        self._teams: Mapping[str, frozenset[str]] = {
            team.lower(): frozenset(login.lower() for login in members)
            for team, members in (facts.teams or {}).items()
        }

    def bar(self, vote: CountedVote, need: Requirement) -> Bar | None:
        """Why a vote does not serve one requirement."""
        if self._is_too_old(vote, need):
            return Bar("too_old", f"is older than {need.max_age_days} days")
        if not need.teams:
            return None
        known = [self._teams[team.lower()] for team in need.teams if team.lower() in self._teams]
        if any(vote.login.lower() in members for members in known):
            return None
        named = neutralise(" or ".join(need.teams), 120)
        if len(known) < len(need.teams):
            return Bar("team_unknown", f"nobody can tell whether they are in {named}")
        return Bar("not_in_team", f"is not in {named}")

    def idle(self, required: Sequence[Requirement], owners: frozenset[str]) -> Mapping[str, Bar]:
        """Login -> why that vote serves none of the requirements."""
        needs = [need for need in required if need.min or need.code_owners]
        idle: dict[str, Bar] = {}
        for vote in self.votes if needs else ():
            bars = [self.bar(vote, need) for need in needs]
            found = [bar for bar in bars if bar is not None]
            if len(found) == len(bars) and vote.login not in owners:
                idle[vote.login] = min(found, key=lambda bar: _RANK.get(bar.code, 9))
        return idle

    def unknown_teams(self, required: Sequence[Requirement]) -> tuple[str, ...]:
        """Teams nobody can see into, of requirements that are not met without them."""
        teams = {
            team
            for need in required
            if need.have < need.min
            for team in need.teams
            if team.lower() not in self._teams
        }
        return tuple(_unknown_team(team) for team in sorted(teams))

    def unowned(self, required: Sequence[Requirement], touched: Sequence[str]) -> Owned:
        """Touched paths that lack the approval of a code owner, where one is asked for."""
        needs = [need for need in required if need.code_owners]
        if not needs or not touched:
            return Owned()
        from gate.judge.codeowners import parse_codeowners  # NOTE: few sites ask for owners

        owners = parse_codeowners(self._codeowners or "")
        if not owners.readable or not self._codeowners:
            absent = "was not read" if self._codeowners is None else "is not on the base branch"
            why = owners.problems[0] if owners.problems else f"CODEOWNERS {absent}"
            line = f"cannot tell who owns the changed files: {why}"
            return Owned(paths=_shown(touched), unknown=(line,))
        fresh = [vote for vote in self.votes if not any(self._is_too_old(vote, n) for n in needs)]
        return self._owned(owners, {vote.login.lower(): vote.login for vote in fresh}, touched)

    def _owned(
        self, codeowners: CodeOwners, voters: Mapping[str, str], touched: Sequence[str]
    ) -> Owned:
        paths: list[str] = []
        serving: set[str] = set()
        unknown: set[str] = set()
        for path in touched:
            owners = codeowners.owners(path)
            people = {login for owner in owners for login in self._members(owner)}
            found = people & voters.keys()
            serving |= found
            if owners and not found:
                paths.append(path)
                unknown.update(line for owner in owners if (line := self._unknown_owner(owner)))
        return Owned(
            paths=_shown(paths),
            voters=frozenset(voters[login] for login in serving),
            unknown=tuple(sorted(unknown)),
        )

    def _members(self, owner: str) -> frozenset[str]:
        if not owner.startswith("@"):
            return frozenset()
        name = owner[1:]
        return self._teams.get(name, frozenset()) if "/" in name else frozenset((name,))

    def _unknown_owner(self, owner: str) -> str:
        if not owner.startswith("@"):
            return f"cannot tell whose address {neutralise(owner, 80)} in CODEOWNERS is"
        name = owner[1:]
        return _unknown_team(name) if "/" in name and name not in self._teams else ""

    def _is_too_old(self, vote: CountedVote, need: Requirement) -> bool:
        if need.max_age_days is None:
            return False
        at = read_time(vote.at)
        if at is None or self._now is None:
            return True
        return self._now - at > timedelta(days=min(need.max_age_days, 100_000))


def _carried(ballot: Ballot, covered: frozenset[str]) -> tuple[CountedVote, ...]:
    """Approvals of older heads that carry over, of people who have not approved this one."""
    known = {name for vote in ballot.counted for name in (vote.login.lower(), vote.id) if name}
    carried: dict[str, CountedVote] = {}
    for vote in ballot.stale:
        login = vote.login.lower()
        if vote.sha in covered and login not in known and (not vote.id or vote.id not in known):
            carried[login] = CountedVote(
                login=vote.login,
                via=vote.via,
                at=vote.at,
                sha=vote.sha,
                id=vote.id,
                permission=vote.permission,
                carried=True,
            )
    return tuple(sorted(carried.values(), key=lambda vote: (vote.at, vote.login)))


def _ignored(
    ballot: Ballot, carried: Sequence[CountedVote], idle: Mapping[str, Bar]
) -> tuple[IgnoredVote, ...]:
    taken = {(vote.login, vote.via) for vote in carried}
    ignored = [
        vote
        for vote in ballot.ignored
        if vote.code != "other_commit" or (vote.login, vote.via) not in taken
    ]
    ignored += [
        IgnoredVote(login=vote.login, via=vote.via, code=bar.code, reason=bar.text)
        for vote in (*ballot.counted, *carried)
        if (bar := idle.get(vote.login)) is not None
    ]
    return tuple(sorted(ignored, key=lambda vote: (vote.login, vote.via, vote.code, vote.reason)))


def _unknown_team(team: str) -> str:
    return f"cannot tell who is in team {neutralise(team, 80)}: {_NO_TEAM}"


def _shown(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(neutralise(path, 1000) for path in paths))
