"""The event that docs/siem.md shows; `PYTHONPATH=tests:. python -m audit.siem.golden` writes it."""

from __future__ import annotations

import json

from audit.siem.samples import FINDING, PULL, told
from docs.blocks import ROOT

from gate.audit.siem.ocsf import event

PAGE = ROOT / "docs" / "siem.md"
EXAMPLE = ROOT / "docs" / "examples" / "siem-block.json"

BODY = {
    "decision": "block",
    "pull": PULL,
    "authorship": "agent",
    "registered": "tf-bot",
    "model": "claude-opus-4",
    "policy_digest": "34" * 32,
    "findings": [FINDING],
    "reasons": ["blocked"],
}


def example() -> str:
    """The event, laid out for people."""
    return json.dumps(event(told("decision", BODY)), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    EXAMPLE.write_text(example())
