"""The chain: canonical bytes, and what is read as fast as it can be."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.store.ledger import canonical, entry_hash, link, walk
from gate.store.tampering import TamperedError

AT = "2026-11-24T10:00:00Z"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def read(entry: Entry) -> Entry:
    """As it comes back from a file."""
    return msgspec.json.decode(msgspec.json.encode(entry, order="sorted"), type=Entry)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=5))
@settings(max_examples=400, deadline=None)
def test_leaf_is_the_rfc_8785_form_whatever_the_body_holds(body: dict[str, Any]) -> None:
    entry = read(link(None, "decision", AT, body))
    [(walked, leaf)] = walk(iter([(1, entry)]))
    document = json.loads(msgspec.json.encode(entry))
    del document["hash"]
    assert walked == entry
    assert leaf == canonical(entry) == rfc8785.dumps(document)


@pytest.mark.parametrize("body", [{"n": 1.0}, {"n": 1e21}, {"\ue000": 1, "\U0001f600": 2}], ids=str)
def test_hash_over_another_form_is_a_change(body: dict[str, Any]) -> None:
    entry = link(None, "decision", AT, body)
    document = msgspec.to_builtins(entry)
    del document["hash"]
    other = msgspec.json.encode(document, order="sorted")
    assert other != canonical(entry)
    forged = msgspec.structs.replace(entry, hash=hashlib.sha256(other).hexdigest())
    with pytest.raises(TamperedError, match="hash does not fit"):
        list(walk(iter([(1, read(forged))])))


def test_id_is_part_of_what_is_hashed() -> None:
    entry = link(None, "decision", AT, {}, "01JDEXAMPLE00000000000000A")
    assert b'"id":"01JDEXAMPLE00000000000000A"' in canonical(entry)
    for other in ("01JDEXAMPLE00000000000000B", "", msgspec.UNSET):
        changed = msgspec.structs.replace(entry, id=other)
        with pytest.raises(TamperedError, match="hash does not fit"):
            list(walk(iter([(1, read(changed))])))


def test_what_has_no_canonical_form_is_an_error() -> None:
    entry = Entry(seq=0, prev="0" * 64, at=AT, kind="decision", body={"n": 2**60}, hash="x")
    with pytest.raises(RecordError, match="no canonical form"):
        list(walk(iter([(1, entry)])))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, -(2**53), "\ud800"], ids=repr)
def test_what_rfc_8785_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(RecordError, match="no canonical form"):
        link(None, "decision", AT, {"a": [{"n": value}]})


@pytest.mark.parametrize(
    "value", [2**53 - 1, 1 - 2**53, True, (1, "x"), '\x7f\x01"\\/', {"b": 1, "a": 2}]
)
def test_canonical_form_is_that_of_rfc_8785(value: object) -> None:
    entry = Entry(
        seq=0, prev="0" * 64, at=AT, kind="decision", body={"z": value, "": None}, hash="x"
    )
    document = msgspec.to_builtins(entry)
    del document["hash"]
    assert canonical(entry) == rfc8785.dumps(document)


def test_name_of_the_stream_is_part_of_what_is_hashed_but_in_main() -> None:
    assert link(None, "k", AT, {}) == link(None, "k", AT, {}, stream="main")
    entry = link(None, "k", AT, {}, stream="org/kill")
    assert b'"stream":"org/kill"' in canonical(entry)
    for other in ("org/limits", msgspec.UNSET):
        changed = msgspec.structs.replace(entry, stream=other)
        with pytest.raises(TamperedError, match="hash does not fit"):
            list(walk(iter([(1, read(changed))])))


def test_decision_takes_the_quick_form_tuples_and_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc8785", None)
    entry = link(None, "decision", "2026-11-24T10:00:00Z", {"used": ({"surface": "iam"},)})
    assert entry_hash(entry) == entry.hash
