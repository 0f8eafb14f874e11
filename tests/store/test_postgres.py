"""What only the PostgreSQL engine has to hold: rights, lost connections, rows changed by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from store.conformance.engines import AT, STREAM, Postgres
from store.conformance.server import OWNER

from gate.cli import main
from gate.errors import ConflictError, RecordError, UnknownOutcomeError
from gate.schema.ledger import Draft
from gate.store.ids import new_id
from gate.store.ledger import encode_line, head_of, verify
from gate.store.open import open_store
from gate.store.postgres import PostgresStore
from gate.store.stream import StreamLedger


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Postgres]:
    made = Postgres(tmp_path)
    yield made
    made.close()


def drafts(count: int) -> list[Draft]:
    return [Draft(kind="test", at=AT, body={"n": n}, id=new_id()) for n in range(count)]


STATEMENTS = (
    "UPDATE gate.entries SET line = 'x'",
    "DELETE FROM gate.entries",
    "TRUNCATE gate.entries",
)


def test_writer_has_no_right_to_change_an_entry(engine: Postgres) -> None:
    open_store(engine.spec).append(STREAM, None, drafts(2))
    more = ("DROP TABLE gate.entries", "ALTER TABLE gate.entries DISABLE TRIGGER ALL")
    for statement in (*STATEMENTS, *more, "UPDATE gate.blobs SET data = 'x'"):
        with (
            psycopg.connect(engine.spec) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)
    assert len(list(open_store(engine.spec).read(STREAM))) == 2


def test_owner_is_refused_by_a_trigger(engine: Postgres) -> None:
    open_store(engine.spec).append(STREAM, None, drafts(2))
    for statement in STATEMENTS:
        with (
            psycopg.connect(engine.owner) as connection,
            pytest.raises(psycopg.errors.RaiseException, match="never changed or removed"),
        ):
            connection.execute(statement)


def test_place_and_id_are_taken_once(engine: Postgres) -> None:
    store = open_store(engine.spec)
    draft = drafts(1)
    (entry,) = store.append(STREAM, None, draft)
    with pytest.raises(ConflictError, match="wrote that entry first"):
        store.append("org/kill", None, draft)
    insert = (
        "INSERT INTO gate.entries (stream, seq, at, kind, prev, hash, line)"
        " VALUES (%s, %s, '', '', %s, '', '')"
    )
    for seq, prev in ((0, "x"), (7, entry.prev)):
        with (
            psycopg.connect(engine.spec) as connection,
            pytest.raises(psycopg.errors.UniqueViolation),
        ):
            connection.execute(insert, (STREAM, seq, prev))


def test_row_changed_by_hand_is_found(engine: Postgres) -> None:
    store = open_store(engine.spec)
    store.append(STREAM, None, drafts(3))
    with psycopg.connect(engine.owner) as connection:
        connection.execute("ALTER TABLE gate.entries DISABLE TRIGGER keep")
        connection.execute(
            "UPDATE gate.entries SET line = convert_to(replace(convert_from(line, 'UTF8'),"
            " '\"n\":2', '\"n\":7'), 'UTF8') WHERE seq = 2"
        )
    with pytest.raises(RecordError, match="hash does not fit"):
        verify(iter(enumerate(store.read(STREAM), 1)))
    with pytest.raises(RecordError, match="hash does not fit"):
        store.head(STREAM)


@pytest.mark.parametrize("line", ["{0}{1}", "", "{0}\n", "\n{0}"])
def test_row_that_holds_other_than_one_line_is_found(engine: Postgres, line: str) -> None:
    store = open_store(engine.spec)
    lines = [encode_line(entry).decode() for entry in store.append(STREAM, None, drafts(3))]
    with psycopg.connect(engine.owner) as connection:
        connection.execute("ALTER TABLE gate.entries DISABLE TRIGGER keep")
        connection.execute(
            "UPDATE gate.entries SET line = convert_to(%s, 'UTF8') WHERE seq = 0",
            (line.replace("{0}", lines[0]).replace("{1}", lines[1]),),
        )
    with pytest.raises(RecordError, match="not an entry"):
        list(store.read(STREAM))


class _Cut:
    """A connection whose commit is carried out, or not, and not answered."""

    def __init__(self, connection: Any, done: bool) -> None:
        self._connection = connection
        self._done = done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *rest: Any) -> Any:
        if statement != "COMMIT":
            return self._connection.execute(statement, *rest)
        if self._done:
            self._connection.execute(statement)
        self._connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize("done", [True, False])
def test_commit_without_an_answer_is_resolved_by_the_id(engine: Postgres, done: bool) -> None:
    store = PostgresStore(engine.spec)
    (first,) = store.append(STREAM, None, drafts(1))
    store._open = _Cut(store._open, done)  # type: ignore[assignment]
    with pytest.raises(UnknownOutcomeError):
        store.append(STREAM, head_of(first), drafts(1))
    head = store.head(STREAM)
    assert head is not None
    assert head.seq == int(done)
    store._open = _Cut(store._open, done)  # type: ignore[assignment]
    entry = StreamLedger(store, STREAM).append("test", AT, {"n": "once"})
    entries = list(store.read(STREAM))
    assert verify(iter(enumerate(entries, 1))) == entry
    assert [one.body["n"] for one in entries].count("once") == 1


def test_lost_connection_is_an_error_once(engine: Postgres) -> None:
    store = PostgresStore(engine.spec)
    (first,) = store.append(STREAM, None, drafts(1))
    with psycopg.connect(engine.owner, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'ledger_writer' AND datname = current_database()"
        )
    with pytest.raises(RecordError):
        store.append(STREAM, head_of(first), drafts(1))
    store.append(STREAM, head_of(first), drafts(1))
    assert len(list(store.read(STREAM))) == 2


def test_init_makes_the_tables_and_may_be_run_again(
    engine: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    open_store(engine.spec).append(STREAM, None, drafts(1))
    assert main(["ledger", "init", engine.owner]) == 0
    assert "grant gate_writer" in capsys.readouterr().out
    assert len(list(open_store(engine.spec).read(STREAM))) == 1
    assert main(["ledger", "init", engine.spec]) == 2
    assert "permission denied" in capsys.readouterr().err


def test_database_without_tables_says_what_to_do(engine: Postgres) -> None:
    store = PostgresStore(engine.owner.replace(engine.database, "postgres"))
    with pytest.raises(RecordError, match="no ledger in that database") as caught:
        store.head(STREAM)
    assert "gate ledger init" in caught.value.hint


@pytest.mark.parametrize("spec", ["ledger.jsonl", "git:/srv/governance.git"])
def test_init_of_what_needs_none_is_refused(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "init", spec]) == 2
    assert "only PostgreSQL" in capsys.readouterr().err


def test_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RecordError, match="psycopg is not installed"):
        open_store("postgres://localhost/x")


def test_password_is_not_in_the_error() -> None:
    with pytest.raises(RecordError) as caught:
        open_store(f"postgresql://{OWNER}:secr3t@127.0.0.1:1/x").head(STREAM)
    assert "secr3t" not in caught.value.diagnostics()
