"""Globs: where wildcards stop, and how long matching may take."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.pathglob import fits, holds_directory, matches


@pytest.mark.parametrize(
    ("glob", "path", "is_match"),
    [
        ("infra/*.tf", "infra/main.tf", True),
        ("infra/*.tf", "infra/net/main.tf", False),
        ("infra/**", "infra/net/main.tf", True),
        ("infra/**", "infra", False),
        ("**/main.tf", "main.tf", True),
        ("**/main.tf", "a/b/main.tf", True),
        ("**/main.tf", "a/other_main.tf", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("**", "", False),
        ("*", "a\nb", True),
    ],
)
def test_matches_keeps_wildcards_within_folders(glob: str, path: str, is_match: bool) -> None:
    assert matches(glob, path) is is_match


@pytest.mark.parametrize(
    ("glob", "is_held"),
    [("infra/prod", True), ("infra/prod/*", True), ("infra/**", True), ("infra/prod/*.tf", False)],
)
def test_holds_directory_needs_all_of_it(glob: str, is_held: bool) -> None:
    assert holds_directory([glob], "infra/prod") is is_held


@given(st.text("a*?", max_size=8), st.text("a*?b", max_size=8))
def test_fits_is_what_the_wildcards_say(glob: str, text: str) -> None:
    regex = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in glob)
    assert fits(glob, text) is (re.fullmatch(regex, text, re.DOTALL) is not None)


def test_fits_lets_only_a_star_take_in_what_stands_for_many() -> None:
    assert fits("a*", "a*", many="*")
    assert not fits("a?", "a*", many="*")


def test_fits_takes_little_time_whatever_the_glob() -> None:
    began = time.process_time()
    assert not fits("*a" * 500 + "b", "a" * 2000)
    assert time.process_time() - began < 5
