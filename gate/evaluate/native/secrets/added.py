"""secrets.added: the change adds a secret, in a file, its name, or the words around the change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from gate.evaluate.scan.added_text import AddedText, added_texts
from gate.evaluate.scan.secret_files import (
    is_env_file,
    is_sample_path,
    secret_file,
    takes_bare_values,
)
from gate.evaluate.scan.secrets import Secret, find_secrets
from gate.schema.changes import FileChange
from gate.schema.finding import Enforcement, Location, RawFinding
from gate.schema.native import NativeInput
from gate.schema.rule import RelatedResource, RuleCustom, RuleMetadata

METADATA = RuleMetadata(
    title="The change adds a secret",
    description=(
        "A key, token, password or private key in added lines, by the name of an added file, in "
        "the title or description, or in a commit message. Removing it in a later commit does not "
        "help: it stays in the history and in every clone. The value is never shown, nor anything "
        "computed from it."
    ),
    custom=RuleCustom(
        severity="critical",
        enforcement="block",
        surface="secrets",
        needs=("changes",),
        message="{subject} adds a secret: {title} (number {ordinal} of this kind here)",
        remediation=(
            "Revoke or rotate it now, read it from a secret store or from the environment, and "
            "remove it from the branch's history."
        ),
    ),
    related_resources=(
        RelatedResource(
            ref="https://docs.github.com/en/code-security/secret-scanning",
            description="What GitHub itself looks for",
        ),
    ),
)

MAX_PER_KIND = 50
"""Findings of one kind in one file; one already blocks, and a report has to stay readable."""


SMALL_BYTES = 50_000
"""A change of up to this size, with"""
SMALL_HUNKS = 60
"""up to so many hunks, is read without the expression for all keywords: see `keywords_in`."""


class _Place(NamedTuple):
    """Where secrets are looked for."""

    subject: str
    path: str
    is_sample: bool


def find(subject: NativeInput) -> Iterator[RawFinding]:
    """Every secret that the pull request adds.

    Args:
        subject: the pull request.
    """
    hunks = [hunk for change in subject.changes.files for hunk in change.hunks]
    small = len(hunks) <= SMALL_HUNKS and sum(len(hunk.body) for hunk in hunks) <= SMALL_BYTES
    for change in subject.changes.files:
        if change.status == "removed":
            continue
        yield from _in_file(change, small)
    yield from _in_text(subject, small)


def _in_file(change: FileChange, small: bool) -> Iterator[RawFinding]:
    place = _Place(change.path, change.path, is_sample_path(change.path))
    bare = takes_bare_values(change.path) or is_env_file(change.path)
    counts: Counter[str] = Counter()
    public = False
    texts = 0
    for added in added_texts(change):
        texts += 1
        public = public or b"-----BEGIN CERTIFICATE" in added.text or b"PUBLIC KEY" in added.text
        for secret in find_secrets(added.text, bare=bare, small=small):
            counts[secret.kind] += 1
            if counts[secret.kind] <= MAX_PER_KIND:
                yield _finding(place, secret, counts[secret.kind], added)
    if change.status != "mode":
        yield from _by_name(change, place, texts > 0, public)


def _by_name(
    change: FileChange, place: _Place, holds_text: bool, holds_public: bool
) -> Iterator[RawFinding]:
    """A file whose name says it; a rename that adds nothing counts only where the name is new."""
    adds = holds_text or change.binary or change.status in ("added", "copied", "renamed")
    words = secret_file(change.path, holds_text=holds_text, holds_public=holds_public)
    if not words or not adds:
        return
    yield RawFinding(
        rule="secrets.added",
        subject=change.path,
        at=Location(path=change.path),
        values={"title": f"file that holds a secret by its name, {words}", "ordinal": 1},
        evidence="secret_file #1",
        enforcement="warn" if place.is_sample else None,
    )


def _in_text(subject: NativeInput, small: bool) -> Iterator[RawFinding]:
    pull = subject.facts.pull
    texts = [("pull request title", pull.title), ("pull request description", pull.body or "")]
    texts += [(f"commit {one.sha[:12]}", one.commit.message) for one in subject.facts.commits]
    for name, text in texts:
        counts: Counter[str] = Counter()
        encoded = text.encode("utf-8", "surrogatepass")
        for secret in find_secrets(encoded, bare=True, small=small):
            counts[secret.kind] += 1
            if counts[secret.kind] <= MAX_PER_KIND:
                yield _finding(_Place(name, "", False), secret, counts[secret.kind], None)


def _finding(place: _Place, secret: Secret, ordinal: int, added: AddedText | None) -> RawFinding:
    lowered: Enforcement | None = "warn" if secret.is_generic and place.is_sample else None
    at = None
    if added is not None:
        line = added.line_at(secret.start)
        last = added.line_at(max(secret.start, secret.end - 1))
        at = Location(path=place.path, line=line, end_line=last if last > line else None)
    return RawFinding(
        rule="secrets.added",
        subject=place.subject,
        at=at,
        values={"title": secret.title, "ordinal": ordinal},
        evidence=f"{secret.kind} #{ordinal}",
        enforcement=lowered,
    )
