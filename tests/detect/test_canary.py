"""Nothing an author wrote leaves detection, be it planted anywhere in any labelled case."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from detect.conftest import make_record
from detect.test_labelled import Case, cases

from gate.detect.provenance import detect
from gate.schema.facts import PullFacts

TOKEN = "ghp_" + "Zq7" * 12
WORD = "canary5f1e9c"
SHOWN = {"login", "sha", "slug", "type", "date", "created_at", "submitted_at", "commit_id"}
"""Names that GitHub gives out, not their bearer; a word in them may be shown."""


def planted(node: Any, canary: str, key: str = "") -> Any:
    if isinstance(node, dict):
        return {name: planted(value, canary, name) for name, value in node.items()}
    if isinstance(node, list):
        return [planted(value, canary, key) for value in node]
    if isinstance(node, str) and (canary == TOKEN or key not in SHOWN):
        return f"{canary} {node} {canary}" if key in ("name", "email") else _in_text(node, canary)
    return node


def _in_text(text: str, canary: str) -> str:
    """A canary at every line's end, where a trailer's value or a link runs on."""
    return "\n".join(f"{line} {canary}" if line else line for line in text.split("\n"))


@pytest.mark.parametrize("canary", [TOKEN, WORD])
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.case)
def test_canary_leaves_nowhere(case: Case, canary: str) -> None:
    facts = msgspec.to_builtins(case.facts)
    changed = msgspec.convert(planted(facts, canary), PullFacts)
    registry = (make_record(emails=("tf@acme.test",), branches=("tf/",)),)
    for found in (
        detect(changed, commits_complete=True, registry=registry),
        detect(changed, commits_complete=False),
    ):
        assert canary.encode() not in msgspec.json.encode(found)
