"""Names of streams: one for every repository that GitHub lets be."""

from __future__ import annotations

import pytest

from gate.store.port import check_stream
from gate.store.streams import UNKNOWN, stream_of


@pytest.mark.parametrize(
    "repo",
    [
        "a" * 39 + "/" + "b" * 100,
        "Octo_corp/Infra",
        "acme/.github",
        "acme/a..b",
        "acme/foo.lock",
        "0/0",
    ],
)
def test_repository_has_a_stream_of_its_own(repo: str) -> None:
    assert check_stream(stream_of(repo)) == f"repo/{repo.lower()}"


@pytest.mark.parametrize(
    "repo", ["", "acme", "acme/", "/x", "acme/..", "acme/.", "a/b/c", "acme/é", "acme/a b", "../x"]
)
def test_what_names_no_repository_has_a_stream_that_can_be_written(repo: str) -> None:
    assert stream_of(repo) == UNKNOWN
