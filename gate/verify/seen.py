"""Collect all that the doctor's questions are about, each thing read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from gate.errors import ConfigError, DecodeError
from gate.evaluate.catalogue import bundled_rules
from gate.forge_settings import SettingsReader, Unread
from gate.judge.enforcement import check_without_engine
from gate.refusal import ForgeReadError
from gate.schema.agents import AgentRecord
from gate.schema.collected import SiteFolder
from gate.schema.facts import Actor
from gate.schema.settings import (
    BranchAnswer,
    Collaborator,
    OwnersErrors,
    RepositoryAnswer,
    TokenSettings,
    WorkflowState,
)
from gate.schema.site import ApprovalRule, MatrixRow, Site, SiteConfig
from gate.site import load_site
from gate.text import neutralise
from gate.verify.gate_jobs import GateJob, WorkflowFile, read_workflow
from gate.verify.layers import Layer, read_classic, read_rules
from gate.verify.tree import BranchFiles, TreeWalk

MAX_TEAMS = 30
"""Teams that are read."""
MAX_RULESETS = 30
"""Rulesets that are read."""
BASE_EVENTS = ("pull_request", "pull_request_review", "merge_group")
"""Events that run the copy of a workflow that lies on the pull request's own base, as merged; every
other event runs that of the default branch."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as far as the token shows it."""

    repository: RepositoryAnswer
    """The repository."""
    branch: str
    """The branch that pull requests go into."""
    tip: str
    """Its tip; empty: not readable."""
    layers: tuple[Layer, ...]
    """What rulesets and branch protection demand."""
    token: TokenSettings | Unread
    """What Actions' own token may do."""
    states: tuple[WorkflowState, ...] | Unread
    """Which workflows are switched on."""
    files: BranchFiles
    """Files of the tip."""
    workflows: tuple[WorkflowFile, ...]
    """Workflows that could be read."""
    broken: tuple[str, ...]
    """Why others could not be."""
    owners_errors: OwnersErrors | Unread | None
    """What GitHub does not understand in CODEOWNERS."""
    collaborators: tuple[Collaborator, ...] | Unread
    """Who has access."""
    site: Site | Unread
    """The site's word; `Unread`: broken or not readable."""
    agents: tuple[AgentRecord, ...]
    """Registered agents."""
    teams: Mapping[str, tuple[Actor, ...] | Unread]
    """Teams that must approve or own code."""

    @property
    def jobs(self) -> tuple[GateJob, ...]:
        """Jobs that run the gate."""
        return tuple(job for workflow in self.workflows for job in workflow.jobs)


def look(reader: SettingsReader, branch: str | None, action: str) -> Seen:
    """Read everything.

    Args:
        reader: the repository's settings.
        branch: the branch that pull requests go into; `None`: the default branch.
        action: `owner/name[/path]` of the gate's action; empty: known by its name.

    Raises:
        ForgeReadError: the repository cannot be read, or has no such branch.
    """
    repository = reader.repository()
    name = branch or repository.default_branch
    found = reader.branch(name)
    if isinstance(found, Unread) and found.status == 404:
        raise ForgeReadError(
            f"{neutralise(repository.full_name, 100)} has no branch {neutralise(name, 100)}",
            "Name one with --branch.",
            404,
        )
    files = _files(reader, found)
    workflows, broken = _workflows(files.workflows, repository.full_name, action)
    if name != repository.default_branch:
        default = reader.branch(repository.default_branch)
        contents = default if isinstance(default, Unread) else _walk(reader, default).workflows()
        others, more = _workflows(contents, repository.full_name, action)
        workflows, broken = _joined(workflows, others), broken + more
        if isinstance(contents, Unread):
            # NOTE: half of what starts the gate is unknown, so nothing is said of the other half
            workflows, files = (), msgspec.structs.replace(files, workflows=contents)
    site, agents = _site(files)
    return Seen(
        repository=repository,
        branch=name,
        tip="" if isinstance(found, Unread) else found.commit.sha,
        layers=_layers(reader, name, found),
        token=reader.token_settings(),
        states=reader.workflow_states(),
        files=files,
        workflows=workflows,
        broken=broken,
        owners_errors=reader.owners_errors(name),
        collaborators=reader.collaborators(),
        site=site,
        agents=agents,
        teams=_teams(reader, site, files),
    )


