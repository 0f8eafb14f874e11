"""Ask whether there are people who can approve, and agents that somebody answers for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gate.account import is_app_login
from gate.detect.accounts import is_agent
from gate.forge_settings import Unread
from gate.judge.matrix import DEFAULT_APPROVALS
from gate.schema.facts import Actor
from gate.schema.settings import Collaborator
from gate.schema.site import SiteConfig
from gate.text import neutralise
from gate.verify.questions import Reply, cannot_tell, say_no, say_yes
from gate.verify.seen import Seen, approval_rules, needed_teams

_WRITERS = ("admin", "maintain", "write")


def ask_people(seen: Seen) -> Iterator[Reply]:
    """Everything about people and teams."""
    yield _enough(seen)
    yield _teams(seen)
    yield _team_members(seen)
    yield _agent_owners(seen)


def machines(actors: Iterable[Actor], seen: Seen) -> tuple[str, ...]:
    """The accounts that are no people: bots, agents of the table or registry, machine accounts."""
    own = {login.lower() for agent in seen.agents for login in agent.identities.logins}
    if not isinstance(seen.site, Unread):
        own |= {login.lower() for login in seen.site.config.voting.machine_accounts}
    return tuple(
        actor.login
        for actor in actors
        if actor.type == "Bot"
        or is_app_login(actor.login)
        or actor.login.lower() in own
        or is_agent(actor)
    )


def may_write(who: Collaborator) -> bool:
    """Whether somebody's vote would count for its permission."""
    return who.role_name in _WRITERS or bool(who.permissions and who.permissions.push)


def highest_min(config: SiteConfig) -> tuple[int, str]:
    """The most people that any change of an agent may need, with the surface that asks for them."""
    rules = {**DEFAULT_APPROVALS, **config.approvals}
    asked = [(rule.min, surface) for surface, rule in rules.items()]
    asked += [(row.min, ", ".join(row.surfaces)) for row in config.matrix]
    return max(asked)


def _enough(seen: Seen) -> Reply:
    here = "people.enough"
    if isinstance(seen.collaborators, Unread):
        return _unread(here, seen.collaborators)
    writers = [
        Actor(login=who.login, id=who.id, type=who.type)
        for who in seen.collaborators
        if may_write(who)
    ]
    barred = set(machines(writers, seen))
    names = sorted(actor.login for actor in writers if actor.login not in barred)
    shown = ", ".join(neutralise(name, 40) for name in names[:5])
    shown += f" and {len(names) - 5} more" if len(names) > 5 else ""
    if not names:
        return say_no(here, "nobody may: there is no person with write access")
    if len(names) == 1:
        return say_no(here, f"only {shown} has write access")
    config = SiteConfig() if isinstance(seen.site, Unread) else seen.site.config
    need, surface = highest_min(config)
    if len(names) <= need:
        return say_no(
            here,
            f"{len(names)} people have write access ({shown}), and {neutralise(surface, 80)} needs"
            f" {need} besides whoever asked for the change",
        )
    return say_yes(here, f"{len(names)}: {shown}")


def _teams(seen: Seen) -> Reply:
    here = "people.teams"
    if isinstance(seen.site, Unread):
        return cannot_tell(here, "the .gate folder is not readable or broken")
    named = sorted(set(needed_teams(seen.site)))
    if not named:
        return say_yes(here, "no team is named in .gate/gate.yml")
    counts = _counts(seen)
    for name in named:
        members = seen.teams[name]
        shown = neutralise(name, 80)
        if isinstance(members, Unread):
            hint = "; or there is no such team" if members.status == 404 else ""
            return cannot_tell(
                here,
                f"{shown}: {members.reason}{hint}",
                members.permission,
                is_failure=members.is_failure,
            )
        people = len(members) - len(machines(members, seen))
        if people < max(counts.get(name, 1), 1):
            return say_no(
                here,
                f"{shown} has {people} {'person' if people == 1 else 'people'},"
                f" {max(counts.get(name, 1), 1)} needed",
            )
    return say_yes(here, ", ".join(neutralise(name, 80) for name in named))


def _counts(seen: Seen) -> dict[str, int]:
    """Team -> how many of its people some row asks for, where it is the only team of the row."""
    found: dict[str, int] = {}
    if isinstance(seen.site, Unread):
        return found
    for rule in approval_rules(seen.site.config):
        if len(rule.teams) == 1:
            found[rule.teams[0]] = max(found.get(rule.teams[0], 0), rule.min)
    return found


def _team_members(seen: Seen) -> Reply:
    here = "people.team_members"
    if not seen.teams:
        return say_yes(here, "no team is named")
    guilty = [
        f"{neutralise(login, 40)} in {neutralise(name, 80)}"
        for name, members in sorted(seen.teams.items())
        if not isinstance(members, Unread)
        for login in machines(members, seen)
    ]
    if guilty:
        return say_no(here, ", ".join(guilty[:5]))
    unread = next((one for one in seen.teams.values() if isinstance(one, Unread)), None)
    if unread is not None:
        return _unread(here, unread)
    return say_yes(here, "they are")


def _agent_owners(seen: Seen) -> Reply:
    here = "people.agent_owners"
    if isinstance(seen.site, Unread):
        return cannot_tell(here, "the .gate folder is not readable or broken")
    agents = [agent for agent in seen.agents if agent.state != "decommissioned"]
    if not agents:
        return say_yes(here, "no agent is registered")
    if isinstance(seen.collaborators, Unread):
        return _unread(here, seen.collaborators)
    present = {who.login.lower() for who in seen.collaborators}
    gone = [
        f"{neutralise(agent.owner.human, 40)} (owner of {neutralise(agent.id, 60)})"
        for agent in agents
        if agent.owner.human.lower() not in present
    ]
    if gone:
        return say_no(here, f"no longer here: {', '.join(gone[:5])}")
    return say_yes(here, f"owners of {len(agents)} agents have access")


def _unread(here: str, unread: Unread) -> Reply:
    return cannot_tell(here, unread.reason, unread.permission, is_failure=unread.is_failure)
