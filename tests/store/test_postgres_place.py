"""Addresses of PostgreSQL: none whose password would be quoted by an error."""

from __future__ import annotations

import pytest

from gate.errors import RecordError
from gate.store.open import open_store
from gate.store.postgres_place import check_address


@pytest.mark.parametrize(
    "password", ["S3cret%zz", "S3cret%", "p/S3cret", "p@S3cret", "p S3cret", "S3cret\n"]
)
def test_password_that_libpq_would_quote_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(RecordError, match="not what libpq reads") as caught:
        open_store(f"postgres://gate:{password}@127.0.0.1:1/gate").head("main")
    assert "S3cret" not in caught.value.diagnostics()


@pytest.mark.parametrize(
    "url",
    [
        "postgres://gate:p%40ss%2Fword%25@db.example/gate?sslmode=verify-full",
        "postgresql://gate@/gate?host=/run/postgresql&port=5432",
        "postgres://db.example/gate",
        "postgres://gate:x@[::1]:5432/gate",
        "postgres://gate@/gate?host=@abstract",
    ],
)
def test_address_that_libpq_reads_is_left_as_it_is(url: str) -> None:
    assert check_address(url) == url