def _files(reader: SettingsReader, found: BranchAnswer | Unread) -> BranchFiles:
    if isinstance(found, Unread):
        return BranchFiles(workflows=found, site=found, owners=found)
    return _walk(reader, found).read()


def _walk(reader: SettingsReader, found: BranchAnswer) -> TreeWalk:
    return TreeWalk(reader, found.commit.sha)


def _layers(reader: SettingsReader, name: str, found: BranchAnswer | Unread) -> tuple[Layer, ...]:
    rules = reader.rules(name)
    numbers = () if isinstance(rules, Unread) else sorted({rule.ruleset_id for rule in rules} - {0})
    rulesets = {number: reader.ruleset(number) for number in numbers[:MAX_RULESETS]}
    classic = True if isinstance(found, Unread) else found.protection.enabled
    protection = reader.protection(name) if classic else None
    return read_rules(rules, rulesets) + read_classic(found, protection)


def _workflows(
    contents: Mapping[str, bytes | Unread] | Unread, repository: str, action: str
) -> tuple[tuple[WorkflowFile, ...], tuple[str, ...]]:
    if isinstance(contents, Unread):
        return (), (contents.reason,)
    found: list[WorkflowFile] = []
    broken: list[str] = []
    for path, content in contents.items():
        if isinstance(content, Unread):
            broken.append(content.reason)
            continue
        try:
            found.append(read_workflow(path, content, repository, action))
        except DecodeError as error:
            broken.append(error.message)
    return tuple(found), tuple(broken)


def _joined(
    base: tuple[WorkflowFile, ...], default: tuple[WorkflowFile, ...]
) -> tuple[WorkflowFile, ...]:
    """The workflows that pull requests into a branch start: each event runs one branch's copy."""
    return tuple(
        [_only(one, lambda event: event in BASE_EVENTS) for one in base]
        + [_only(one, lambda event: event not in BASE_EVENTS) for one in default]
    )


def _only(file: WorkflowFile, keep: Callable[[str], bool]) -> WorkflowFile:
    kept = tuple(trigger for trigger in file.triggers if keep(trigger.event))
    jobs = tuple(msgspec.structs.replace(job, triggers=kept) for job in file.jobs if kept)
    return msgspec.structs.replace(file, triggers=kept, jobs=jobs)


def _site(files: BranchFiles) -> tuple[Site | Unread, tuple[AgentRecord, ...]]:
    if isinstance(files.site, Unread):
        return files.site, ()
    if files.site is None:
        return load_site(None), ()
    try:
        site = load_site(SiteFolder(files=files.site, ref="branch"))
        check_without_engine(site, bundled_rules())
    except ConfigError as error:
        return Unread(reason=error.message), ()
    return site, site.agents or ()


def _teams(
    reader: SettingsReader, site: Site | Unread, files: BranchFiles
) -> dict[str, tuple[Actor, ...] | Unread]:
    from gate.verify.owners import owning_teams

    owners = files.owners if isinstance(files.owners, bytes) else b""
    names = sorted({*needed_teams(site), *owning_teams(owners)})
    return {
        name: reader.team(name)
        if at < MAX_TEAMS
        else Unread(reason=f"more than {MAX_TEAMS} teams are named")
        for at, name in enumerate(names)
    }


def needed_teams(site: Site | Unread) -> Iterator[str]:
    """The teams that `.gate/gate.yml` wants approvals from."""
    if isinstance(site, Unread):
        return
    for rule in approval_rules(site.config):
        yield from rule.teams


def approval_rules(config: SiteConfig) -> Iterator[ApprovalRule | MatrixRow]:
    """Everything in `.gate/gate.yml` that asks for approvals."""
    yield from config.approvals.values()
    yield from config.matrix
