"""Search texts for many words at once: one pass over a text, however many words there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

WINDOW = 1 << 17
"""Bytes searched at a time: bounds the list of what is found in a text full of words."""


class Keywords:
    """Words to look for; case counts, so texts are given in lower case.

    The automaton is made at the first search, in a millisecond for 300 words.

    Args:
        words: the words, none of them empty.
    """

    def __init__(self, words: Iterable[bytes]) -> None:
        self._words = tuple(words)
        self._overlap = max(map(len, self._words)) - 1

    @cached_property
    def _automaton(self) -> BytesAhoCorasick:
        from ahocorasick_rs import BytesAhoCorasick, Implementation

        return BytesAhoCorasick(self._words, implementation=Implementation.DFA)

    def are_in(self, text: bytes) -> bool:
        """Whether a text holds any of the words.

        Args:
            text: the text.
        """
        find = self._automaton.find_matches_as_indexes
        if len(text) <= WINDOW:
            return bool(find(text))
        return any(find(window) for _, window in self._windows(text))

    def places(self, text: bytes) -> Iterator[tuple[int, bytes]]:
        """Every word in a text as (offset, word), by offset; of several at one place the longest.

        Words may overlap. What lies behind the point where the caller stops is not searched.

        Args:
            text: the text.
        """
        find = self._automaton.find_matches_as_indexes
        for at, window in self._windows(text):
            spans = sorted((start, end) for _, start, end in find(window, overlapping=True))
            for start, end in dict(spans).items():
                if start < WINDOW:
                    yield at + start, window[start:end]

    def _windows(self, text: bytes) -> Iterator[tuple[int, bytes]]:
        """Parts of a text, each so far into the next that no word is cut."""
        for at in range(0, len(text), WINDOW):
            yield at, text[at : at + WINDOW + self._overlap]
