"""Read a repository's settings: every question answered, or the reason why it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import msgspec

from gate.forge import PER_PAGE, Forge
from gate.refusal import ForgeReadError
from gate.schema.facts import Actor
from gate.schema.forge import Tree
from gate.schema.settings import (
    BranchAnswer,
    BranchRule,
    ClassicProtection,
    Collaborator,
    OwnersErrors,
    RepositoryAnswer,
    RulesetAnswer,
    TokenSettings,
    WorkflowState,
    WorkflowStates,
)
from gate.text import neutralise

T = TypeVar("T")


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """Why a setting is not known."""

    status: int = 0
    """HTTP status; 0 where there was no usable answer."""
    permission: str = ""
    """What the token would need, `administration=read`; empty where it is no matter of rights."""
    reason: str
    """What came back; one line, neutralised."""
    is_failure: bool = False
    """GitHub failed or answered something else: asking again may help."""


class SettingsReader:
    """The settings of one repository, each asked once; after a rate limit nothing more is asked."""

    def __init__(self, forge: Forge) -> None:
        """Nothing is read yet."""
        self._forge = forge
        self.calls = 0
        """Questions that went to GitHub; a listing of several pages is one."""
        self._stopped: Unread | None = None

    def repository(self) -> RepositoryAnswer:
        """The repository itself.

        Raises:
            ForgeReadError: without it nothing can be said.
        """
        self.calls += 1
        return self._forge.get(self._forge.root, "the repository", RepositoryAnswer)

    def branch(self, branch: str) -> BranchAnswer | Unread:
        """A branch, its tip, and classic protection in short."""
        path = f"{self._forge.root}/branches/{quote(branch, safe='')}"
        return self._read(
            lambda: self._forge.get(path, f"the branch {neutralise(branch, 100)}", BranchAnswer),
            "contents=read",
        )

    def rules(self, branch: str) -> tuple[BranchRule, ...] | Unread:
        """Active rules of every ruleset that applies to a branch."""
        path = f"{self._forge.root}/rules/branches/{quote(branch, safe='')}"
        return self._read(
            lambda: self._forge.list(path, "the rules of the branch", BranchRule), "metadata=read"
        )

    def ruleset(self, number: int) -> RulesetAnswer | Unread:
        """A ruleset, of the organisation too; its bypass list is shown only to its keepers."""
        path = f"{self._forge.root}/rulesets/{number}"
        return self._read(
            lambda: self._forge.get(
                path, f"the ruleset {number}", RulesetAnswer, {"includes_parents": "true"}
            ),
            "metadata=read",
        )

    def protection(self, branch: str) -> ClassicProtection | Unread | None:
        """Classic protection of a branch; `None`: there is none."""
        path = f"{self._forge.root}/branches/{quote(branch, safe='')}/protection"
        found = self._read(
            lambda: self._forge.get(path, "the branch protection", ClassicProtection),
            "administration=read",
        )
        # NOTE: a token that may not look gets a plain 404 "Not Found"
        if isinstance(found, Unread) and found.status == 404 and "not protected" in found.reason:
            return None
        return found

    def token_settings(self) -> TokenSettings | Unread:
        """What Actions' own token may do by default."""
        path = f"{self._forge.root}/actions/permissions/workflow"
        return self._read(
            lambda: self._forge.get(path, "the settings of Actions", TokenSettings),
            "administration=read",
        )

    def workflow_states(self) -> tuple[WorkflowState, ...] | Unread:
        """Which workflows are switched on; more than one page is not known."""
        path = f"{self._forge.root}/actions/workflows"

        def ask() -> tuple[WorkflowState, ...]:
            found = self._forge.get(path, "the workflows", WorkflowStates, {"per_page": PER_PAGE})
            if found.total_count > len(found.workflows):
                raise ForgeReadError(f"the workflows: more than {PER_PAGE}")
            return found.workflows

        return self._read(ask, "actions=read")

    def owners_errors(self, branch: str) -> OwnersErrors | Unread | None:
        """What GitHub does not understand in CODEOWNERS; `None`: there is no such file."""
        path = f"{self._forge.root}/codeowners/errors"
        found = self._read(
            lambda: self._forge.get(
                path, "the errors of CODEOWNERS", OwnersErrors, {"ref": branch}
            ),
            "contents=read",
        )
        return None if isinstance(found, Unread) and found.status == 404 else found

    def collaborators(self) -> tuple[Collaborator, ...] | Unread:
        """Everybody with access."""
        path = f"{self._forge.root}/collaborators"
        return self._read(
            lambda: self._forge.list(path, "the collaborators", Collaborator),
            "metadata=read, of an account with write access",
        )

    def team(self, slug: str) -> tuple[Actor, ...] | Unread:
        """Members of a team; 404 is a team that is not there, or that the token may not see."""
        org, _, name = slug.partition("/")
        path = f"/orgs/{quote(org, safe='')}/teams/{quote(name, safe='')}/members"
        return self._read(
            lambda: self._forge.list(path, f"the team {neutralise(slug, 100)}", Actor),
            "members=read",
        )

    def tree(self, sha: str) -> Tree | Unread:
        """One level of a tree."""
        return self._read(lambda: self._forge.tree(sha), "contents=read")

    def blob(self, sha: str, what: str) -> bytes | Unread:
        """The bytes of a file; `what` names it in the reason why not."""
        found = self._read(lambda: self._forge.blob(sha), "contents=read")
        if isinstance(found, Unread):
            return msgspec.structs.replace(found, reason=f"{what}: {found.reason}")
        return found

    def _read(self, ask: Callable[[], T], permission: str) -> T | Unread:
        if self._stopped is not None:
            return self._stopped
        self.calls += 1
        try:
            return ask()
        except ForgeReadError as error:
            if error.is_denied:
                return Unread(
                    status=error.status,
                    permission=error.permissions or permission,
                    reason=f"{error.status} {error.detail}".strip(),
                )
            failure = Unread(status=error.status, reason=error.message, is_failure=True)
            if error.status in (401, 403, 404, 429):
                # NOTE: every further question would wait for the limit and be refused as well
                self._stopped = failure
            return failure
