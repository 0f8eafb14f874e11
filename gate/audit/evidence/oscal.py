"""Write the assessment results of a period as NIST's OSCAL 1.2.1 has them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from gate.audit.evidence.population import Item
from gate.schema.evidence import Order

OSCAL = "1.2.1"
"""Version of https://pages.nist.gov/OSCAL that the document follows."""
CONTROL = "cc8.1"
"""Change management in the SOC 2 criteria of 2017 (points of focus revised 2022): what the
population and its sample are evidence for. Nothing says that it is met: that is the auditor's."""

_SPACE = uuid.UUID("6c1f3a5e-2d0b-5b7a-9c53-0a5d1e7f4b21")


def assessment_results(
    items: Sequence[Item], sampled: Sequence[str], order: Order, path_of: Callable[[str], str]
) -> dict[str, Any]:
    """The document; the same question and entries give the same one, identifiers too.

    Args:
        items: the population.
        sampled: ids of the sample.
        order: the period.
        path_of: where the history of a pull request stands in the archive.
    """
    seen = f"{order.since} {order.until} {order.repo} {order.seed} {len(items)}"
    chosen = frozenset(sampled)
    observations = [
        _population(items, seen, order),
        *(_observation(item, seen, path_of) for item in items if item.id in chosen),
    ]
    result = {
        "uuid": _uuid(seen, "result"),
        "title": "Changes judged by the gate",
        "description": f"{len(items)} pull requests, {len(sampled)} of them sampled.",
        "start": order.since,
        "end": order.until,
        "reviewed-controls": {
            "control-selections": [
                {
                    "description": "What this produces evidence relevant to.",
                    "include-controls": [{"control-id": CONTROL}],
                }
            ]
        },
        "observations": observations,
    }
    return {
        "assessment-results": {
            "uuid": _uuid(seen, "document"),
            "metadata": {
                "title": "Evidence of the gate",
                "last-modified": order.until,
                "version": "1",
                "oscal-version": OSCAL,
            },
            "import-ap": {
                "href": "#" + _uuid(seen, "plan"),
                "remarks": "The plan is the command that made the archive: see manifest.json.",
            },
            "results": [result],
            "back-matter": {
                "resources": [
                    {
                        "uuid": _uuid(seen, "plan"),
                        "title": "What was asked for",
                        "rlinks": [{"href": "../manifest.json"}],
                    }
                ]
            },
        }
    }


def _population(items: Sequence[Item], seen: str, order: Order) -> dict[str, Any]:
    merged = [item for item in items if item.outcome == "merged"]
    passed = sum(1 for item in merged if item.decision in ("pass", "warn"))
    return {
        "uuid": _uuid(seen, "population"),
        "title": "Population",
        "description": (
            f"{len(items)} pull requests were judged; {len(merged)} are known to have been "
            f"merged, {passed} of them after a decision that let them pass."
        ),
        "methods": ["EXAMINE"],
        "types": ["discovery"],
        "relevant-evidence": [
            {"href": "../population.json", "description": "Every one of them."},
            {"href": "../sample.json", "description": "Which were drawn, and how."},
            {"href": "../reconciliations.json", "description": "Commits without a decision."},
        ],
        "collected": order.until,
    }


def _observation(item: Item, seen: str, path_of: Callable[[str], str]) -> dict[str, Any]:
    properties = {
        "decision": item.decision,
        "authorship": item.authorship,
        "approvals": str(item.approvals),
        "outcome": item.outcome or "unknown",
        "entry": item.entry.hash,
        "break-glass": "yes" if item.break_glass else "no",
    }
    return {
        "uuid": _uuid(seen, item.id),
        "title": path_of(item.id).removeprefix("pulls/").removesuffix(".json"),
        "description": f"Last decided {item.decision}, with {item.approvals} approvals counted.",
        "props": [{"name": name, "value": value} for name, value in properties.items()],
        "methods": ["TEST"],
        "types": ["control-objective"],
        "relevant-evidence": [
            {"href": f"../{path_of(item.id)}", "description": "Every entry about it."}
        ],
        "collected": item.last_at,
    }


def _uuid(seen: str, name: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{seen}\n{name}".encode("utf-8", "replace").decode()))
