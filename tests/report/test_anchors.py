"""Where a finding can be commented on."""

from __future__ import annotations

import pytest
from forge.scenario import entry_of
from forge.writing import lines_of
from hypothesis import given
from hypothesis import strategies as st

from gate.decode.diff import decode_files
from gate.report.anchors import MAX_LINES, Anchors, Place
from gate.schema.facts import PullFile
from gate.schema.finding import Location

BEFORE = b"".join(b"line %d\n" % at for at in range(1, 41))
AFTER = BEFORE.replace(b"line 10\n", b"line ten\n").replace(b"line 30\n", b"")


def anchors(before: bytes = BEFORE, after: bytes = AFTER) -> Anchors:
    return Anchors(decode_files([PullFile(**entry_of("x.tf", before, after))]))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (10, None, Place("x.tf", 10, "RIGHT")),
        (8, None, Place("x.tf", 8, "RIGHT")),
        (20, None, None),
        (9, 11, Place("x.tf", 11, "RIGHT", 9)),
        (1, 40, Place("x.tf", 13, "RIGHT", 7)),
        (5, 8, Place("x.tf", 8, "RIGHT", 7)),
        (13, 13, Place("x.tf", 13, "RIGHT")),
        (12, 27, Place("x.tf", 13, "RIGHT", 12)),
    ],
)
def test_place_lies_within_one_hunk(first: int, last: int | None, expected: Place | None) -> None:
    assert anchors().find(Location(path="x.tf", line=first, end_line=last)) == expected


def test_removed_line_is_on_the_left() -> None:
    at = Location(path="x.tf", line=30, side="LEFT")
    assert anchors().find(at) == Place("x.tf", 30, "LEFT")
    assert anchors().find(Location(path="x.tf", line=29, side="LEFT")) is None


@pytest.mark.parametrize("at", [None, Location(path="x.tf"), Location(path="other.tf", line=1)])
def test_nothing_to_point_at_is_no_place(at: Location | None) -> None:
    assert anchors().find(at) is None


def test_long_range_is_cut() -> None:
    found = anchors(b"", b"x\n" * 100).find(Location(path="x.tf", line=5, end_line=90))
    assert found == Place("x.tf", 5 + MAX_LINES - 1, "RIGHT", 5)


@given(
    st.lists(st.sampled_from("abc"), max_size=40),
    st.lists(st.sampled_from("abc"), max_size=40),
    st.integers(1, 50),
    st.integers(0, 50),
    st.sampled_from(["RIGHT", "LEFT"]),
)
def test_every_place_is_one_that_github_takes(
    before: list[str], after: list[str], line: int, length: int, side: str
) -> None:
    old, new = ("".join(f"{one}\n" for one in text).encode() for text in (before, after))
    if old == new:
        return
    entry = entry_of("x.tf", old or None, new or None)
    at = Location(path="x.tf", line=line, end_line=line + length, side=side)  # type: ignore[arg-type]
    place = Anchors(decode_files([PullFile(**entry)])).find(at)
    if place is None:
        return
    hunks = lines_of(entry["patch"])
    start = place.start_line if place.start_line is not None else place.line
    assert start <= place.line
    assert any({(side, start), (side, place.line)} <= hunk for hunk in hunks)
