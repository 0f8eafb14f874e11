"""Globs: what a pattern matches, and that coverage is never claimed wrongly."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.decode.glob import covers, simplify


@pytest.mark.parametrize(
    ("wider", "narrower", "expected"),
    [
        ("iam:*", "iam:passrole", True),
        ("*", "iam:*", True),
        ("*", "", True),
        ("iam:?*", "iam:*", False),
        ("iam:*", "iam:?*", True),
        ("iam:**", "iam:*", True),
        ("?*", "*?", True),
        ("iam:get*", "iam:g*", False),
        ("a?c", "abc", True),
        ("a?c", "a*c", False),
        ("*:*", "*", False),
        ("a*b*c", "a1b2b3c", True),
    ],
)
def test_covers_known_pairs(wider: str, narrower: str, expected: bool) -> None:
    assert covers(wider, narrower) is expected


@given(st.text("ab*?", max_size=6), st.text("ab*?", max_size=6))
def test_covers_never_says_yes_wrongly(wider: str, narrower: str) -> None:
    if not covers(wider, narrower):
        return
    outer, inner = (
        re.compile("".join({"*": ".*", "?": "."}.get(char, char) for char in pattern))
        for pattern in (wider, narrower)
    )
    for size in range(5):
        for letters in itertools.product("ab", repeat=size):
            text = "".join(letters)
            assert not inner.fullmatch(text) or outer.fullmatch(text)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_covers_agrees_with_a_regex_on_plain_text(pattern: str, text: str) -> None:
    regex = "".join({"*": ".*", "?": "."}.get(char, char) for char in pattern)
    assert covers(pattern, text) == bool(re.fullmatch(regex, text))


def test_simplify_keeps_what_a_pattern_matches() -> None:
    assert simplify("a*?*?b**") == "a??*b*"


def test_covers_compares_overlong_patterns_as_text() -> None:
    long = "a" * 3000
    assert covers(long, long)
    assert not covers("*", long)
