"""What a source answered is answered again, and nothing else."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.collect.files import FolderSource
from gate.collect.recording import Recorder, Replay, pack, unpack
from gate.errors import CollectError
from gate.schema.section import Absent, Unreadable

PULL = Path(__file__).parents[2] / "fixtures" / "pulls" / "agent-widens-ci-role"


def recorded() -> Recorder:
    source = FolderSource(str(PULL))
    recorder = Recorder(source, source.collect())
    names = [change.name for change in (PULL / "tree").rglob("*") if change.is_file()]
    recorder.read([*names, "absent.txt"], "after")
    recorder.list_directory("", "after")
    recorder.people()
    return recorder


def test_replay_answers_what_was_answered() -> None:
    recorder = recorded()
    replay = Replay(unpack(pack(recorder.recording)))
    assert replay.collect() == recorder.collect()
    for name in recorder.recording.files:
        side, _, path = name.partition(" ")
        assert side == "after"
        assert replay.read([path], "after") == recorder.read([path], "after")
    assert replay.list_directory("", "after") == recorder.list_directory("", "after")
    assert replay.people() == recorder.people()
    replay.confirm()


def test_replay_knows_nothing_that_was_not_asked() -> None:
    replay = Replay(unpack(pack(recorded().recording)))
    (answer,) = replay.read(["never-asked.tf"], "before").values()
    assert isinstance(answer, Unreadable)
    assert isinstance(replay.list_directory("never", "before"), Unreadable)


def test_absent_stays_absent() -> None:
    recorder = recorded()
    recorder.recording.files["after gone"] = recorder.recording.files["after absent.txt"]
    (answer,) = Replay(recorder.recording).read(["gone"], "after").values()
    assert isinstance(answer, (Absent, Unreadable))


@given(st.binary(max_size=300))
def test_hostile_bytes_are_no_recording(data: bytes) -> None:
    for hostile in (data, zlib.compress(data)):
        with pytest.raises(CollectError):
            unpack(hostile)


def test_recording_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gate.collect.recording.MAX_PLAIN", 1000)
    with pytest.raises(CollectError, match="unpacks to more"):
        unpack(zlib.compress(b"\0" * 100_000))


@pytest.mark.parametrize("extra", [{"version": 2}, {}])
def test_recording_of_another_version_is_refused(extra: dict[str, int]) -> None:
    plain = msgspec.msgpack.decode(zlib.decompress(pack(recorded().recording)))
    packed = zlib.compress(msgspec.msgpack.encode({**plain, **extra}))
    with pytest.raises(CollectError, match="not a recording of this version"):
        unpack(packed if extra else packed + b"more")
