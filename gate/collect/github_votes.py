"""Read from GitHub who may vote: permissions, teams and code owners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gate.collect.github_tree import TreeReader
from gate.errors import ConfigError
from gate.forge import Forge
from gate.pattern import pattern
from gate.refusal import ForgeReadError
from gate.schema.collected import SiteFolder
from gate.schema.facts import Actor, IssueComment, IssueEvent, Pull, PullFile, Review
from gate.schema.section import Absent, Gap, Unreadable
from gate.schema.site import Site
from gate.site import load_site

MAX_VOTERS = 100
"""Accounts whose permission is asked for; in a public repository anybody may review."""
MAX_TEAMS = 50
"""Teams whose members are asked for; of further ones nobody can tell who is in them."""
MAX_CODEOWNERS = 3_000_000
"""Bytes of a CODEOWNERS file; GitHub ignores a larger one."""
CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for code owners, in this order; the first one found is the one."""

_DECISIVE = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
_COMMAND = pattern(r"[ \t\r\n]{0,20}/gate(?![\w-])")
_TEAM = pattern(r"(?<![\w@/.-])@([A-Za-z0-9-]{1,60}/[A-Za-z0-9._-]{1,120})(?![\w/])")


class VoteReader:
    """Who may vote on one pull request; what cannot be told becomes a gap."""

    def __init__(self, forge: Forge, reader: TreeReader, gaps: list[Gap]) -> None:
        """Nothing is read yet.

        Args:
            forge: the client.
            reader: reads files of the base branch.
            gaps: where what could not be read is noted.
        """
        self._forge = forge
        self._reader = reader
        self._gaps = gaps

    def permissions(self, voters: Iterable[str], owners: Iterable[str]) -> dict[str, str] | None:
        """What accounts may do; `None` where GitHub would not say.

        Args:
            voters: whoever voted; one that cannot be told is a gap.
            owners: whoever answers for an agent; they are asked for while there is room, and one
                that cannot be told is left out.
        """
        asked = {login.lower(): login for login in sorted(voters)}
        if len(asked) > MAX_VOTERS:
            self._gaps.append(
                Gap(section="votes", reason=f"{len(asked)} accounts voted, over {MAX_VOTERS}")
            )
            return None
        try:
            found = {login: self._forge.permission(login) for login in sorted(asked.values())}
        except ForgeReadError as error:
            self._gaps.append(Gap(section="votes", reason=error.message))
            return None
        rest = {login.lower(): login for login in sorted(owners) if login.lower() not in asked}
        for login in sorted(rest.values())[: MAX_VOTERS - len(found)]:
            try:
                found[login] = self._forge.permission(login)
            except ForgeReadError:
                continue  # NOTE: no vote hangs on it; a rule about owners cannot tell then
        return found

    def teams(self, slugs: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Members of teams; one that the token cannot see is left out, never empty.

        Raises:
            ForgeReadError: GitHub did not answer.
        """
        wanted = list(dict.fromkeys(slugs))[:MAX_TEAMS]
        members = {slug: self._forge.team_members(slug) for slug in wanted}
        return {slug: logins for slug, logins in members.items() if logins is not None}

    def codeowners(self, base: str) -> str | None:
        """Text of the base branch's CODEOWNERS file; empty: there is none; `None`: unreadable.

        Args:
            base: commit of the base branch.
        """
        for path in CODEOWNERS:
            content = self._reader.listed(base, path, MAX_CODEOWNERS)
            if isinstance(content, Absent):
                continue
            if isinstance(content, Unreadable):
                self._gaps.append(Gap(section="votes", reason=content.reason))
                return None
            return content.decode("utf-8", "replace")
        return ""


def voters(
    pull: Pull,
    reviews: Sequence[Review],
    comments: Sequence[IssueComment],
    events: Sequence[IssueEvent],
) -> set[str]:
    """People with a decisive review or a command, or who set a label or dismissed a review.

    Of labels only those that are there now matter.
    """
    labels = {label.name for label in pull.labels}
    actors: list[Actor | None] = [review.user for review in reviews if review.state in _DECISIVE]
    actors += [comment.user for comment in comments if _COMMAND.match(comment.body or "")]
    for event in events:
        is_label = event.event == "labeled" and event.label is not None
        if event.event == "review_dismissed" or (
            is_label and event.label is not None and event.label.name in labels
        ):
            actors.append(event.actor)
    return {actor.login for actor in actors if actor is not None and actor.type == "User"}


def site_of(folder: SiteFolder | None) -> Site:
    """The site's word as far as reading goes: a broken one asks for nothing.

    Whoever judges meets the same error and reports it.
    """
    try:
        return load_site(folder)
    except ConfigError:
        return Site(present=False)


def owners_of(site: Site) -> set[str]:
    """Owner and backup of every registered agent."""
    return {
        login
        for record in site.agents or ()
        for login in (record.owner.human, record.owner.backup)
        if login
    }


def teams_of(site: Site, codeowners: str | None) -> list[str]:
    """Teams that a vote may have to come from, those of the site first."""
    named = {team for rule in site.config.approvals.values() for team in rule.teams}
    named |= {team for row in site.config.matrix for team in row.teams}
    owning = []
    if codeowners and asks_for_owners(site):
        # NOTE: the last match wins there, so the last lines matter most
        owning = [found for line in reversed(codeowners.splitlines()) for found in _owners_in(line)]
    return [*sorted(named), *owning]


def asks_for_owners(site: Site) -> bool:
    """Whether any requirement may ask for a code owner."""
    return any(row.code_owners for row in site.config.matrix)


def touches_owners(files: Sequence[PullFile] | None) -> bool:
    """Whether a change touches a CODEOWNERS file, or nobody knows yet what it touches."""
    if files is None:
        return True
    names = {name for file in files for name in (file.filename, file.previous_filename)}
    return not names.isdisjoint(CODEOWNERS)


def _owners_in(line: str) -> list[str]:
    return _TEAM.findall(line.partition("#")[0])
