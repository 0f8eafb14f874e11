"""At least once: collectors that fail, are cut off in the middle, and come back."""

from __future__ import annotations

import itertools
import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from audit.siem.collectors import Authority, events, frames, https, listening

from gate.audit.siem.cursor import read_cursor, write_cursor
from gate.audit.siem.delivery import Plan, Sent, send
from gate.audit.siem.files import File
from gate.audit.siem.https import Https
from gate.audit.siem.lines import encode
from gate.audit.siem.receiver import DeliveryError, Receiver
from gate.audit.siem.sockets import Socket
from gate.audit.siem.syslog import frame, message
from gate.errors import RecordError
from gate.schema.ledger import Draft, Head
from gate.store.folder import FileStore

AT = "2026-11-24T10:00:00Z"
STREAMS = ("main", "org/incidents", "repo/acme/infra")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("own"))


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """Three streams with seven entries each."""
    made = FileStore(str(tmp_path / "ledger.jsonl"))
    for stream in STREAMS:
        grow(made, stream, 7)
    return made


IDS = itertools.count()


def grow(store: FileStore, stream: str, count: int, at: str = AT) -> None:
    drafts = [
        Draft(kind="decision", at=at, body={"decision": "pass"}, id=f"E{next(IDS):025}")
        for _ in range(count)
    ]
    store.append(stream, store.head(stream), drafts)


def uids(store: FileStore) -> list[str]:
    """Every event id, in the order of sending."""
    return [str(entry.id) for name in store.streams() for entry in store.read(name)]


class Run:
    """Sends with a cursor in a file, and notes how long it would have waited."""

    def __init__(self, store: FileStore, path: Path) -> None:
        self.store, self.path = store, str(path)
        self.waits: list[float] = []

    def __call__(self, receiver: Receiver, **over: Any) -> Sent:
        encode_one = (
            (lambda told: frame(message(told)))
            if receiver.framed
            else lambda told: encode(told) + b"\n"
        )
        fields: dict[str, Any] = {"batch": 3, "encode": encode_one, **over}
        plan = Plan(
            save=lambda places: write_cursor(self.path, places), wait=self.waits.append, **fields
        )
        return send(self.store, read_cursor(self.path), receiver, plan)


@pytest.fixture
def run(store: FileStore, tmp_path: Path) -> Run:
    return Run(store, tmp_path / "cursor")


