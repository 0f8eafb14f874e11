"""The PostgreSQL engine: a table that only grows, with one advisory lock per stream."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gate.errors import ConflictError, RecordError, UnknownOutcomeError
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.block import entries_between
from gate.store.ledger import chain, decode_line, encode_line, entry_hash, head_of, require_chain
from gate.store.port import MAX_BLOB, Block, check_digest, check_stream
from gate.store.postgres_place import check_address
from gate.text import neutralise

if TYPE_CHECKING:
    import psycopg

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS gate;
CREATE TABLE IF NOT EXISTS gate.entries (
  stream text COLLATE "C" NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 0),
  id text UNIQUE,
  at text NOT NULL,
  kind text NOT NULL,
  prev text NOT NULL,
  hash text NOT NULL,
  line bytea NOT NULL,
  PRIMARY KEY (stream, seq),
  UNIQUE (stream, prev)
);
CREATE TABLE IF NOT EXISTS gate.blobs (
  digest text COLLATE "C" PRIMARY KEY,
  data bytea NOT NULL
);
CREATE OR REPLACE FUNCTION gate.refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'entries are never changed or removed'; END $$;
DROP TRIGGER IF EXISTS keep ON gate.entries;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON gate.entries
  FOR EACH STATEMENT EXECUTE FUNCTION gate.refuse();
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gate_writer') THEN
    CREATE ROLE gate_writer NOLOGIN;
  END IF;
END $$;
REVOKE ALL ON gate.entries, gate.blobs FROM PUBLIC, gate_writer;
GRANT USAGE ON SCHEMA gate TO gate_writer;
GRANT SELECT, INSERT ON gate.entries TO gate_writer;
GRANT SELECT, INSERT, DELETE ON gate.blobs TO gate_writer;
"""
"""Tables, the role `gate_writer`, which cannot change an entry, and a trigger for whoever could."""

