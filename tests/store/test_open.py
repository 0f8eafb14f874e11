"""What a specification opens: never a file where an address was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.config import default_ledger
from gate.errors import RecordError
from gate.store.open import describe_place, is_shared, open_ledger, open_store

AT = "2026-11-24T10:00:00Z"


@pytest.mark.parametrize(
    "spec",
    [
        " postgres://gate:S3cret@db/gate",
        "POSTGRES://gate:S3cret@db/gate",
        "postgresql+psycopg://gate:S3cret@db/gate",
        "postgres:/gate:S3cret@db",
        "mysql://gate:S3cret@db/gate",
        "https://S3cret@github.com/acme/governance",
        "GIT:/srv/S3cret",
        " ",
        "",
    ],
)
def test_mistyped_address_is_no_file_whose_name_holds_the_password(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not is_shared(spec)
    for open_it in (
        lambda: open_ledger(spec).append("test", AT, {}),
        lambda: open_ledger(spec, "org/kill").append("test", AT, {}),
        lambda: open_store(spec).head("main"),
    ):
        with pytest.raises(RecordError, match="neither a path nor an address") as caught:
            open_it()
        assert "S3cret" not in caught.value.diagnostics()
    assert list(tmp_path.iterdir()) == []


def test_secret_that_ends_in_a_newline_still_names_the_shared_ledger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GATE_LEDGER", "\tpostgres://gate@db/gate\n")
    assert default_ledger() == "postgres://gate@db/gate"


@pytest.mark.parametrize(
    "spec",
    [
        "postgres://gate:S3cret@db",
        "postgresql://gate@db/gate?password=S3cret",
        "postgres://S3cret",
    ],
)
def test_place_is_described_without_its_password(spec: str) -> None:
    assert describe_place(spec) == "PostgreSQL"
