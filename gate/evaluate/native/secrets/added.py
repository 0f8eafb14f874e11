"""secrets.added: the change adds a secret, in a file, its name, or the words around the change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gate.evaluate.scan.added_text import AddedText, added_texts
from gate.evaluate.scan.secret_files import (
    is_env_file,
    is_sample_path,
    may_name_secret,
    secret_file,
    takes_bare_values,
)
from gate.evaluate.scan.secrets import Secret, find_secrets, may_hold_secrets
from gate.schema.changes import FileChange, Hunk
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

_PUBLIC = (b"-----BEGIN CERTIFICATE", b"PUBLIC KEY")
"""What the text of a certificate or of a public key holds."""
MAX_PER_KIND = 50
"""Findings of one kind in one file; one already blocks, and a report has to stay readable."""


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
    for change in subject.changes.files:
        if change.status == "removed":
            continue
        hunks = [hunk for hunk in change.hunks if may_hold_secrets(hunk.body)]
        if hunks:
            yield from _in_hunks(change.path, hunks)
        if change.status != "mode" and may_name_secret(change.path):
            yield from _by_name(change)
    yield from _in_text(subject)


def _in_hunks(path: str, hunks: Sequence[Hunk]) -> Iterator[RawFinding]:
    place = _Place(path, path, is_sample_path(path))
    bare = takes_bare_values(path) or is_env_file(path)
    counts: Counter[str] = Counter()
    for added in map(AddedText, hunks):
        for secret in find_secrets(added.text, bare=bare):
            counts[secret.kind] += 1
            if counts[secret.kind] <= MAX_PER_KIND:
                yield _finding(place, secret, counts[secret.kind], added)


def _by_name(change: FileChange) -> Iterator[RawFinding]:
    """A file whose name says it; a rename that adds nothing counts only where the name is new."""
    holds_text = holds_public = False
    for added in added_texts(change):
        holds_text = True
        holds_public = holds_public or any(mark in added.text for mark in _PUBLIC)
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
        enforcement="warn" if is_sample_path(change.path) else None,
    )


def _in_text(subject: NativeInput) -> Iterator[RawFinding]:
    pull = subject.facts.pull
    texts = [("pull request title", pull.title), ("pull request description", pull.body or "")]
    texts += [(f"commit {one.sha[:12]}", one.commit.message) for one in subject.facts.commits]
    for name, text in texts:
        counts: Counter[str] = Counter()
        encoded = text.encode("utf-8", "surrogatepass")
        for secret in find_secrets(encoded, bare=True):
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
