"""Syslog: every message can be read back by the grammar of RFC 5424, whatever stands in it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from audit.siem.samples import EVERY, decision, told
from hypothesis import given
from hypothesis import strategies as st

from gate.audit.reading import Told
from gate.audit.siem.syslog import EXAMPLE_NUMBER, escape, frame, message
from gate.schema.entry import Entry

GRAMMAR = re.compile(
    rb"<(?P<priority>[0-9]{1,3})>1"
    rb" (?P<time>-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)"
    rb" (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<process>[!-~]{1,128})"
    rb" (?P<id>[!-~]{1,32})"
    rb" (?P<data>\[[!-~]{1,32}(?: [!-<>-~]{1,32}=\"(?:[^\"\\\]]|\\[\"\\\]])*\")*\])"
    rb" (?P<text>.*)\Z",
    re.DOTALL,
)
PARAM = re.compile(rb' ([a-z]+)="((?:[^"\\\]]|\\["\\\]])*)"')


def read(data: bytes) -> tuple[re.Match[bytes], dict[str, str]]:
    """A message taken apart: its parts, and the parameters of its structured data."""
    match = GRAMMAR.match(data)
    assert match, data
    params = {
        name.decode(): re.sub(r"\\(.)", r"\1", value.decode("utf-8"))
        for name, value in PARAM.findall(match["data"])
    }
    return match, params


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.entry.kind)
def test_message_of_every_kind_holds_to_the_grammar(one: Told) -> None:
    match, params = read(message(one))
    assert match["id"].decode() == one.entry.kind
    assert match["time"] == b"2026-11-24T10:00:00Z"
    assert params["uid"] == one.entry.id
    assert params["hash"] == one.entry.hash
    assert match["text"] != b""


def test_message_of_a_block_is_this() -> None:
    assert message(told("decision", decision())).decode() == (
        "<107>1 2026-11-24T10:00:00Z - gate - decision [gate@32473"
        ' uid="01J0000000000000000000000A" stream="repo/acme/infra" seq="4"'
        f' hash="{"78" * 32}" pull="acme/infra#7" decision="block" agent="tf-bot"]'
        " block acme/infra#7 at abababababab by tf-bot:"
        " terraform.wildcard_iam, terraform.open_ingress"
    )


@pytest.mark.parametrize(
    ("kind", "body", "level"),
    [
        ("decision", {"decision": "pass"}, 6),
        ("decision", {"decision": "warn"}, 5),
        ("decision", {"decision": "hold"}, 4),
        ("decision", {"decision": "block"}, 3),
        ("decision", {"decision": "error"}, 3),
        ("kill", {"event": "killed"}, 2),
        ("alert", {"severity": "critical", "text": "x"}, 2),
        ("alert", {"severity": "low", "text": "x"}, 5),
        ("party", {}, 5),
    ],
)
def test_severity_follows_what_happened(kind: str, body: Any, level: int) -> None:
    match, _ = read(message(told(kind, body)))
    assert int(match["priority"]) == 13 * 8 + level


def test_fractions_of_a_second_are_kept_and_other_zones_turned_to_utc() -> None:
    match, _ = read(message(told("decision", {}, at="2026-11-24T12:00:00.25+02:00")))
    assert match["time"] == b"2026-11-24T10:00:00.250000Z"


def test_text_beyond_ascii_begins_with_the_mark() -> None:
    match, _ = read(message(told("alert", {"severity": "low", "text": "größer"})))
    assert match["text"] == b"\xef\xbb\xbf" + "größer".encode()
    match, _ = read(message(told("alert", {"severity": "low", "text": "plain"})))
    assert match["text"] == b"plain"


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(
    ['"]', "\\", '\\"]', "] <1>1 - - -", "\n<0>1 -", "a\x00b", "\u202e", "\ud800"[:0] + "\u2028"]
)


@given(text=st.text())
def test_escaped_value_ends_where_it_should(text: str) -> None:
    escaped = escape(text)
    assert re.fullmatch(r'(?:[^"\\\]]|\\["\\\]])*', escaped)
    assert re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL) == text


@given(kind=HOSTILE, stream=HOSTILE, at=HOSTILE, words=st.lists(HOSTILE, min_size=8, max_size=8))
def test_hostile_words_stay_inside_their_place(
    kind: str, stream: str, at: str, words: list[str]
) -> None:
    body = {
        "decision": words[0],
        "agent": words[1],
        "event": words[2],
        "incident": words[3],
        "text": words[4],
        "reason": words[5],
        "pull": {"repo": words[6], "number": words[7]},
    }
    for name in (kind, "alert", "decision", "kill"):
        entry = Entry(seq=1, prev="", at=at, kind=name, id=words[0], body=body, hash=words[1])
        one = message(Told(stream, entry))
        match, params = read(one)
        assert b"\n" not in one
        assert b"\x00" not in one
        assert set(params) <= {
            *("uid", "stream", "seq", "hash", "pull", "decision", "event", "agent", "incident")
        }
        assert len(one) <= 8192, "RFC 5425 4.3.1: receivers should take 8192 octets"
        assert match["data"].startswith(b"[gate@%d" % EXAMPLE_NUMBER)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_frames_are_read_back_one_by_one(messages: list[bytes]) -> None:
    data, found = b"".join(map(frame, messages)), []
    while data:
        length, _, rest = data.partition(b" ")
        found.append(rest[: int(length)])
        data = rest[int(length) :]
    assert found == messages
