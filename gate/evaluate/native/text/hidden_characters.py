"""text.hidden_characters: the change adds characters that a reviewer does not see or misreads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from gate.evaluate.scan.added_text import AddedText
from gate.evaluate.scan.plain import is_plain, is_plain_name
from gate.schema.changes import FileChange, Hunk
from gate.schema.finding import Location, RawFinding
from gate.schema.native import NativeInput
from gate.schema.rule import RelatedResource, RuleCustom, RuleMetadata

if TYPE_CHECKING:
    from gate.evaluate.scan.hidden import Oddity, Place

METADATA = RuleMetadata(
    title="The change adds hidden characters",
    description=(
        "Invisible, reordering or look-alike characters in added lines, paths, the title, the "
        "description or commit messages. They make what runs, or what an agent reads, differ from "
        "what a reviewer sees (Trojan Source, rules-file backdoors, smuggled tag characters). "
        "Ordinary uses are left alone: emoji, right-to-left and joining scripts, units."
    ),
    custom=RuleCustom(
        severity="high",
        enforcement="block",
        needs=("changes",),
        message="{subject} contains a {title}: {character}, {count} on this line",
        remediation=(
            "Delete the character, or write it as an escape sequence where the program needs it."
        ),
    ),
    related_resources=(
        RelatedResource(
            ref="https://trojansource.codes/",
            description="Trojan Source: invisible vulnerabilities",
        ),
        RelatedResource(
            ref="https://www.unicode.org/reports/tr36/",
            description="Unicode security considerations",
        ),
    ),
)

MAX_ODDITIES = 100_000
"""Characters looked at in one hunk; what has more is reported as such, and blocks."""
MAX_PER_KIND = 20
"""Lines reported of one class and weight in one file."""
_PROSE = (".md", ".mdx", ".markdown", ".rst", ".adoc", ".txt", ".po", ".srt", ".vtt", ".csv")


class _Text(NamedTuple):
    """A decoded text with what a finding says of it."""

    subject: str
    path: str
    text: str
    place: Place
    at_file_start: bool = False


def find(subject: NativeInput) -> Iterator[RawFinding]:
    """Every line of the pull request with hidden characters.

    Args:
        subject: the pull request.
    """
    read_by_machines = {
        change.path for change in subject.input.changes if change.kind != "other" or change.surfaces
    }
    for change in subject.changes.files:
        if not (is_plain_name(change.path) and is_plain_name(change.previous_path or "")):
            yield from _in_path(change)
        if change.status == "removed":
            continue
        hunks = [hunk for hunk in change.hunks if not is_plain(hunk.body)]
        if hunks:
            yield from _in_hunks(change.path, hunks, change.path in read_by_machines)
    pull = subject.facts.pull
    texts = [("pull request title", pull.title), ("pull request description", pull.body or "")]
    texts += [(f"commit {one.sha[:12]}", one.commit.message) for one in subject.facts.commits]
    for name, text in texts:
        yield from _in_words(_Text(name, "", text.replace("\r\n", "\n"), "message"))


def _in_path(change: FileChange) -> Iterator[RawFinding]:
    for path in (change.path, change.previous_path or ""):
        text = _Text(change.path, change.path, path, "code")
        for found, count in _by_class(text):
            yield _finding(text, found, None, count, f"path {found.kind}")


def _in_hunks(path: str, hunks: Sequence[Hunk], read_by_machines: bool) -> Iterator[RawFinding]:
    is_prose = path.lower().endswith(_PROSE) and not read_by_machines
    place: Place = "prose" if is_prose else "code"
    ordinals: Counter[tuple[str, str]] = Counter()
    for added in map(AddedText, hunks):
        if is_plain(added.text):
            continue
        decoded = _without_plain_lines(added.text).decode("utf-8", "surrogateescape")
        starts = added.line_number(0) == 1
        text = _Text(path, path, decoded, place, starts)
        for index, found, count in _by_line(text):
            key = (found.kind, found.weight)
            ordinals[key] += 1
            if ordinals[key] <= MAX_PER_KIND:
                evidence = f"{found.kind} {found.weight} #{ordinals[key]}"
                yield _finding(text, found, added.line_number(index), count, evidence)


def _without_plain_lines(text: bytes) -> bytes:
    """The text with its plain lines emptied, so that only the others are decoded and read."""
    return b"\n".join([b"" if is_plain(line) else line for line in text.split(b"\n")])


def _in_words(text: _Text) -> Iterator[RawFinding]:
    """The title, the description, a commit message: one finding per class."""
    for found, count in _by_class(text):
        yield _finding(text, found, None, count, f"{found.kind} {found.weight}")


def _by_line(text: _Text) -> Iterator[tuple[int, Oddity, int]]:
    """Index of the line, its first character of a class and weight, and how many there are."""
    lines: dict[tuple[int, str, str], tuple[Oddity, int]] = {}
    index = position = 0
    oddities = _oddities(text)
    for found in sorted(islice(oddities, MAX_ODDITIES), key=lambda oddity: oddity.at):
        index += text.text.count("\n", position, found.at)
        position = found.at
        key = (index, found.kind, found.weight)
        first, count = lines.get(key, (found, 0))
        lines[key] = (first, count + 1)
    for (line, _, _), (found, count) in lines.items():
        yield line, found, count
    if next(oddities, None) is not None:
        flood = found._replace(kind="too_many", weight="block")
        yield index, flood, MAX_ODDITIES


def _by_class(text: _Text) -> Iterator[tuple[Oddity, int]]:
    """The first character of each class and weight, and how many there are."""
    found: dict[tuple[str, str], tuple[Oddity, int]] = {}
    for oddity in _oddities(text):
        first, count = found.get((oddity.kind, oddity.weight), (oddity, 0))
        found[oddity.kind, oddity.weight] = (first, count + 1)
    yield from found.values()


def _oddities(text: _Text) -> Iterator[Oddity]:
    """The module of hidden characters is imported once there is one: it costs 10 ms."""
    if not is_plain(text.text.encode("utf-8", "surrogatepass")):
        from gate.evaluate.scan.hidden import find_oddities

        yield from find_oddities(text.text, text.place, at_file_start=text.at_file_start)


def _finding(text: _Text, found: Oddity, line: int | None, count: int, evidence: str) -> RawFinding:
    from gate.evaluate.scan.hidden import TITLES, name_of

    return RawFinding(
        rule="text.hidden_characters",
        subject=text.subject,
        at=Location(path=text.path, line=line) if text.path else None,
        values={
            "title": TITLES[found.kind],
            "character": name_of(found.code),
            "count": count,
        },
        evidence=evidence,
        enforcement=None if found.weight == "block" else found.weight,
    )
