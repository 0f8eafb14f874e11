"""Gather the policies and the site's folder that were in force at each decision."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gate import __version__
from gate.audit.evidence.documents import document
from gate.audit.reading import Told
from gate.errors import GateError
from gate.schema.bodies import DecisionBody
from gate.schema.collected import SiteFolder

if TYPE_CHECKING:
    from gate.evaluate.policies import Policies

BUNDLED = "policies/bundled"
"""Folder of the gate's own policies."""
NO_CLONE = "no clone was given (--clone DIR), so that the base commit could not be read"
"""Why the site's folder of a decision is not there."""


def gather(judged: Sequence[tuple[Told, DecisionBody]], clone: str | None) -> dict[str, bytes]:
    """Path -> content: bundled policies, each state of the site's folder once, and an index.

    The index says for each decision which they were, and whether the digest that the decision
    names follows from them; a decision of another version of the gate had other bundled policies.

    Args:
        judged: the decisions of the period.
        clone: a clone of the repository; `.gate` is read from the base commit of each decision.

    Raises:
        EvaluateError: the bundled policies cannot be read.
    """
    from gate.evaluate.policies import load_bundled

    bundled = load_bundled()
    files = _bundled(bundled.root)
    found = _Found(clone)
    rows = [_row(one, body, found, bundled) for one, body in judged]
    for digest, folder in found.folders.items():
        content = {path: base64.b64encode(data).decode() for path, data in folder.files.items()}
        files[f"site/{digest}.json"] = document({"commit": folder.ref, "files": content})
    index = {"bundled": {"digest": bundled.digest, "tool": __version__}, "decisions": rows}
    files["policies.json"] = document(index)
    return files


class _Found:
    """The states of the site's folder that were looked at."""

    def __init__(self, clone: str | None) -> None:
        self._clone = clone
        self._commits: dict[str, tuple[SiteFolder | None, str]] = {}
        self.folders: dict[str, SiteFolder] = {}
        """Digest -> folder."""

    def look(self, body: DecisionBody) -> tuple[SiteFolder | None, str, str]:
        """The folder of a decision, its digest, and why it is not there."""
        from gate.site import digest_of

        folder, why = self._read(body)
        if folder is None:
            return None, "", why
        digest = digest_of(folder)
        self.folders.setdefault(digest, folder)
        return folder, digest, ""

    def _read(self, body: DecisionBody) -> tuple[SiteFolder | None, str]:
        if self._clone is None:
            return None, NO_CLONE
        base = body.pull.base if body.pull else ""
        if base not in self._commits:
            self._commits[base] = _at_commit(self._clone, base)
        return self._commits[base]


def _at_commit(clone: str, commit: str) -> tuple[SiteFolder | None, str]:
    from gate.collect.git import GitSource

    if not commit:
        return None, "the decision names no base commit"
    try:
        folder = GitSource(clone, commit, commit).collect().site
    except GateError as error:
        return None, error.message
    return folder, "" if folder else "there was no .gate folder: the defaults held"


def _row(one: Told, body: DecisionBody, found: _Found, bundled: Policies) -> dict[str, Any]:
    folder, digest, why = found.look(body)
    return {
        "entry": one.name,
        "at": one.entry.at,
        "policy_digest": body.policy_digest,
        "site": digest,
        "why": why,
        "confirmed": _digest_with(bundled, folder) == body.policy_digest,
    }


def _digest_with(bundled: Policies, folder: SiteFolder | None) -> str:
    from gate.evaluate.evaluation import policy_digest
    from gate.site import load_site

    try:
        return policy_digest(bundled, load_site(folder))
    except GateError:
        return ""


def _bundled(root: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for folder, names, leaves in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for leaf in leaves:
            if leaf.startswith(".") or leaf.endswith("_test.rego"):
                continue
            path = os.path.join(folder, leaf)
            with open(path, "rb") as handle:
                shown = os.path.relpath(path, root).replace(os.sep, "/")
                files[f"{BUNDLED}/{shown}"] = handle.read()
    return files
