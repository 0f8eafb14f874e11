"""Put findings, votes and next steps into the few words a reviewer reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gate.pattern import pattern
from gate.report.phrases import WHOLE_PULL, describe_vote, plural
from gate.schema.finding import Finding
from gate.schema.report import Report
from gate.schema.rule import Rule
from gate.schema.votes import Requirement
from gate.text import code_span, plain_markdown, redact

MAX_REASON = 320
"""Characters of why a rule matters."""
MAX_NAMES = 20
"""People one line of votes names."""
MAX_GAPS = 20
"""Gaps one review names."""

_EFFECT = {"block": "blocks", "approve": "needs approval", "warn": "warns", "observe": "observed"}
_AUTHORS = {
    "human": "written by a person",
    "agent": "written by an agent",
    "co-authored": "written with an agent",
    "unknown": "author not known",
}
_PLAIN_WORDS = pattern(r"[A-Za-z ,;()'-]*")
_SENTENCE = 6
"""Spaces from which on a value is a sentence of the gate's own, and reads as prose."""
_NOT_IN_THE_CHANGE = frozenset({"agents.killed", "limits.exceeded"})
"""Rules whose findings no push can mend."""
_SENTENCE_END = pattern(r"(?<=[.!?])\s")


def to_markdown(finding: Finding) -> str:
    """A finding's message with names and values from the pull request in code spans.

    The message is a template of the rule filled with values. A value of plain words (a verb, an
    attribute) reads as prose and stays prose; whatever is not a value is prose as well, and all
    prose is made harmless.
    """
    message = redact(finding.message)
    values = {finding.subject.strip()}
    values |= {
        one.strip()
        for one in finding.values.values()
        if isinstance(one, str) and not _PLAIN_WORDS.fullmatch(one) and one.count(" ") < _SENTENCE
    }
    values -= {"", WHOLE_PULL}
    if not values:
        return plain_markdown(message)
    ordered = sorted(values, key=lambda value: (-len(value), value))
    pattern = "|".join(re.escape(value) for value in ordered)
    parts = re.split(rf"(?<!\w)({pattern})(?!\w)", message)
    return "".join(
        code_span(part) if at % 2 else prose(part) for at, part in enumerate(parts) if part
    )


def prose(text: str) -> str:
    """Prose between code, made harmless; the spaces at its ends are kept."""
    core = text.strip(" ")
    if not core:
        return text
    start = text[: len(text) - len(text.lstrip(" "))]
    return start + plain_markdown(core) + text[len(text.rstrip(" ")) :]


def sentence(text: str, limit: int = MAX_REASON) -> str:
    """The first sentences of a rule's own text that fit, on one line.

    Rules come with the gate or from the base branch, so their Markdown is kept.
    """
    flat = " ".join(text.split()).replace("<!--", "")
    kept = ""
    for part in _SENTENCE_END.split(flat):
        if kept and len(kept) + len(part) >= limit:
            break
        kept = f"{kept} {part}".strip()
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def headline(report: Report, blocking: int) -> str:
    """The decision in one line."""
    missing = report.votes.missing
    people = f"{plural(missing, 'more approval')} needed"
    unowned = "" if missing > 0 or not report.votes.unowned else "a code owner's approval is needed"
    if report.decision == "error":
        return "### Gate: this change could not be judged"
    if report.decision == "block":
        parts = [plural(blocking, "finding") + " to fix"] if blocking else []
        if missing > 0 or unowned:
            parts.append(unowned or people)
        return "### Gate: blocked" + (" — " + ", ".join(parts) if parts else "")
    if missing > 0 or unowned:
        return f"### Gate: waiting for people — {unowned or people}"
    return "### Gate: waiting for people — an objection stands"


