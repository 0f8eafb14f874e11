"""The numbered semantics of approvals, one test for each."""

from __future__ import annotations

import pytest
from judge.scene import Item
from judge.table_people import WHO_COUNTS
from judge.table_rest import COMPLETENESS, CONFIGURATION, PLANS, PUBLISHING, TOPOLOGY
from judge.table_state import COMMANDS, CURRENCY, LABELS, REVIEWS

PARTS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("B1", WHO_COUNTS),
    ("B2", CURRENCY),
    ("B3", REVIEWS),
    ("B4", COMMANDS),
    ("B5", LABELS),
    ("B6", COMPLETENESS),
    ("B7", TOPOLOGY),
    ("B8", PUBLISHING),
    ("B9", CONFIGURATION),
    ("B10", PLANS),
)
NUMBERED = [(item.label(f"{part}-"), item) for part, items in PARTS for item in items]


@pytest.mark.parametrize("item", [item for _, item in NUMBERED], ids=[name for name, _ in NUMBERED])
def test_semantic(item: Item) -> None:
    for shown in item.shown:
        shown.check()


def test_every_semantic_stands_in_the_table_once() -> None:
    assert [item.number for _, item in NUMBERED] == list(range(1, 104))