def told_once_each(got: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether nothing is missing and the first copies came in order."""
    return list(dict.fromkeys(got)) == list(wanted)


def to_https(url: str, authority: Authority, authorization: str = "") -> Https:
    return Https(
        url, authorization=authorization, authorities=str(authority.ca), content_type="x/y"
    )


@pytest.mark.parametrize(
    ("behaviours", "duplicates", "waits"),
    [
        ((), 0, []),
        (("503", "200", "500"), 6, [1, 1]),
        (("429 Retry-After=7",), 3, [7]),
        (("429 Retry-After=99999",), 3, [60]),
        (("429 Retry-After=soon", "503", "503", "503"), 12, [1, 2, 4, 8]),
        (("200", "cut"), 1, [1]),
        (("lost", "lost"), 6, [1, 2]),
    ],
    ids=["well", "5xx", "slow-down", "slow-down-for-days", "patient", "cut", "answer-lost"],
)
def test_https_collector_gets_everything_whatever_happens(
    run: Run,
    store: FileStore,
    authority: Authority,
    behaviours: tuple[str, ...],
    duplicates: int,
    waits: list[float],
) -> None:
    with https(authority, *behaviours) as (url, got):
        assert run(to_https(url, authority)) == Sent(21, 0, 3)
    seen = [uid for _, body in got for uid in events(body)]
    assert told_once_each(seen, uids(store))
    assert len(seen) - 21 == duplicates
    assert run.waits == waits


def test_https_batch_sent_twice_has_one_key(run: Run, authority: Authority) -> None:
    with https(authority, "lost") as (url, got):
        run(to_https(url, authority, "Bearer abc"))
    keys = [headers["Idempotency-Key"] for headers, _ in got]
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(keys) - 1
    assert {headers["Authorization"] for headers, _ in got} == {"Bearer abc"}


@pytest.mark.parametrize("status", ["400", "401", "302 Location=https://127.0.0.1:1/", "304"])
def test_https_refusal_is_not_tried_again_and_moves_nothing(
    run: Run, authority: Authority, status: str
) -> None:
    with https(authority, "200", status) as (url, got):
        with pytest.raises(DeliveryError, match=f"answered {status[:3]}"):
            run(to_https(url, authority))
        assert len(got) == 2
        assert run.waits == []
        assert read_cursor(run.path)["main"].seq == 2
        assert run(to_https(url, authority)) == Sent(18, 0, 3)


def test_https_failing_to_the_end_gives_up_where_it_stood(
    run: Run, store: FileStore, authority: Authority
) -> None:
    with https(authority, *["503"] * 5) as (url, got):
        with pytest.raises(DeliveryError, match="answered 503"):
            run(to_https(url, authority))
        assert (len(got), run.waits) == (5, [1, 2, 4, 8])
        assert read_cursor(run.path) == {}
        run(to_https(url, authority))
    seen = [uid for _, body in got for uid in events(body)]
    assert told_once_each(seen, uids(store))


def test_https_with_a_certificate_of_somebody_else_gets_nothing(
    run: Run, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other")
    with https(other) as (url, got):
        for ca in (str(authority.ca), ""):
            receiver = Https(url, authorization="secret", authorities=ca, content_type="x/y")
            with pytest.raises(DeliveryError, match="certificate was not accepted"):
                run(receiver)
        assert got == []
    assert run.waits == []


def test_address_is_in_no_message(run: Run, authority: Authority) -> None:
    with https(authority, "400") as (url, _), pytest.raises(DeliveryError) as caught:
        run(to_https(f"{url}?token=hush", authority))
    assert "hush" not in caught.value.diagnostics()
    with pytest.raises(DeliveryError) as refused:
        run(to_https(f"https://127.0.0.1:{closed_port()}/hush", authority), attempts=1)
    assert "hush" not in refused.value.diagnostics()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    "behaviours",
    [
        (),
        ("reset",),
        ("read", "reset", "reset"),
        ("lost", "lost"),
        ("bare", "bare"),
    ],
    ids=lambda names: "-".join(names) or "well",
)
@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
def test_stream_collector_gets_everything_whatever_happens(
    run: Run, store: FileStore, authority: Authority, behaviours: tuple[str, ...], tls: bool
) -> None:
    with listening(*behaviours, authority=authority if tls else None) as (port, got):
        receiver = Socket("127.0.0.1", port, tls=tls, authorities=str(authority.ca))
        assert run(receiver) == Sent(21, 0, 3)
    seen = [uid for data in got for uid in frames(data)]
    assert told_once_each(seen, uids(store))
    failed = [one for one in behaviours if one not in ("read", "bare")]
    assert len(run.waits) == len(failed)
    assert len(got) == 9 + len(failed)


def test_stream_collector_that_leaves_in_the_middle_gets_it_again(
    run: Run, store: FileStore
) -> None:
    with listening("leave", "chat", "leave") as (port, got):
        assert run(Socket("127.0.0.1", port, tls=False)) == Sent(21, 0, 3)
    assert told_once_each([uid for data in got for uid in frames(data)], uids(store))
    assert run.waits == [1, 1]


@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
@pytest.mark.parametrize("behaviour", ["leave", "turn"])
def test_large_batch_that_is_left_unread_is_not_acknowledged(
    store: FileStore, authority: Authority, tls: bool, behaviour: str
) -> None:
    with listening(behaviour, authority=authority if tls else None) as (port, _):
        receiver = Socket("127.0.0.1", port, tls=tls, authorities=str(authority.ca))
        with pytest.raises(DeliveryError):
            receiver.deliver([b"x" * 100_000] * 20)


def test_collector_that_is_down_comes_back(run: Run, store: FileStore) -> None:
    port = closed_port()
    with pytest.raises(DeliveryError, match="refused"):
        run(Socket("127.0.0.1", port, tls=False))
    assert run.waits == [1, 2, 4, 8]
    with listening() as (port, got):
        run(Socket("127.0.0.1", port, tls=False))
    assert [uid for data in got for uid in frames(data)] == uids(store)


def test_tls_certificate_of_somebody_else_gets_nothing(
    run: Run, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other")
    with listening(authority=other) as (port, got):
        for ca, host in ((str(authority.ca), "127.0.0.1"), (str(other.ca), "localhost")):
            with pytest.raises(DeliveryError, match="certificate was not accepted"):
                run(Socket(host, port, tls=True, authorities=ca))
    assert b"".join(got) == b""
    assert run.waits == []


def test_authorities_that_are_none_are_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with listening() as (port, _), pytest.raises(DeliveryError, match="--ca holds no authority"):
        run(Socket("127.0.0.1", port, tls=True, authorities=str(tmp_path / "ca.pem")))


def test_second_run_sends_only_what_is_new(run: Run, store: FileStore, tmp_path: Path) -> None:
    out = tmp_path / "events"
    assert run(File(str(out))) == Sent(21, 0, 3)
    assert run(File(str(out))) == Sent(0, 0, 0)
    grow(store, "org/kill", 2)
    grow(store, "main", 1)
    assert run(File(str(out))) == Sent(3, 0, 2)
    seen = events(out.read_bytes())
    assert sorted(seen) == sorted(uids(store))
    assert len(seen) == 24


def test_older_entries_are_passed_over_and_stay_so(
    run: Run, store: FileStore, tmp_path: Path
) -> None:
    grow(store, "main", 2, "2026-11-25T00:00:00.5Z")
    out = tmp_path / "events"
    assert run(File(str(out)), since="2026-11-25T00:00:00Z") == Sent(2, 21, 3)
    assert run(File(str(out))) == Sent(0, 0, 0)
    assert len(events(out.read_bytes())) == 2


def test_file_with_a_torn_line_loses_nothing(run: Run, store: FileStore, tmp_path: Path) -> None:
    out = tmp_path / "events"
    out.write_bytes(b'{"uid": "cut sh')
    run(File(str(out)))
    assert events(out.read_bytes()) == uids(store)


def test_file_that_is_no_file_is_refused(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none" / "x"):
        with pytest.raises(DeliveryError):
            run(File(str(path)))
    assert read_cursor(run.path) == {}


class Forgetful:
    """Takes everything, and dies before the cursor is written."""

    name, framed = "forgetful", False

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def deliver(self, messages: Sequence[bytes]) -> None:
        self.got.extend(messages)


def test_crash_between_acknowledgement_and_cursor_repeats_one_batch(
    run: Run, store: FileStore
) -> None:
    receiver = Forgetful()

    def crash(_: Any) -> None:
        raise KeyboardInterrupt

    plan = Plan(encode=lambda told: encode(told) + b"\n", save=crash, wait=print, batch=3)
    with pytest.raises(KeyboardInterrupt):
        send(store, {}, receiver, plan)
    run(receiver)
    seen = events(b"".join(receiver.got))
    assert told_once_each(seen, uids(store))
    assert len(seen) == 24


def test_large_events_make_small_batches(run: Run) -> None:
    sizes: list[int] = []

    class Counting(Forgetful):
        def deliver(self, messages: Sequence[bytes]) -> None:
            sizes.append(len(messages))

    run(Counting(), batch=100, encode=lambda _: b"x" * 1_500_000)
    assert sizes == [2, 2, 2, 1] * 3


def rewritten(store: FileStore, path: Path) -> None:
    path.unlink()
    grow(store, "main", 9)


def shortened(store: FileStore, path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))


def removed(store: FileStore, path: Path) -> None:
    path.unlink()


def changed_behind(store: FileStore, path: Path) -> None:
    grow(store, "main", 2)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[7] = lines[7].replace(b'"pass"', b'"warn"')
    path.write_bytes(b"".join(lines))


def changed_at(store: FileStore, path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[6] = lines[6].replace(b'"pass"', b'"warn"')
    grow(store, "main", 1)
    path.write_bytes(b"".join(lines[:7]) + path.read_bytes().splitlines(keepends=True)[7])


def taken_out_behind(store: FileStore, path: Path) -> None:
    grow(store, "main", 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:8], *lines[9:]]))


@pytest.mark.parametrize(
    "tamper", [rewritten, shortened, removed, changed_behind, changed_at, taken_out_behind]
)
def test_ledger_that_was_tampered_with_is_an_error(
    run: Run, store: FileStore, tmp_path: Path, tamper: Any
) -> None:
    run(Forgetful())
    tamper(store, tmp_path / "ledger.jsonl")
    before = read_cursor(run.path)
    with pytest.raises(RecordError):
        run(Forgetful())
    assert read_cursor(run.path) == before


def test_cursor_of_another_ledger_is_an_error(run: Run, tmp_path: Path) -> None:
    run(Forgetful())
    other = FileStore(str(tmp_path / "other.jsonl"))
    for stream in STREAMS:
        grow(other, stream, 8)
    with pytest.raises(RecordError, match=r"the last that was sent, is another one"):
        Run(other, Path(run.path))(Forgetful())


def test_empty_ledger_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="holds nothing"):
        Run(FileStore(str(tmp_path / "none")), tmp_path / "cursor")(Forgetful())


def test_cursor_is_what_was_written(tmp_path: Path) -> None:
    path = str(tmp_path / "cursor")
    assert read_cursor(path) == {}
    places = {"main": Head(3, "ab" * 32), "org/kill": Head(0, "cd" * 32)}
    write_cursor(path, places)
    assert read_cursor(path) == places
    assert os.listdir(tmp_path) == ["cursor"]
    assert json.loads(Path(path).read_text())["version"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "\xff",
        '{"version": 2, "streams": {}}',
        '{"version": 1, "streams": {"main": {"seq": "3", "hash": "x"}}}',
        '{"version": 1, "streams": {}, "more": 1}',
        '{"version": 1, "streams": {"../x": {"seq": 3, "hash": "x"}}}',
        "[" * 100_000,
    ],
)
def test_cursor_that_is_broken_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "cursor").write_text(text, encoding="latin-1")
    with pytest.raises(RecordError):
        read_cursor(str(tmp_path / "cursor"))


def test_cursor_that_cannot_be_read_or_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        read_cursor(str(tmp_path))
    with pytest.raises(RecordError):
        write_cursor(str(tmp_path / "none" / "cursor"), {})