class Wording:
    """The words of one report."""

    def __init__(self, report: Report, rules: Mapping[str, Rule]) -> None:
        """Nothing is rendered yet.

        Args:
            report: the run.
            rules: id -> rule, for why it matters.
        """
        self._report = report
        self._rules = rules

    def explain(self, findings: Sequence[Finding], more: int) -> str:
        """One rule's findings at one place: what, why, what to do."""
        first = findings[0]
        parts = [f"**{to_markdown(first)}**"]
        others = [f"- {to_markdown(finding)}" for finding in findings[1:]]
        if more > 0:
            others.append(f"- … and {more} more here")
        if others:
            parts.append("\n".join(others))
        why = self._why(first)
        if why:
            parts.append(why)
        if first.remediation:
            parts.append(f"**What to do:** {sentence(first.remediation)}")
        parts.append(
            f"{code_span(first.rule, 120)} · {first.severity} · {_effect(first)}"
            f" · finding {code_span(first.id, 16)}"
        )
        return "\n\n".join(parts)

    def reason(self, finding: Finding) -> str:
        """Why it matters and what to do, on one line; empty where nothing is known."""
        why = self._why(finding)
        parts = [why] if why else []
        if finding.remediation:
            parts.append(f"**What to do:** {sentence(finding.remediation)}")
        return " ".join(parts)

    def _why(self, finding: Finding) -> str:
        rule = self._rules.get(finding.rule)
        if rule is not None:
            return sentence(rule.metadata.description)
        return plain_markdown(finding.why, MAX_REASON) if finding.why else ""

    def gaps(self) -> str:
        """What could not be looked at."""
        texts = [reason.text for reason in self._report.reasons]
        texts += [f"{gap.section}: {gap.reason}" for gap in self._report.completeness.gaps]
        known: list[str] = []
        for text in texts:
            if not any(text in one or one in text for one in known):
                known.append(text)
        lines = [f"- {plain_markdown(text)}" for text in known[:MAX_GAPS]]
        if len(known) > MAX_GAPS:
            lines.append(f"- … and {len(known) - MAX_GAPS} more: see the job summary")
        return (
            "The gate does not pass what it could not look at. Earlier blocking reviews stand.\n\n"
            + "\n".join(lines)
        )

    def votes(self) -> str:
        """Approvals asked for, given, and not counted; who could give them."""
        votes = self._report.votes
        parts = [self._override()]
        if votes.required:
            rows = ["| Approval for | People | Who |", "|---|---|---|"]
            rows += [_need_row(need) for need in votes.required]
            parts += ["\n".join(rows), " ".join(self._votes_so_far())]
            parts += [self._ignored(), self._eligible()]
        parts.append(self._labels())
        return "\n\n".join(part for part in parts if part)

    def _votes_so_far(self) -> list[str]:
        votes = self._report.votes
        counted = _names(
            [f"{code_span(vote.login, 60)} ({describe_vote(vote)})" for vote in votes.counted]
        )
        lines = [f"Counted so far: {counted or 'nobody'}."]
        if votes.objections:
            objections = _names([code_span(login, 60) for login in votes.objections])
            lines.append(f"Changes requested by {objections}.")
        if votes.unowned:
            paths = _names([code_span(path, 200) for path in votes.unowned])
            lines.append(f"A code owner has yet to approve {paths}.")
        return lines

    def _ignored(self) -> str:
        votes = self._report.votes
        rows = [
            f"- {code_span(vote.login, 60)} ({plain_markdown(vote.via, 20)}):"
            f" {plain_markdown(vote.reason, 160)}"
            for vote in votes.ignored[:MAX_NAMES]
        ]
        rows += [f"- cannot tell: {plain_markdown(text, 160)}" for text in votes.unknown[:MAX_GAPS]]
        if len(votes.ignored) > MAX_NAMES:
            rows.append(f"- and {len(votes.ignored) - MAX_NAMES} more")
        return "Not counted:\n\n" + "\n".join(rows) if rows else ""

    def _eligible(self) -> str:
        votes = self._report.votes
        if not votes.missing and not votes.unowned:
            return ""
        parts = []
        if votes.eligible:
            people = _names([code_span(login, 60) for login in votes.eligible])
            parts.append(f"Could approve: {people}.")
        if votes.eligible_note:
            note = plain_markdown(votes.eligible_note, 400)
            parts.append(f"{note[:1].upper()}{note[1:]}.")
        return " ".join(parts)

    def _labels(self) -> str:
        """Why a label that a policy may ask for is not one that counts."""
        notes = [note for note in self._report.notes if note.startswith("label ")]
        return "\n".join(f"- L{plain_markdown(note, 300)[1:]}" for note in notes[:MAX_NAMES])

    def _override(self) -> str:
        override = self._report.votes.break_glass
        if override is None:
            return ""
        people = _names([code_span(login, 60) for login in override.by]) or "nobody who may"
        if not override.in_force:
            return (
                f"**Break-glass** asked for by {people}: two maintainers without a part in this"
                " change are needed."
            )
        return (
            f"**Break-glass** by {people}: {plain_markdown(override.reason, 200)}."
            f" It must be reviewed by {code_span(override.review_by, 30)}."
        )

    def next_steps(self) -> str:
        """How to go on."""
        report = self._report
        steps = []
        if report.decision == "error":
            steps.append("Put right what could not be looked at, then push, or re-run the job.")
        if report.decision == "block" and self._blocking() - _NOT_IN_THE_CHANGE:
            steps.append("Push a fix; the gate judges every push again.")
        if report.decision != "error" and report.votes.missing > 0:
            head = ""
            if report.pull and report.votes.comments:
                head = code_span(f"/gate approve {report.pull.head}", 60)
            steps.append(
                "Approve with a review of the newest commit"
                + (f", or with a comment that begins with {head}" if head else "")
                + "; a push after it asks again."
            )
        if report.votes.objections:
            steps.append(
                "Whoever requested changes approves, or somebody without a part in this change"
                " dismisses that review."
            )
        waivable = self._waivable()
        if report.decision == "block" and waivable is not None:
            steps.append(
                "A finding that does not apply is waived on the base branch, in"
                f" `.gate/waivers.yml`, by its id (`finding: {waivable.id}`) with a reason, an"
                " owner and an end."
            )
        if report.decision != "error":
            steps.append("To judge again without a push, re-run the job.")
        lines = "\n".join(f"- {step}" for step in steps)
        is_open = " open" if report.decision == "hold" else ""
        return f"<details{is_open}><summary>How to go on</summary>\n\n{lines}\n\n</details>"

    def _blocking(self) -> set[str]:
        """Rules behind the block."""
        return {
            finding.rule
            for finding in self._report.findings
            if finding.enforcement == "block" and finding.waived_by is None
        }

    def _waivable(self) -> Finding | None:
        """The first blocking finding that a waiver could cover and none does."""
        for finding in self._report.findings:
            rule = self._rules.get(finding.rule)
            is_kept = rule is not None and rule.metadata.custom.integrity
            if finding.enforcement == "block" and finding.waived_by is None and not is_kept:
                return finding
        return None

    def footer(self) -> str:
        """What was judged, by what."""
        report = self._report
        parts = []
        if report.pull is not None:
            parts.append(f"commit {code_span(report.pull.head[:12], 12)}")
        who = report.provenance
        author = _AUTHORS[who.authorship]
        if who.agent:
            author += f" ({code_span(who.agent, 60)}, {who.confidence} evidence)"
        parts.append(author)
        if report.policy_digest:
            parts.append(f"policies {code_span(report.policy_digest[:12], 12)}")
        waived = sum(1 for finding in report.findings if finding.waived_by is not None)
        if waived:
            parts.append(f"{plural(waived, 'finding')} waived")
        return " · ".join(parts)


def _need_row(need: Requirement) -> str:
    what = code_span(need.surface, 40, table=True)
    places = [code_span(word, 40, table=True) for word in (need.environment, need.action) if word]
    if places:
        what += f" ({', '.join(places)})"
    teams = ", ".join(code_span(team, 80, table=True) for team in need.teams)
    who = [f"of {teams}" if teams else "write access, no part in this change"]
    if need.max_age_days is not None:
        who.append(f"not older than {plural(need.max_age_days, 'day')}")
    if need.code_owners:
        who.append("a code owner of each path among them")
    have = f"{need.have} of {need.min}" if need.have else str(need.min)
    return f"| {what} | {have} | {'; '.join(who)} |"


def _effect(finding: Finding) -> str:
    effect = _EFFECT[finding.enforcement]
    if finding.enforcement == "approve" and finding.surface:
        return f"{effect} (surface {code_span(finding.surface, 40)})"
    return effect


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:MAX_NAMES])
    more = len(names) - MAX_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
