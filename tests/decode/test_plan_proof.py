"""Proving that no key stands twice."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from gate.decode.plan_proof import covers, unproven


def parts(text: bytes) -> dict[str, Raw]:
    return msgspec.json.decode(text, type=dict[str, Raw])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"{}", True),
        (b'{"a":1}', True),
        (b' { "a" : 1 , "b" : [ 1, 2 ] } \n', True),
        (b'{"a":1,"a":1}', False),
        (b'{"a":1,"b":2,"a":3}', False),
        (b'{"b":{"a":1},"a":{"b":1}}', True),
        (b'{"\\u0061":1}', False),
        (b'{"a":1}x', False),
    ],
)
def test_covers_only_the_whole_text(text: bytes, expected: bool) -> None:
    assert covers(text, parts(text.removesuffix(b"x"))) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=6), JSON, max_size=5), st.sampled_from([None, 1]))
def test_covers_what_a_writer_wrote(value: object, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "surrogatepass")
    escaped = b"\\" in text or b"\x7f" in text
    assert covers(text, parts(text)) or escaped


def entries(*texts: str) -> list[Raw]:
    return [Raw(text.encode()) for text in texts]


def test_unproven_names_the_entry_with_a_key_twice() -> None:
    good = '{"address": "a", "change": {"actions": ["no-op"], "before": {"x": 1, "x": 2}}}'
    twice = '{"address": "a", "address": "b", "change": {"actions": []}}'
    inner = '{"address": "a", "change": {"actions": ["create"], "actions": ["no-op"]}}'
    escape = '{"address": "a", "change": {"act\\u0069ons": ["create"], "actions": ["no-op"]}}'
    found = list(unproven(entries(good, twice, good, inner, escape, good), "change"))
    assert [bytes(raw).decode() for raw in found] == [twice, inner, escape]


@pytest.mark.parametrize("text", ['{"change": null}', '{"change": 1}', "{}", '{"change": {}}'])
def test_unproven_has_nothing_to_say_of_other_shapes(text: str) -> None:
    assert list(unproven(entries(text), "change")) == []


@pytest.mark.parametrize("text", ["[1]", "1", "[" * 2000 + "]" * 2000])
def test_unproven_leaves_what_is_no_object_to_the_parser(text: str) -> None:
    assert len(list(unproven(entries(text), "change"))) == 1
