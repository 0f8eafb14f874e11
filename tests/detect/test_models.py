"""Names of models: as far as they are known, and not a word further."""

from __future__ import annotations

import time

import pytest

from gate.detect.models import known_model, read_version


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


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("claude-opus-4-5-20251101", "20251101"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "20250929"),
        ("claude-opus-4@20250514", "20250514"),
        ("gpt-4o-2024-08-06", "2024-08-06"),
        ("gpt-4-0613", "0613"),
        ("gemini-1.5-pro-002", "002"),
        ("gemini-2.5-pro-preview-05-06", "05-06"),
        ("mistral-large-2411", "2411"),
        ("Claude Sonnet 4.5", "4.5"),
        ("Claude Fable 5", "5"),
        ("claude-opus-4-8-max", "4-8"),
        ("gpt-5.1-codex-max", "5.1"),
        ("GPT-5 Codex", "5"),
        ("gpt-4o-mini", "4o"),
        ("o3-mini", "3"),
        ("Kimi K2", "2"),
        ("qwen3-coder-480b", "3"),
        ("llama-3.1-70b-instruct", "3.1"),
        ("deepseek-v3.1", "3.1"),
        ("claude-3-7-sonnet-latest", None),
        ("claude-sonnet-latest", None),
        ("claude", None),
        ("codex", None),
    ],
)
def test_read_version_finds_the_snapshot_or_the_number(model: str, version: str | None) -> None:
    assert known_model(model) == model
    assert read_version(model) == version
    assert version is None or version in model
