"""Trailers: where they stand, whom they name, which model they disclose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.detect import trailers
from gate.detect.agents import known_agents
from gate.detect.trailers import Trace, Trailer

CLAUDE = "Co-Authored-By: Claude <noreply@anthropic.com>"


def read_trailers(message: str) -> tuple[Trailer, ...]:
    return trailers.read_trailers(message, known_agents())


def read_traces(found: tuple[Trailer, ...], where: str, kind: str) -> list[Trace]:
    return list(trailers.read_traces(found, where, kind, known_agents()))


def read_people(found: tuple[Trailer, ...]) -> list[tuple[str, str]]:
    return list(trailers.read_people(found, known_agents()))


def trace(message: str) -> list[tuple[str, str, str | None]]:
    found = read_traces(read_trailers(message), "commit a", "trailer")
    return [(t.signal.agent, t.signal.strength, t.model) for t in found]


@pytest.mark.parametrize(
    ("line", "agent", "strength", "model"),
    [
        (CLAUDE, "claude-code", "strong", None),
        (
            "Co-Authored-By: Claude Opus 4.8 (1M context) <noreply@anthropic.com>",
            "claude-code",
            "strong",
            "Claude Opus 4.8",
        ),
        (
            "Co-authored-by: Claude Sonnet 5 <noreply@anthropic.com>",
            "claude-code",
            "strong",
            "Claude Sonnet 5",
        ),
        ("Claude-Session: https://claude.ai/code/session_01", "claude-code", "strong", None),
        (
            "Claude-Generated-By: Claude Code (cli/claude-opus-4-5=100%)",
            "claude-code",
            "strong",
            "claude-opus-4-5",
        ),
        ("Assisted-by: Claude:claude-sonnet-5", "claude-code", "strong", "claude-sonnet-5"),
        ("Generated-by: Claude Code", "claude-code", "strong", None),
        (
            "Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
            "copilot-cli",
            "strong",
            None,
        ),
        (
            "Co-authored-by: copilot-swe-agent[bot] <198982749+Copilot@users.noreply.github.com>",
            "copilot-agent",
            "medium",
            None,
        ),
        (
            "Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>",
            "copilot-review",
            "weak",
            None,
        ),
        (
            "Co-authored-by: Copilot Autofix powered by AI "
            "<175728472+Copilot@users.noreply.github.com>",
            "copilot-autofix",
            "strong",
            None,
        ),
        ("Co-authored-by: Copilot <copilot@github.com>", "copilot-vscode", "medium", None),
        ("Copilot-Session: 01234567-89ab-cdef-0123-456789abcdef", "copilot-cli", "strong", None),
        ("Co-authored-by: Codex (GPT-5.4) <noreply@openai.com>", "codex-cli", "strong", "GPT-5.4"),
        ("Co-authored-by: GPT-5 Codex <codex@openai.com>", "codex-cli", "strong", "GPT-5 Codex"),
        (
            "Co-authored-by: Cursor (GPT-5.6 Sol) <cursoragent@cursor.com>",
            "cursor-agent",
            "strong",
            "GPT-5.6 Sol",
        ),
        ("Made-with: Cursor", "cursor-agent", "strong", None),
        (
            "Co-authored-by: aider (openai/gpt-5) <aider@aider.chat>",
            "aider",
            "strong",
            "openai/gpt-5",
        ),
        ("Co-authored-by: Amp <amp@ampcode.com>", "amp", "strong", None),
        ("Amp-Thread-ID: https://ampcode.com/threads/T-0a", "amp", "strong", None),
        ("Assisted-by: Crush:glm-5", "crush", "strong", "glm-5"),
        ("Assisted-by: Kimi K2 via Crush <crush@charm.land>", "crush", "strong", "Kimi K2"),
        ("Co-authored-by: GLM-5.3 <noreply@opencode.ai>", "opencode", "strong", "GLM-5.3"),
        ("OpenCode-Model: x-ai/grok-4.5", "opencode", "strong", "x-ai/grok-4.5"),
        ("Co-authored-by: openhands <openhands@all-hands.dev>", "openhands", "medium", None),
        (
            "Co-authored-by: OpenHands-GPT-5 <openhands@all-hands.dev>",
            "openhands",
            "medium",
            "GPT-5",
        ),
        ("Co-authored-by: Roo Code <roomote@roocode.com>", "roo", "strong", None),
        ("Co-Authored-By: Oz <oz-agent@warp.dev>", "warp-oz", "strong", None),
        (
            "Co-authored-by: gemini-cli[bot] <218312386+gemini-cli[bot]@users.noreply.github.com>",
            "gemini-cli",
            "medium",
            None,
        ),
        (
            "Co-authored-by: Antigravity CLI (Gemini 3.8 Flash) <noreply@google.com>",
            "antigravity",
            "medium",
            "Gemini 3.8 Flash",
        ),
        ("Replit-Commit-Author: Agent", "replit-agent", "strong", None),
        ("Executed-By: gastown/polecats/nux", "gas-town", "strong", None),
        (
            "Agent-Signature: claude-opus-4-8-max on behalf of Ann",
            "gas-town",
            "strong",
            "claude-opus-4-8-max",
        ),
        (
            "Co-authored-by: factory-droid[bot] "
            "<138933559+factory-droid[bot]@users.noreply.github.com>",
            "factory-droid",
            "strong",
            None,
        ),
        (
            "Co-authored-by: coderabbitai[bot] "
            "<136622811+coderabbitai[bot]@users.noreply.github.com>",
            "coderabbit",
            "weak",
            None,
        ),
        (
            "Assisted-by: internal-agent:some-model-3",
            "generic-disclosure",
            "medium",
            None,
        ),
        ("AI-Model: mistral-large-3", "generic-disclosure", "medium", "mistral-large-3"),
        ("Ai-assisted: true", "generic-disclosure", "medium", None),
        ("Agent-Logs-Url: https://github.com/o/r/sessions/x", "generic-disclosure", "medium", None),
        (
            "Generated-by: GitHub Copilot (GPT-5.3-Codex)",
            "generic-disclosure",
            "medium",
            "GPT-5.3-Codex",
        ),
        ("Generated-by: protoc", "generic-disclosure", "weak", None),
        ("Co-authored-by: Grok 4", "grok", "medium", None),
        ("Co-authored-by: Augment Agent <x@augmentcode.com>", "augment", "medium", None),
        ("Co-authored-by: aider (gpt-5) <aider@aider.dev>", "aider", "strong", "gpt-5"),
    ],
)
def test_read_traces_names_agent_and_model(line, agent, strength, model) -> None:
    assert trace(f"Fix it\n\nBecause.\n\n{line}\n") == [(agent, strength, model)]


@pytest.mark.parametrize(
    "line",
    [
        "Assisted-by: Jay Satiro",
        "Assisted-by: Claude Dupont <claude.dupont@example.test>",
        "Assisted-by: AGENT_NAME:MODEL_VERSION",
        "Co-authored-by: Claude Monet <claude@gmail.com>",
        "Co-authored-by: Grok Smith <grok@example.test>",
        "Co-authored-by: Ann <ann@anthropic.com>",
        "Co-authored-by: Claude <noreply@anthropic.co>",
        "Reported-by: Copilot",
        "Replit-Commit-Author: Deployment",
        "Co-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
        "Co-authored-by: gemini-cli-robot <gemini-cli-robot@google.com>",
        "Signed-off-by: Alice <alice@acme.test>",
    ],
)
def test_read_traces_takes_no_person_for_an_agent(line) -> None:
    assert trace(f"Fix it\n\n{line}") == []


@pytest.mark.parametrize(
    ("message", "strength"),
    [
        (f"Fix\n\n{CLAUDE}", "strong"),
        (f"Fix\n\n{CLAUDE}\n\n\n", "strong"),
        (f"Fix\r\n\r\n{CLAUDE}\r\n", "strong"),
        (f"Fix\n{CLAUDE}", "strong"),
        (f"Fix\n\nSigned-off-by: A <a@b.test>\n{CLAUDE}", "strong"),
        (f"Fix\n\n---------\n\n{CLAUDE}", "strong"),
        (f"* one\n\n{CLAUDE}\n\n* two\n\nMore text.", "medium"),
        (f"Document trailers\n\nWrite this:\n{CLAUDE}\nand so on.\n\nThat is all.", "weak"),
        (f"Document trailers\n\n```\n{CLAUDE}\n```", "weak"),
        (f"Document trailers\n\n~~~text\n\n{CLAUDE}\n\n~~~\n\nEnd.", "weak"),
        (CLAUDE.replace(":", "\uff1a", 1).join(["Fix\n\n", ""]), "strong"),
    ],
)
def test_read_traces_weighs_where_a_trailer_stands(message, strength) -> None:
    assert [found[1] for found in trace(message)] == [strength]


@pytest.mark.parametrize("indent", ["    ", "\t", "> ", "  ", "- ", "> > "])
def test_read_traces_weighs_indented_and_quoted_lines_little(indent) -> None:
    assert trace(f"Teach\n\n{indent}{CLAUDE}") == [("claude-code", "weak", None)]


def test_read_trailers_reads_the_tail_of_a_huge_message() -> None:
    assert trace("x\n" * 200_000 + "\n" + CLAUDE) == [("claude-code", "strong", None)]


def test_read_people_leaves_agents_and_bots_out() -> None:
    message = (
        f"Fix\n\n{CLAUDE}\nCo-authored-by: Ann <ann@acme.test>\n"
        "Co-authored-by: x[bot] <1+x[bot]@users.noreply.github.com>\n"
    )
    assert list(read_people(read_trailers(message))) == [("Ann", "ann@acme.test")]


@given(st.text(max_size=400))
def test_read_trailers_never_raises(message) -> None:
    for found in read_traces(read_trailers(message), "commit a", "trailer"):
        assert found.signal.value.isprintable()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("Co-Authored-By: word42 <noreply@anthropic.com>", "co-authored-by: noreply@anthropic.com"),
        (
            "Co-authored-by: word42 <223556219+word42@users.noreply.github.com>",
            "co-authored-by: 223556219+…@users.noreply.github.com",
        ),
        (
            "Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com> word42",
            "co-authored-by: 223556219+copilot@users.noreply.github.com",
        ),
        ("Assisted-by: Claude:word42", "assisted-by: claude-code"),
        ("AI-Model: word42", "ai-model: generic-disclosure"),
        ("Claude-Session: https://claude.ai/code/session_word42", "claude-session: claude-code"),
    ],
)
def test_read_traces_shows_nothing_but_what_is_known_of_a_trailer(line, value) -> None:
    (found,) = read_traces(read_trailers(f"Fix\n\n{line}"), "commit a", "trailer")
    assert found.signal.value == value
    assert found.model is None
