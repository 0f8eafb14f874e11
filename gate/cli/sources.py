"""Turn the arguments of `gate check` into a source of facts."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from gate import config
from gate.errors import UsageError
from gate.pattern import pattern
from gate.schema.collected import Collected, Content, Side, SiteFolder, Source
from gate.schema.facts import Actor
from gate.schema.section import Unreadable
from gate.schema.site import PolicyFile

if TYPE_CHECKING:
    from gate.collect.github import GithubSource
    from gate.collect.plan_ahead import PlanAhead
    from gate.forge import Forge

_PULL = pattern(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#(\d{1,9})")
_NAME = pattern(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}")
_MAX_POLICY = 4_000_000


def is_event(arguments: argparse.Namespace) -> bool:
    """Whether the event of a run of Actions says what to judge."""
    env = config.environ()
    in_actions = env.get("GITHUB_ACTIONS") == "true" and bool(env.get("GITHUB_EVENT_PATH"))
    return arguments.target is None and in_actions


def open_source(arguments: argparse.Namespace, ahead: PlanAhead | None = None) -> Source:
    """The source that the target names, as a `GithubSource` where a review may be posted.

    Args:
        arguments: of the command.
        ahead: the plan of the folder that the target is, if somebody has begun to read it.

    Raises:
        UsageError: the target is none of folder, range and pull request.
    """
    return _open(arguments.target, plans_of(arguments), arguments.post, ahead)


def plans_of(arguments: argparse.Namespace) -> dict[str | None, str]:
    """Root -> plan file, of the `--plan` words."""
    return _plans(arguments.plan)


def forge_of(repository: str) -> Forge:
    """The client for a repository, with the token and the addresses of the environment.

    Raises:
        UsageError: there is no token, or it must not be sent there.
    """
    from gate.forge import Forge
    from gate.schema.forge import ForgeSettings

    env = config.environ()
    token = env.get("GITHUB_TOKEN") or env.get("GH_TOKEN") or ""
    if not token:
        raise UsageError(
            "no GitHub token", "Set GITHUB_TOKEN; reading needs contents and pull requests: read."
        )
    settings = ForgeSettings()
    if env.get("GITHUB_API_URL"):
        settings = msgspec.structs.replace(settings, api_url=env["GITHUB_API_URL"])
    if env.get("GATE_LOGIN"):
        settings = msgspec.structs.replace(settings, login=env["GATE_LOGIN"])
    return Forge(repository, token, settings)


def source_of(
    forge: Forge, number: int, plans: Mapping[str | None, str], head: str | None
) -> GithubSource:
    """A pull request on GitHub.

    Args:
        forge: the client.
        number: its number.
        plans: root -> plan file.
        head: head commit that the run was started for; `None`: whatever it is now.
    """
    from gate.collect.github import GithubSource

    workspace = config.environ().get("GITHUB_WORKSPACE") or "."
    clone = workspace if os.path.exists(os.path.join(workspace, ".git")) else None
    return GithubSource(forge, number, plans, event_head=head, clone=clone)


def with_config(source: Source, folder: str) -> Source:
    """The source, with a local folder in the place of the base branch's `.gate`."""
    return _WithConfig(source, folder)


def read_policies(folders: Sequence[str]) -> tuple[PolicyFile, ...]:
    """The files of `--policy` folders, as if they stood in `.gate/policies`."""
    return tuple(
        PolicyFile(path=path, data=data)
        for folder in folders
        for path, data in sorted(_files(folder).items())
    )


def _open(
    target: str | None, plans: Mapping[str | None, str], post: str, ahead: PlanAhead | None
) -> Source:
    pull = _PULL.fullmatch(target) if target else None
    if pull is not None and not os.path.isdir(target or ""):
        return source_of(forge_of(pull.group(1)), int(pull.group(2)), plans, None)
    if post != "none":
        raise UsageError("--post review: only a pull request on GitHub can be reviewed")
    if target is None or "..." in target:
        from gate.collect.git import GitSource

        base, _, head = (target or "").partition("...")
        return GitSource(".", base or None, head or None, plans)
    if os.path.isdir(target):
        from gate.collect.files import FolderSource

        return FolderSource(target, plans, ahead)
    raise UsageError(
        f"{target[:200]!a}: neither a folder, nor OWNER/REPO#N, nor BASE...HEAD",
        _advice(target),
    )


def _advice(target: str) -> str:
    if not _NAME.fullmatch(target):
        return "`gate check --help` shows examples."
    if ".." in target:
        return f"A range has three dots: {target.replace('..', '...', 1)}"
    return f"A branch is judged against the default branch as ...{target}"


def _plans(words: Sequence[str]) -> dict[str | None, str]:
    plans: dict[str | None, str] = {}
    for word in words:
        root, separator, path = word.partition("=")
        key = root.strip("/").removeprefix("./") if separator else None
        if key == ".":
            key = ""
        if key in plans:
            raise UsageError(f"--plan {word[:200]!a}: this root has a plan already")
        plans[key] = path if separator else word
    return plans


def _files(folder: str) -> dict[str, bytes]:
    """Every regular file below a folder, by POSIX path; links are not followed.

    Raises:
        UsageError: there is no such folder, or a file cannot be read.
    """
    if not os.path.isdir(folder):
        raise UsageError(f"{folder[:200]!a}: no such folder")
    found: dict[str, bytes] = {}
    try:
        for base, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(base, name)
                facts = os.lstat(path)
                if not stat.S_ISREG(facts.st_mode):
                    raise UsageError(f"{path[:200]!a}: not a regular file")
                if facts.st_size > _MAX_POLICY:
                    raise UsageError(f"{path[:200]!a}: larger than {_MAX_POLICY} bytes")
                with open(path, "rb") as handle:
                    found[os.path.relpath(path, folder).replace(os.sep, "/")] = handle.read()
    except OSError as error:
        raise UsageError(f"{folder[:200]!a}: {error.strerror}") from error
    return found


class _WithConfig:
    """A source whose `.gate` folder is a local one (`--config`)."""

    def __init__(self, source: Source, folder: str) -> None:
        self.inner = source
        self._folder = folder

    def collect(self) -> Collected:
        site = SiteFolder(files=_files(self._folder), ref="--config")
        return msgspec.structs.replace(self.inner.collect(), site=site)

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        return self.inner.read(paths, side)

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        return self.inner.list_directory(path, side)

    def people(self) -> tuple[Actor, ...] | None:
        return self.inner.people()

    def confirm(self) -> None:
        self.inner.confirm()
