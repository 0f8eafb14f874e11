"""Render the review of a blocked, held or unjudged pull request; nothing is posted here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

import msgspec

from gate.pattern import pattern
from gate.report.anchors import Anchors, Place
from gate.report.phrases import is_approved
from gate.report.wording import Wording, headline, to_markdown
from gate.schema.changes import Changes
from gate.schema.finding import Finding
from gate.schema.report import Report
from gate.schema.rule import Rule
from gate.text import code_span

MAX_BODY = 60_000
"""Characters of a body; GitHub refuses more than 65,536."""
MAX_COMMENT = 8_000
"""Characters of one inline comment."""
MAX_COMMENTS = 30
"""Inline comments; more than 32 have been seen to fail (github.com/reviewdog caps at 30 too)."""
MAX_PER_COMMENT = 5
"""Findings one inline comment spells out."""

MARKER = pattern(
    r"<!-- gate:v1 head=([0-9a-f]{40,64}) digest=([0-9a-f]{16})"
    r" decision=(block|hold|error|superseded) -->\s*\Z"
)
"""The end of every review of the gate; trusted only in reviews of our own account."""

_REPOSITORY = pattern(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\Z")
_SHA = pattern(r"[0-9a-f]{40,64}\Z")


class InlineComment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One comment on lines of the diff, in the names of GitHub's REST API."""

    path: str
    """Path."""
    body: str
    """Markdown."""
    line: int
    """Last line."""
    side: Literal["RIGHT", "LEFT"]
    """RIGHT: numbered at the head; LEFT: numbered before."""
    start_line: int | None = None
    """First line of several."""
    start_side: Literal["RIGHT", "LEFT"] | None = None
    """Its side."""


class ReviewDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A review ready to be posted."""

    event: Literal["REQUEST_CHANGES", "COMMENT"]
    """What it asks for."""
    body: str
    """Markdown, ending in the marker."""
    comments: tuple[InlineComment, ...] = ()
    """Inline comments."""
    fallback: str
    """Body that says everything itself, for when GitHub refuses the inline comments."""
    head: str
    """Commit that was judged."""
    digest: str
    """16 hex digits over what was decided, to tell a repetition."""
    decision: Literal["block", "hold", "error"]
    """The decision."""


def marker(head: str, digest: str, decision: str) -> str:
    """The hidden last line of a review."""
    return f"<!-- gate:v1 head={head} digest={digest} decision={decision} -->"


def render_review(
    report: Report,
    changes: Changes,
    rules: Sequence[Rule] = (),
    server: str = "https://github.com",
) -> ReviewDraft | None:
    """The review that a decision asks for.

    Args:
        report: the run.
        changes: the decoded diff, to know which lines can carry a comment.
        rules: the catalogue, for why a rule matters; may be empty.
        server: root of GitHub's pages, for links to lines at the judged commit.

    Returns:
        The draft; `None` for pass and warn, under `observe`, and where no commit was judged.
    """
    pull = report.pull
    if report.decision == "pass" or report.decision == "warn" or report.observe:
        return None
    if pull is None or not _SHA.match(pull.head):
        return None
    body = _Body(report, Anchors(changes), {rule.id: rule for rule in rules}, server)
    digest = _digest(report)
    last = "\n\n" + marker(pull.head, digest, report.decision)
    comments = body.comments() if report.decision != "error" else ()
    return ReviewDraft(
        event="COMMENT" if report.decision == "error" else "REQUEST_CHANGES",
        body=body.text(MAX_BODY - len(last), is_inline=bool(comments)) + last,
        comments=comments,
        fallback=body.text(MAX_BODY - len(last), is_inline=False) + last,
        head=pull.head,
        digest=digest,
        decision=report.decision,
    )


def _digest(report: Report) -> str:
    """What was decided, without what changes from run to run: votes are edited in, not reposted."""
    content = [
        report.decision,
        report.policy_digest,
        sorted([finding.id, finding.enforcement] for finding in _active(report)),
        [reason.text for reason in report.reasons] if report.decision == "error" else [],
    ]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]


def _active(report: Report) -> list[Finding]:
    return [
        finding
        for finding in report.findings
        if finding.waived_by is None and finding.enforcement != "observe"
    ]


class _Body:
    """The parts of one review, at the length that fits."""

    def __init__(
        self, report: Report, anchors: Anchors, rules: dict[str, Rule], server: str
    ) -> None:
        self._report = report
        self._words = Wording(report, rules)
        self._server = server.rstrip("/")
        active = _active(report)
        self._blocking = [one for one in active if one.enforcement == "block"]
        self._held = [one for one in active if one.enforcement == "approve"]
        self._warned = [one for one in active if one.enforcement == "warn"]
        self._places: dict[Place, list[Finding]] = {}
        asked = [] if is_approved(report) else self._held
        for finding in self._blocking + asked:
            place = anchors.find(finding.at)
            if place is not None and (place in self._places or len(self._places) < MAX_COMMENTS):
                self._places.setdefault(place, []).append(finding)
        self._inline = {one.id for found in self._places.values() for one in found}

    def comments(self) -> tuple[InlineComment, ...]:
        """One comment per place, worst first."""
        return tuple(
            InlineComment(
                path=place.path,
                body=self._comment(found),
                line=place.line,
                side=place.side,
                start_line=place.start_line,
                start_side=place.side if place.start_line is not None else None,
            )
            for place, found in self._places.items()
        )

    def _comment(self, found: list[Finding]) -> str:
        by_rule: dict[str, list[Finding]] = {}
        for finding in found:
            by_rule.setdefault(finding.rule, []).append(finding)
        parts = [
            self._words.explain(findings[:MAX_PER_COMMENT], len(findings) - MAX_PER_COMMENT)
            for findings in list(by_rule.values())[:MAX_PER_COMMENT]
        ]
        more = len(by_rule) - MAX_PER_COMMENT
        if more > 0:
            parts.append(f"… and {more} more here: the review's own text names them.")
        text = "\n\n---\n\n".join(parts)
        if len(text) <= MAX_COMMENT:
            return text
        lines = [f"- {to_markdown(finding)}" for finding in found]
        return _cut(lines, MAX_COMMENT, "here")

    def text(self, limit: int, *, is_inline: bool) -> str:
        """The body: in full, then without warnings, then without explanations, then cut."""
        for with_warnings, with_reasons in ((True, True), (False, True), (False, False)):
            text = self._assemble(is_inline, with_warnings, with_reasons)
            if len(text) <= limit:
                return text
        frame = self._frame()
        room = limit - len("\n\n".join(frame)) - 100
        lines = [f"- {self._entry(one, linked=False)}" for one in self._blocking + self._held]
        listed = _cut(lines, room, "in the JSON report", len(self._blocking))
        return "\n\n".join([*frame[:1], listed, *frame[1:]])

    def _assemble(self, is_inline: bool, with_warnings: bool, with_reasons: bool) -> str:
        head, *rest = self._frame()
        parts = [head]
        is_done = is_approved(self._report)
        asked = "Approved" if is_done else "Needs approval"
        told: set[str] = set()
        for title, found in (("To fix", self._blocking), (asked, self._held)):
            if found:
                explain = with_reasons and not (is_done and found is self._held)
                entries = [self._item(one, is_inline, explain, told) for one in found]
                parts.append(f"#### {title}\n\n" + "\n".join(entries))
        if self._warned:
            lines = "\n".join(f"- {self._entry(one)}" for one in self._warned)
            parts.append(
                f"<details><summary>{len(self._warned)} more to look at, nothing blocks on"
                f" {'it' if len(self._warned) == 1 else 'them'}</summary>\n\n{lines}\n\n</details>"
                if with_warnings
                else f"{len(self._warned)} warnings stand in the job summary."
            )
        return "\n\n".join(parts + rest)

    def _frame(self) -> list[str]:
        """Headline (with the reason of an error) first, then what stays whatever is cut."""
        first = headline(self._report, len(self._blocking))
        if self._report.decision == "error":
            first = f"{first}\n\n{self._words.gaps()}"
        parts = [first, self._words.votes(), self._words.next_steps(), self._words.footer()]
        return [part for part in parts if part]

    def _item(self, finding: Finding, is_inline: bool, with_reasons: bool, told: set[str]) -> str:
        """One finding, with why it matters where no comment and no line above said it."""
        entry = f"- {self._entry(finding)}"
        if is_inline and finding.id in self._inline:
            told.add(finding.rule)
            return entry
        if not with_reasons or finding.rule in told:
            return entry
        told.add(finding.rule)
        reason = self._words.reason(finding)
        return f"{entry}\n  {reason}" if reason else entry

    def _entry(self, finding: Finding, *, linked: bool = True) -> str:
        """One line: what, where, and the rule."""
        where = self._where(finding, linked)
        rule = code_span(finding.rule, 120)
        return f"{to_markdown(finding)}{f' — {where}' if where else ''} · {rule}"

    def _where(self, finding: Finding, linked: bool) -> str:
        at, pull = finding.at, self._report.pull
        if at is None or not at.path:
            return ""
        lines = "" if at.line is None else f":{at.line}"
        label = code_span(f"{at.path}{lines}")
        if at.side == "LEFT" or pull is None or not _REPOSITORY.match(pull.repo):
            return f"{label} (removed)" if at.side == "LEFT" else label
        if not linked:
            return label
        link = f"{self._server}/{pull.repo}/blob/{pull.head}/{quote(at.path)}"
        if at.line is not None:
            link += f"#L{at.line}"
            if at.end_line is not None and at.end_line > at.line:
                link += f"-L{at.end_line}"
        return f"[{label}]({link})"


def _cut(lines: list[str], limit: int, where: str, blocking: int = 0) -> str:
    """As many lines as fit, and how many are left out.

    Args:
        lines: worst first.
        limit: characters.
        where: where all of them stand.
        blocking: how many of the lines, from the first, are findings that block.
    """
    kept: list[str] = []
    room = limit - 110
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            more = f"- … and {len(lines) - len(kept)} more findings"
            if blocking > len(kept):
                more += f", of which {blocking - len(kept)} block"
            kept.append(f"{more}: see all {where}")
            break
        kept.append(line)
    return "\n".join(kept)
