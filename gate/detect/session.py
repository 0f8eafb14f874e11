"""Read which session an agent discloses, what it was asked, and how sure it says it is.

Shapes: the session trailers and links of Claude Code, Copilot, Amp, Devin, Kiro, Replit, Cursor,
Jules and Codex as their pull requests show them. Every one of them is the author's own word: it is
written down, and decides nothing.
"""

from __future__ import annotations

import re

from gate.pattern import pattern
from gate.schema.facts import PullFacts
from gate.schema.provenance import Testimony

MAX_PROMPT = 65_536
"""Characters of a prompt that are kept."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = (
    rf"(?:[Tt]-|bc-)?{_UUID}|[0-9a-f]{{32}}|\d{{10,24}}|task_[a-z]_[0-9a-f]{{32,64}}"
    r"|session_01[0-9A-Za-z]{20,26}"
)
"""An id is what a program made up: UUID, hex, digits, or 01 and base 62 as of Claude Code. Words
of the author's choice are none."""

_TRAILER = pattern(
    r"^(?:Claude-Session|Copilot-Session|Amp-Thread(?:-ID)?|Agent-Logs-Url|Agent-Session"
    r"|Replit-Commit-Session-Id):[ \t]{0,8}(?:https://[a-z.]{3,40}/[\w./-]{0,120}?/)?"
    rf"({_ID})[ \t]*$",
    re.MULTILINE,
)
_LINK = pattern(
    r"https://(?:claude\.ai/code/|app\.devin\.ai/sessions/|app\.kiro\.dev/session/"
    r"|chatgpt\.com/codex/tasks/|jules\.google\.com/task/|cursor\.com/agents/"
    rf"|github\.com/[\w.-]{{1,40}}/[\w.-]{{1,100}}/sessions/)({_ID})(?![\w-])"
)
_PROMPT = pattern(
    r"<!-- START (?:COPILOT )?ORIGINAL PROMPT -->(.{1,65536}?)<!-- END", re.DOTALL | re.IGNORECASE
)
_PROMPT_LINE = pattern(r"^Prompt:[ \t]{0,8}(\S.{0,4000})$", re.MULTILINE | re.IGNORECASE)
_CONFIDENCE = pattern(
    r"^(?:AI-)?Confidence:[ \t]{0,8}(high|medium|low|0?\.\d{1,4}|1\.0|\d{1,3} ?%)[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)


def read_testimony(facts: PullFacts) -> Testimony:
    """What the description and the commit messages say, the description first."""
    texts = [(facts.pull.body or "")[:MAX_PROMPT]]
    texts += [commit.commit.message[-4096:] for commit in facts.commits[-250:]]
    return Testimony(
        session=_first(_TRAILER, texts) or _first(_LINK, texts),
        prompt=_first(_PROMPT, texts) or _first(_PROMPT_LINE, texts),
        confidence=_first(_CONFIDENCE, texts),
    )


def _first(shape: re.Pattern[str], texts: list[str]) -> str | None:
    found = next((match for match in map(shape.search, texts) if match is not None), None)
    return found[1].strip() if found is not None else None
