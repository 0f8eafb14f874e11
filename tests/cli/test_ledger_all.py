"""`gate ledger checkpoint --all` and `verify --all`: one anchor for every stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store.conformance.engines import ENGINES, Engine

from gate.cli import main
from gate.errors import RecordError
from gate.store.open import open_store
from gate.store.streams import BASELINES, CHECKPOINTS, KILL, Streams

AT = "2026-11-24T10:00:00Z"


@pytest.fixture(params=list(ENGINES))
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    made = ENGINES[request.param](tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", made.environment()["XDG_CACHE_HOME"])
    monkeypatch.chdir(tmp_path)
    assert main(["ledger", "key", "ledger.acme.example/gate"]) == 0
    yield made
    made.close()


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger file of three streams, signed, the anchor kept."""
    monkeypatch.chdir(tmp_path)
    assert main(["ledger", "key", "ledger.acme.example/gate"]) == 0
    spec = str(tmp_path / "l.jsonl")
    write(spec)
    sign(spec)
    return spec


def write(spec: str) -> None:
    streams = Streams(spec)
    streams.decisions("acme/infra").append("decision", AT, {"n": 1})
    streams.ledger(KILL).append("kill", AT, {"event": "ready", "by": "alice", "reason": "set up"})


def sign(spec: str, *more: str) -> None:
    words = ["--ledger", spec, "--sign-with", "gate.key", "--output", "anchor", "--now", AT, *more]
    assert main(["ledger", "checkpoint", "--all", *words]) == 0


def verify(spec: str, *more: str) -> int:
    return main(["ledger", "verify", "--all", "--ledger", spec, *more])


TRUSTED = ("--keys", "gate.pub", "--anchor", "anchor")


def test_one_anchor_holds_every_stream(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    spec = engine.spec
    for _ in range(2):
        write(spec)
        sign(spec)
    sign(spec)
    capsys.readouterr()
    assert verify(spec, *TRUSTED, "--format", "json") == 0
    told = {one["stream"]: one for one in json.loads(capsys.readouterr().out)["streams"]}
    assert {stream: one["entries"] for stream, one in told.items()} == {
        Streams(spec).decisions_name("acme/infra"): 2,
        KILL: 2,
        CHECKPOINTS: 2,
    }
    assert told[KILL]["signed"]["entries"] == 2
    assert len(told[KILL]["signed"]["signers"]) == 1
    assert told[CHECKPOINTS]["signed"] is None


def test_lines_say_what_is_signed_by_whom(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    Streams(ledger).ledger(BASELINES).append("baseline", AT, {})
    capsys.readouterr()
    assert verify(ledger, *TRUSTED) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["main", BASELINES, CHECKPOINTS, KILL]
    assert lines[0].endswith("1 of them signed by ledger.acme.example/gate")
    assert lines[1].endswith("never signed")
    assert verify(ledger) == 0
    assert "signed by whom, unproven" in capsys.readouterr().out
    assert verify(ledger, "--anchor", "anchor") == 2
    assert "signer unproven" in capsys.readouterr().err


def cut(path: Path, lines: int) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]))


def stream_file(spec: str, stream: str) -> Path:
    return Path(f"{spec}.d/streams/{stream.replace('/', '~')}.jsonl")


def rewrite_a_stream(spec: str) -> None:
    stream_file(spec, KILL).unlink()
    Streams(spec).ledger(KILL).append("kill", AT, {"event": "ready", "by": "mallory", "reason": ""})


def rewrite_and_sign_anew(spec: str) -> None:
    rewrite_a_stream(spec)
    stream_file(spec, CHECKPOINTS).unlink()
    Path("anchor").rename("kept")
    sign(spec)
    Path("kept").rename("anchor")


def sign_with_another_key(spec: str) -> None:
    stream_file(spec, CHECKPOINTS).unlink()
    Path("other").mkdir()
    assert main(["ledger", "key", "ledger.acme.example/gate", "--folder", "other"]) == 0
    words = ["--ledger", spec, "--sign-with", "other/gate.key", "--now", AT]
    assert main(["ledger", "checkpoint", "--all", *words]) == 0


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (lambda spec: cut(stream_file(spec, KILL), 0), f"stream {KILL}: (truncated)"),
        (lambda spec: stream_file(spec, KILL).unlink(), f"stream {KILL}: (truncated)"),
        (lambda spec: Path(spec).unlink(), "stream main: (truncated)"),
        (rewrite_a_stream, f"stream {KILL}: (rewritten)"),
        (rewrite_and_sign_anew, f"stream {CHECKPOINTS}: (rewritten)"),
        (
            lambda spec: stream_file(spec, CHECKPOINTS).unlink(),
            f"stream {CHECKPOINTS}: (truncated)",
        ),
        (
            lambda spec: stream_file(spec, KILL).write_bytes(Path(spec).read_bytes()),
            f"found in {KILL} (swapped)",
        ),
    ],
)
def test_tampering_with_any_stream_is_named(
    ledger: str, tamper: Callable[[str], None], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(ledger)
    capsys.readouterr()
    assert verify(ledger, *TRUSTED) == 2
    line = capsys.readouterr().err.splitlines()[0]
    where, _, kind = told.rpartition(" ")
    assert where in line
    assert line.endswith(kind)


def test_checkpoints_of_another_key_are_named(
    ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_with_another_key(ledger)
    capsys.readouterr()
    assert verify(ledger, "--keys", "gate.pub") == 2
    assert "(swapped)" in capsys.readouterr().err.splitlines()[0]


def test_stream_that_was_rewritten_is_not_signed_again(
    ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite_a_stream(ledger)
    words = ["--ledger", ledger, "--sign-with", "gate.key", "--now", AT]
    assert main(["ledger", "checkpoint", "--all", *words]) == 2
    assert f"stream {KILL}: " in capsys.readouterr().err
    assert len(list(open_store(ledger).read(CHECKPOINTS))) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["verify", "--all", "--stream", "org/kill"], "contradict"),
        (["checkpoint", "--all", "--stream", "org/kill"], "contradict"),
        (["verify", "--all", "--checkpoint", "anchor"], "Leave out --checkpoint"),
        (["checkpoint", "--all", "--now", "soon"], "not a time"),
        (["verify", "--all"], "the ledger is empty"),
    ],
)
def test_what_contradicts_itself_is_refused(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", *words, "--ledger", str(tmp_path / "none.jsonl")]) == 2
    assert told in capsys.readouterr().err


def test_checkpoint_that_is_none_is_an_error(ledger: str) -> None:
    from gate.audit.checkpoints import verify_all

    Streams(ledger).ledger(CHECKPOINTS).append("checkpoint", AT, {"signer": 1})
    with pytest.raises(RecordError, match="stream org/checkpoints, entry 1"):
        verify_all(open_store(ledger), ())
