"""Names of models: as far as they are known, and not a word further."""

from __future__ import annotations

import time

import pytest

from gate.detect.models import known_model


@pytest.mark.parametrize(
    "name",
    [
        "claude-opus-4-5-20251101",
        "Claude Sonnet 4.5",
        "claude-3-7-sonnet-latest",
        "anthropic/claude-sonnet-4-5",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "gpt-5.1-codex-max",
        "gpt-4o-mini",
        "o3-mini",
        "o4",
        "gemini-2.5-pro",
        "openrouter/deepseek/deepseek-r1",
        "qwen3-coder-480b",
        "kimi-k2-thinking",
        "grok-code-fast-1",
        "composer-1",
    ],
)
def test_known_model_keeps_a_whole_name(name: str) -> None:
    assert known_model(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("claude-opus-4-8 word42", "claude-opus-4-8"),
        ("word42 gpt-5", "gpt-5"),
        ("claude-word42", "claude"),
        ("Copilot (model: Claude Opus 4.8 word42)", "Claude Opus 4.8"),
        ("word42", None),
        ("claudeword42", None),
        ("", None),
        ("MODEL_VERSION", None),
    ],
)
def test_known_model_ends_at_the_first_word_that_is_not_known(text: str, name: str | None) -> None:
    assert known_model(text) == name


def test_known_model_reads_a_flood_in_little_time() -> None:
    start = time.perf_counter()
    for flood in ("claude-" * 100_000, "openai/" * 100_000, "gpt 5 " * 100_000):
        known_model(flood)
    assert time.perf_counter() - start < 0.5
