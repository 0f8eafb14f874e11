"""No word is lost, wherever it stands, whatever stands around it, and however many there are."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import keywords
from gate.keywords import Keywords

words = st.lists(st.text("ab_\n\xe9", min_size=1, max_size=5), min_size=1, max_size=6).map(
    lambda found: tuple(dict.fromkeys(word.encode() for word in found))
)
texts = st.text("ab_\n\xe9", max_size=60).map(str.encode) | st.binary(max_size=60)


def one_by_one(text: bytes, wanted: tuple[bytes, ...]) -> list[tuple[int, bytes]]:
    """What the search has to find, found the slow way."""
    places: list[tuple[int, bytes]] = []
    for at in range(len(text)):
        here = [word for word in wanted if text.startswith(word, at)]
        if here:
            places.append((at, max(here, key=len)))
    return places


@given(texts, words)
def test_places_are_those_of_a_search_word_by_word(text: bytes, wanted: tuple[bytes, ...]) -> None:
    assert list(Keywords(wanted).places(text)) == one_by_one(text, wanted)


@given(texts, words)
def test_words_are_in_a_text_that_has_a_place(text: bytes, wanted: tuple[bytes, ...]) -> None:
    assert Keywords(wanted).are_in(text) == bool(one_by_one(text, wanted))


@given(texts, words, st.integers(1, 8))
def test_no_word_is_lost_between_two_windows(
    text: bytes, wanted: tuple[bytes, ...], size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keywords, "WINDOW", size)
        searched = Keywords(wanted)
        assert list(searched.places(text)) == one_by_one(text, wanted)
        assert searched.are_in(text) == bool(one_by_one(text, wanted))


def test_word_across_the_end_of_a_window_is_found() -> None:
    text = b"x" * (keywords.WINDOW - 3) + b"secret" + b"x" * keywords.WINDOW + b"key"
    searched = Keywords([b"secret", b"key"])
    assert [at for at, _ in searched.places(text)] == [
        keywords.WINDOW - 3,
        2 * keywords.WINDOW + 3,
    ]
    assert searched.are_in(text)


def test_flood_of_words_takes_no_more_memory_than_a_window() -> None:
    text = b"abab" * 2_000_000
    searched = Keywords([b"ab", b"aba", b"ba", b"b"])
    assert searched.are_in(b"ab")
    tracemalloc.start()
    try:
        assert searched.are_in(text)
        assert next(searched.places(text)) == (0, b"aba")
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("unit", [b"a", b"aaaab", b"ab", b"\xff", b"\n"])
def test_one_line_of_50_mb_is_searched_in_a_moment(unit: bytes) -> None:
    text = unit * (50_000_000 // len(unit))
    started = time.process_time()
    assert not Keywords([b"a" * 40 + b"c", b"aaaac", b"abc"]).are_in(text)
    assert time.process_time() - started < 5
