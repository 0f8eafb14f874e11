"""Read the model that a trailer discloses.

Display names drift; the shapes are those seen: `Claude Opus 4.8 (1M context)`,
`aider (openai/gpt-5)`, `Cursor (GPT-5.6 Sol)`, `GPT-5 Codex`, `Crush:<model>`,
`<model> via Crush`, `OpenHands-<model>`, `AI-Model: <model>`.
"""

from __future__ import annotations

import re

from gate.detect.models import known_model
from gate.detect.rows import PERSON_KEYS
from gate.pattern import pattern

_MODEL_KEYS = frozenset({"ai-model", "model", "opencode-model"})
_BARE_NAMES = frozenset({"opencode", "opencode-agent", "claude", "claude code", "sisyphus"})
_PARENTHESES = pattern(r"\(([^()]{2,80})\)")
_CLAUDE = pattern(r"\bclaude (?:[a-z]{3,12} \d[\d.]*|\d[\d.]* [a-z]{3,12})", re.IGNORECASE)
_GPT = pattern(r"\bgpt[- ]?\d[\w.-]*(?: codex)?", re.IGNORECASE)
_HANDS = pattern(r"openhands-(\S{2,60})", re.IGNORECASE)
_VIA = pattern(r"([^<]{2,80}?) via \w", re.IGNORECASE)
_SHARE = pattern(r"\((?:[\w-]{1,20}/)?([\w.-]{2,60})=\d")
_COLON = pattern(r"[\w. +-]{1,60}:([\w./+-]{2,80})")


def names_model(key: str, value: str) -> bool:
    """Whether a trailer is there to name a model, known or not."""
    return key in _MODEL_KEYS or (key in PERSON_KEYS and _COLON.match(value) is not None)


def read_model(key: str, value: str, agent: str) -> str | None:
    """The model that a trailer discloses, or `None`.

    Args:
        key: the trailer's key, lower case.
        value: its value.
        agent: id of the agent that it names.
    """
    if key in _MODEL_KEYS:
        return known_model(value)
    if key == "claude-generated-by":
        share = _SHARE.search(value)
        return known_model(share[1]) if share else None
    if key == "agent-signature":
        return known_model(value.partition(" on behalf of ")[0])
    if key not in PERSON_KEYS:
        return None
    name = value.partition("<")[0].strip()[:200]
    if agent == "opencode" and name.lower() not in _BARE_NAMES:
        return known_model(name)
    for shape in (_VIA, _HANDS):
        match = shape.match(name)
        if match is not None:
            return known_model(match[1])
    if key != "co-authored-by":
        match = _COLON.match(name)
        if match is not None:
            return known_model(match[1])
    return _read_name(name)


def _read_name(name: str) -> str | None:
    for inside in _PARENTHESES.findall(name):
        if "context" not in inside.lower() and any(char.isdigit() for char in inside):
            return known_model(inside)
    for shape in (_CLAUDE, _GPT):
        match = shape.search(name)
        if match is not None:
            return known_model(match[0])
    return None
