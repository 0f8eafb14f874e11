"""Tell environments by the site's mapping: from paths, workspaces, provider accounts and tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from gate.decode.value import Tree
from gate.pathglob import holds_directory, matches_any
from gate.pattern import pattern
from gate.schema.site import UNMAPPED, Environment

Found = frozenset[str]
"""Environments."""

NONE: Found = frozenset()
"""No environment."""

TAG_ATTRIBUTES = ("tags", "tags_all", "labels", "effective_labels", "terraform_labels")
"""Attributes that hold tags or labels; Kubernetes keeps them in `metadata.labels`."""

_IDENTIFIERS = pattern(
    r"arn:[a-z-]{3,20}:[a-z0-9-]*:[a-z0-9-]*:(\d{12}):"
    r"|(?:^|/)projects/([a-z][a-z0-9.:-]{4,80})(?:/|$)"
    r"|/subscriptions/([0-9a-fA-F-]{36})"
    r"|@([a-z][a-z0-9-]{4,80})\.iam\.gserviceaccount\.com"
)
"""Accounts inside names of resources: AWS ARN, Google self link, Azure id, service account."""


class Whereabouts(NamedTuple):
    """What is known of roots and resources besides their paths."""

    workspaces: Mapping[str, Found]
    """Root -> environments of its Terraform workspace, as its code names it."""
    providers: Mapping[str, Found]
    """Root -> environments of the accounts and default tags of its providers, as its code says."""
    planned: frozenset[str]
    """Roots whose plan says what provider each resource has."""
    resources: Mapping[tuple[str, str, str], Found]
    """`plan` or `hcl`, root, address -> environments of its account, provider and tags."""


NOWHERE = Whereabouts({}, {}, frozenset(), {})
"""Nothing is known but paths."""


class Atlas:
    """The site's mapping, prepared for look-ups; whatever fits one criterion is touched."""

    def __init__(self, environments: Mapping[str, Environment]) -> None:
        self._environments = environments
        self.is_mapped = bool(environments)
        """The site maps environments."""
        self.has_workspaces = any(item.workspaces for item in environments.values())
        """Some environment is known by a workspace."""
        self.has_accounts = any(item.accounts for item in environments.values())
        """Some environment is known by an account."""
        self.has_tags = any(item.tags for item in environments.values())
        """Some environment is known by a tag."""
        self._accounts: dict[str, set[str]] = {}
        self._tags: dict[tuple[str, str], set[str]] = {}
        for name, item in environments.items():
            for account in item.accounts:
                self._accounts.setdefault(account.lower(), set()).add(name)
            for tag, values in item.tags.items():
                for value in values:
                    self._tags.setdefault((tag, value), set()).add(name)
        self.of_path = lru_cache(maxsize=65_536)(self._of_path)
        """Environments of a changed file."""

    def name(self, found: Found) -> tuple[str, ...]:
        """What to call them: sorted, `unmapped` where none fits, empty without a mapping."""
        if not self.is_mapped:
            return ("",)
        return tuple(sorted(found)) or (UNMAPPED,)

    def of_directory(self, root: str) -> Found:
        """Environments of a root module's directory."""
        return frozenset(
            name for name, item in self._environments.items() if holds_directory(item.paths, root)
        )

    def of_workspace(self, workspace: str) -> Found:
        """Environments of a workspace's name."""
        return frozenset(
            name
            for name, item in self._environments.items()
            if matches_any(item.workspaces, workspace)
        )

    def of_workspace_prefix(self, prefix: str) -> Found:
        """Environments one of whose workspaces may begin so."""
        return frozenset(
            name
            for name, item in self._environments.items()
            if any(_may_begin(glob, prefix) for glob in item.workspaces)
        )

    def of_texts(self, texts: Iterable[str]) -> Found:
        """Environments of the accounts that texts are, or that names in them tell."""
        found: set[str] = set()
        for text in texts:
            for account in accounts_in(text):
                found |= self._accounts.get(account, set())
        return frozenset(found)

    def of_tags(self, tags: Tree) -> Found:
        """Environments of a map of tags or labels; what is no map has none."""
        if not isinstance(tags, Mapping):
            return NONE
        found: set[str] = set()
        for tag, value in tags.items():
            if isinstance(value, str):
                found |= self._tags.get((tag, value), set())
        return frozenset(found)

    def _of_path(self, path: str) -> Found:
        return frozenset(
            name for name, item in self._environments.items() if matches_any(item.paths, path)
        )


def accounts_in(text: str) -> set[str]:
    """The text itself and every account that a name in it tells, in lower case."""
    found = {text.lower()}
    for match in _IDENTIFIERS.finditer(text):
        found.update(part.lower() for part in match.groups() if part)
    return found


def strings_in(tree: Any, skipped: frozenset[str] = frozenset()) -> Iterable[str]:
    """Every text in a tree, numbers as text; keys to skip left out. Depth costs no stack."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            waiting.extend(value for key, value in node.items() if key not in skipped)
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, str):
            yield node
        elif isinstance(node, int) and not isinstance(node, bool):
            yield str(node)


def _may_begin(glob: str, prefix: str) -> bool:
    """Whether a name that the glob matches may begin with the prefix."""
    literal = glob.partition("*")[0].partition("?")[0]
    return literal.startswith(prefix) or (literal != glob and prefix.startswith(literal))
