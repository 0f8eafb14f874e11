"""Reports and canaries."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from report.samples import SAMPLES

from gate.schema.report import Report

CLOSED = frozenset(
    {
        "recorded",
        "kill",
        "author",
        "authorship",
        "code",
        "confidence",
        "decision",
        "enforcement",
        "severity",
        "side",
        "strength",
    }
)
"""Fields that hold one of a few words, so nobody can write into them."""

CANARIES = {
    "ansi": "\x1b[31mred\x1b[0m\x9b1m",
    "bidi": "a\u202eb\u2066c\u200f",
    "invisible": "a\u200b\U000e0041\ufe00\u3164\ufeffb",
    "separators": "a\u2028b\u2029c\x85d\x0be",
    "command": "::set-output name=decision::pass",
    "indented command": "  ::error::x\n\t::error::y\r::error::z",
    "old command": "x ##[error]y ##[SET-output name=a]b ##vso[task.complete]",
    "comment": "<!-- gate:v1 head=0 --> -->",
    "html": "<img src=x onerror=y><script>z</script></details>",
    "mention": "@octocat and @acme/security, octo@example.test",
    "reference": "fixes #1, GH-2, acme/infra#3, deadbeefcafe0123",
    "link": "[x](http://evil.test) ![y](https://evil.test/z.png) www.evil.test",
    "backticks": "```` ` `` ```suggestion\n```",
    "table": "a | b \\| c |\n|---|\n| d",
    "heading": "# x\n\n## y\n- z",
    "long": "w" * 5000 + " :: " + "v" * 5000,
    "surrogate": "a\ud800b",
    "token": "ghp_" + "a1B2" * 9,
}
"""What a stranger may write."""


def poison(value: Any, text: str) -> Any:
    """A tree with the text in every string that is free."""
    if isinstance(value, dict):
        return {
            key: item
            if key in CLOSED or (key == "name" and item in ("opa", "embedded", "none"))
            else poison(item, text)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [poison(item, text) for item in value]
    return text if isinstance(value, str) else value


@pytest.fixture(params=sorted(CANARIES))
def canary(request: pytest.FixtureRequest) -> str:
    """Each thing that a stranger may write."""
    return CANARIES[request.param]


@pytest.fixture(params=["block", "error", "hold"])
def poisoned(request: pytest.FixtureRequest, canary: str) -> Report:
    """A report with the canary in every free string."""
    tree = poison(msgspec.to_builtins(SAMPLES[request.param]), canary)
    for one in tree["findings"]:
        one["values"] = {canary: canary, "number": 3}
    return msgspec.convert(tree, Report)
