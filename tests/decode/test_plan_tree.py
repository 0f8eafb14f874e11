"""Raw trees are expanded exactly or refused."""

from __future__ import annotations

import json

import pytest
from msgspec import Raw

from gate.decode.plan_split import NONE
from gate.decode.plan_tree import exact, exact_leaves, expand
from gate.errors import DecodeError


def test_absent_part_is_none() -> None:
    assert expand(NONE, "plan") is None


@pytest.mark.parametrize("text", ["null", "true", "1", '"s"', "[]", "{}", '{"a":[1,{"b":null}]}'])
def test_tree_is_that_of_the_json(text: str) -> None:
    assert expand(Raw(text.encode()), "plan") == json.loads(text)


def test_spaces_and_escapes_are_no_reason_to_refuse() -> None:
    text = '{ "a" : "\\u003cb\\u003e\\n", "\\u0063": 1.50 }'
    assert expand(Raw(text.encode()), "plan") == {"a": "<b>\n", "c": 1.5}


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"x":[{"a":1,"a":1}]}', '{"a":1,"\\u0061":2}'])
def test_duplicate_key_is_refused(text: str) -> None:
    with pytest.raises(DecodeError, match="duplicate key"):
        expand(Raw(text.encode()), "plan")


def test_depth_is_bounded() -> None:
    wide = json.dumps([[i] for i in range(500)])
    assert len(expand(Raw(wide.encode()), "plan")) == 500
    assert expand(Raw(("[" * 200 + "]" * 200).encode()), "plan")
    with pytest.raises(DecodeError, match="nested"):
        expand(Raw(("[" * 201 + "]" * 201).encode()), "plan")


def test_integers_beyond_a_double_become_text() -> None:
    tree = {"a": [2**53, 2**53 + 1, -(2**53) - 1, True, 1e300, "x", None]}
    assert exact(tree) == {"a": [2**53, str(2**53 + 1), str(-(2**53) - 1), True, 1e300, "x", None]}
    assert exact_leaves({"p": (2**64, 1, False)}) == {"p": (str(2**64), 1, False)}


@pytest.mark.parametrize("digits", [20, 400, 4_299, 5_000, 200_000])
def test_very_long_integer_is_read_or_refused(digits: int) -> None:
    try:
        tree = exact(expand(Raw(b'{"a":' + b"9" * digits + b"}"), "plan"))
    except DecodeError:
        assert digits > 4_000
    else:
        assert tree == {"a": "9" * digits}
