"""The numbered evasions, one test for each."""

from __future__ import annotations

import pytest
from judge.scene import Item
from judge.table_evasions import EVASIONS


@pytest.mark.parametrize("item", EVASIONS, ids=[item.label("E") for item in EVASIONS])
def test_evasion(item: Item) -> None:
    for shown in item.shown:
        shown.check()


def test_every_evasion_stands_in_the_table_once() -> None:
    assert [item.number for item in EVASIONS] == list(range(1, 46))