SECONDS = 60
"""Time limit of one statement, waiting for a lock included."""
_PAGE = 200
"""Lines that are asked for at once."""
_OPTIONS = f"-c statement_timeout={SECONDS}s -c synchronous_commit=on"
_TAIL = "SELECT line FROM gate.entries WHERE stream = %s ORDER BY seq DESC LIMIT 1"
_INSERT = (
    "INSERT INTO gate.entries (stream, seq, id, at, kind, prev, hash, line)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
_READ = (
    "SELECT seq, line FROM gate.entries WHERE stream = %s AND seq >= %s AND seq <= %s"
    " ORDER BY seq LIMIT %s"
)
_LARGEST = 2**63 - 1


class PostgresStore:
    """Streams in the table `gate.entries`, which `gate ledger init` makes.

    Args:
        url: `postgres://...`, as libpq reads it.

    Raises:
        RecordError: psycopg is not installed, or the address is none.
    """

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise RecordError(
                "postgres: psycopg is not installed", 'pip install "agent-pr-gate[postgres]"'
            ) from error
        self._psycopg = psycopg
        self._url = check_address(url)
        self._open: psycopg.Connection[tuple[Any, ...]] | None = None

    def prepare(self) -> None:
        """Make tables, role and trigger, whatever of them is there already.

        Raises:
            RecordError: the server cannot be reached, or this account may not.
        """
        with self._connection() as connection:
            connection.execute(SCHEMA)

    def head(self, stream: str) -> Head | None:
        """See `Store.head`."""
        check_stream(stream)
        with self._connection() as connection:
            return _tail(connection, stream)

    def append(
        self, stream: str, expected: Head | None, drafts: Sequence[Draft]
    ) -> tuple[Entry, ...]:
        """See `Store.append`."""
        entries = chain(expected, drafts, check_stream(stream))
        self._write(stream, expected, entries)
        return entries

    def adopt(self, stream: str, expected: Head | None, entries: Sequence[Entry]) -> None:
        """See `Store.adopt`."""
        require_chain(expected, entries, check_stream(stream))
        self._write(stream, expected, entries)

    def read(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """See `Store.read`."""
        return entries_between(self.blocks(stream, first, last), stream, first, last)

    def blocks(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Block]:
        """See `Store.blocks`."""
        check_stream(stream)
        ends = _LARGEST if last is None else last
        while first <= ends:
            with self._connection() as connection:
                rows = connection.execute(_READ, (stream, first, ends, _PAGE)).fetchall()
            lines = b"".join(_line(data, seq, stream) for seq, data in rows)
            yield Block(lines, f"entry {first} or later of {stream}")
            if len(rows) < _PAGE:
                return
            first = rows[-1][0] + 1

    def streams(self) -> tuple[str, ...]:
        """See `Store.streams`."""
        with self._connection() as connection:
            rows = connection.execute("SELECT DISTINCT stream FROM gate.entries").fetchall()
        return tuple(sorted(row[0] for row in rows))

    @contextmanager
    def turn(self, stream: str) -> Iterator[None]:
        """See `Store.turn`; of everybody who writes to this server."""
        key = _key(check_stream(stream), "turn")
        with self._connection() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (key,))
        try:
            yield
        finally:
            # NOTE: where the connection was lost, the server has let the lock go by itself
            if self._open is not None and not self._open.closed:
                with self._connection() as connection:
                    connection.execute("SELECT pg_advisory_unlock(%s)", (key,))

    def put_blob(self, data: bytes) -> str:
        """See `Store.put_blob`."""
        if len(data) > MAX_BLOB:
            raise RecordError(f"the blob has {len(data)} bytes, {MAX_BLOB} are allowed")
        digest = hashlib.sha256(data).hexdigest()
        insert = "INSERT INTO gate.blobs (digest, data) VALUES (%s, %s) ON CONFLICT DO NOTHING"
        with self._connection() as connection:
            connection.execute(insert, (digest, data))
        return digest

    def get_blob(self, digest: str) -> bytes | None:
        """See `Store.get_blob`."""
        select = "SELECT data FROM gate.blobs WHERE digest = %s"
        with self._connection() as connection:
            row = connection.execute(select, (check_digest(digest),)).fetchone()
        if row is None:
            return None
        data = bytes(row[0])
        if hashlib.sha256(data).hexdigest() != digest:
            raise RecordError(
                f"blob {digest[:16]}: its bytes are not what the digest says",
                "It was changed after it was written.",
            )
        return data

    def drop_blob(self, digest: str) -> None:
        """See `Store.drop_blob`; the server lets the bytes go with its next vacuum."""
        with self._connection() as connection:
            connection.execute("DELETE FROM gate.blobs WHERE digest = %s", (check_digest(digest),))

    def blobs(self) -> tuple[str, ...]:
        """See `Store.blobs`."""
        with self._connection() as connection:
            rows = connection.execute("SELECT digest FROM gate.blobs ORDER BY digest").fetchall()
        return tuple(row[0] for row in rows)

    def _write(self, stream: str, expected: Head | None, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        rows = [_row(stream, entry) for entry in entries]
        with self._connection() as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_key(stream, "append"),))
            if _tail(connection, stream) != expected:
                raise ConflictError(f"the ledger: {stream} has moved on")
            with connection.cursor() as cursor:
                cursor.executemany(_INSERT, rows)
            try:
                connection.execute("COMMIT")
            except self._psycopg.OperationalError as error:
                raise UnknownOutcomeError(
                    f"postgres: the commit was not answered: {_said(error)}",
                    "Is the server there?",
                ) from error

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """The connection, opened when it is needed; closed after an error, and so rolled back."""
        try:
            if self._open is None or self._open.closed:
                self._open = self._psycopg.connect(
                    self._url, autocommit=True, connect_timeout=10, options=_OPTIONS
                )
            yield self._open
        except self._psycopg.errors.UniqueViolation as error:
            self._close()
            raise ConflictError("the ledger: somebody else wrote that entry first") from error
        except self._psycopg.errors.UndefinedTable as error:
            self._close()
            raise RecordError(
                "postgres: there is no ledger in that database",
                "Whoever owns it makes one with `gate ledger init SPEC`.",
            ) from error
        except self._psycopg.Error as error:
            self._close()
            raise RecordError(
                f"postgres: {_said(error)}",
                "Is the server there, and is this account a member of gate_writer?",
            ) from error
        except RecordError:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        """Leave the transaction that an error ended, if there is one."""
        connection = self._open
        idle = self._psycopg.pq.TransactionStatus.IDLE
        if connection is None or connection.closed or connection.info.transaction_status == idle:
            return
        try:
            connection.rollback()
        except self._psycopg.Error:
            self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None


def _tail(connection: psycopg.Connection[tuple[Any, ...]], stream: str) -> Head | None:
    row = connection.execute(_TAIL, (stream,)).fetchone()
    if row is None:
        return None
    entry = decode_line(bytes(row[0]), f"the last entry of {stream}", stream)
    if entry.hash != entry_hash(entry):
        raise RecordError(
            f"the last entry of {stream}: the hash does not fit the entry",
            "It was changed after it was written; `gate ledger verify` tells more.",
        )
    return head_of(entry)


def _line(data: bytes, seq: int, stream: str) -> bytes:
    """The one line that a row holds."""
    line = bytes(data)
    if line.count(b"\n") != 1 or not line.endswith(b"\n"):
        raise RecordError(
            f"entry {seq} of {stream}: not an entry", "It was edited, or is no ledger."
        )
    return line


def _row(stream: str, entry: Entry) -> tuple[Any, ...]:
    name = entry.id or None
    line = encode_line(entry)
    return stream, entry.seq, name, entry.at, entry.kind, entry.prev, entry.hash, line


def _key(stream: str, purpose: str) -> int:
    """The number of an advisory lock, which all of a database share."""
    digest = hashlib.sha256(f"gate ledger {purpose} {stream}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _said(error: psycopg.Error) -> str:
    return neutralise(str(error).partition("\n")[0], 300) or type(error).__name__
