"""What an agent says of its own work: session, prompt, confidence."""

from __future__ import annotations

import msgspec
import pytest

from gate.detect.session import read_testimony
from gate.schema.facts import PullFacts
from gate.schema.provenance import Testimony


def facts(body: str = "", message: str = "Change it") -> PullFacts:
    return msgspec.convert(
        {
            "pull": {
                "number": 1,
                "body": body,
                "base": {"ref": "main", "sha": "b" * 40},
                "head": {"ref": "topic", "sha": "a" * 40},
            },
            "commits": [{"sha": "a" * 40, "commit": {"message": message}}],
        },
        PullFacts,
    )


UUID = "0b0e2d0a-1111-4222-8333-444455556666"
CLAUDE = "session_01ABCdefGHIjklMNOpqrSTUv"


@pytest.mark.parametrize(
    ("message", "session"),
    [
        (f"Fix\n\nClaude-Session: https://claude.ai/code/{CLAUDE}", CLAUDE),
        (f"Fix\n\nCopilot-Session: {UUID}", UUID),
        (f"Fix\n\nAmp-Thread: https://ampcode.com/threads/T-{UUID}", f"T-{UUID}"),
        (f"Fix\n\nAgent-Logs-Url: https://github.com/o/r/sessions/{UUID}", UUID),
        (f"Fix\n\nReplit-Commit-Session-Id: {UUID}", UUID),
        ("Fix\n\nClaude-Session: short", None),
        ("Fix\n\nClaude-Session: https://claude.ai/code/session_a-word-of-the-author", None),
        ("Fix\n\nClaude-Session: ghp_a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2", None),
        ("Fix\n\nClaude-Session: https://claude.ai/code/x?y=<script>alert(1)", None),
        ("Nothing here", None),
    ],
)
def test_session_is_read_off_trailers(message: str, session: str | None) -> None:
    assert read_testimony(facts(message=message)).session == session


@pytest.mark.parametrize(
    ("body", "session"),
    [
        ("Link: https://app.devin.ai/sessions/" + "a" * 32, "a" * 32),
        ("see https://jules.google.com/task/1234567890", "1234567890"),
        ("https://evil.example/sessions/12345678", None),
    ],
)
def test_session_is_read_off_links_of_known_agents(body: str, session: str | None) -> None:
    assert read_testimony(facts(body=body)).session == session


def test_prompt_and_confidence_are_read() -> None:
    body = "<!-- START COPILOT ORIGINAL PROMPT -->\nMake it so.\n<!-- END -->"
    assert read_testimony(facts(body, "Fix\n\nConfidence: high")) == Testimony(
        prompt="Make it so.", confidence="high"
    )
    assert read_testimony(facts("Prompt: add a bucket")).prompt == "add a bucket"
    assert read_testimony(facts(message="Fix\n\nConfidence: very sure indeed")).confidence is None
