"""Nothing of an entry acts, shows a credential, or grows without end where it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from audit.siem.samples import AT, told
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.audit.siem import lines, ocsf
from gate.audit.siem.plain import MAX_DEPTH, MAX_ITEMS, Plain
from gate.audit.siem.syslog import message
from gate.schema.bodies import KINDS

SECRET = "ghp_" + "a1B2" * 9
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def texts(value: Any) -> list[str]:
    """Every text in a document, keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *texts(item))]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


@given(body=st.dictionaries(st.text(), JSON), kind=st.sampled_from(KINDS) | st.text())
@settings(max_examples=80, deadline=None)
def test_every_text_of_an_event_is_printable(body: dict[str, Any], kind: str) -> None:
    one = told(kind, body)
    for encode in (ocsf.encode, lines.encode):
        made = json.loads(encode(one))
        assert all(text.isprintable() for text in texts(made))


@pytest.mark.parametrize("kind", [*KINDS, "party"])
def test_credential_reaches_no_receiver(kind: str) -> None:
    words = dict.fromkeys(("text", "reason", "by", "agent", "incident", "event"), f"see {SECRET}")
    body = {**words, "findings": [{"rule": SECRET}], "pull": {"repo": SECRET}, SECRET: SECRET}
    one = told(kind, body, id=SECRET)
    for encode in (ocsf.encode, lines.encode, message):
        shown = encode(one)
        assert SECRET.encode() not in shown
        assert b"GitHub token removed" in shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x" * 400, "x" * 299 + "…"),
        (list(range(MAX_ITEMS + 5)), list(range(MAX_ITEMS))),
        (2**60, str(2**60)),
    ],
    ids=["text", "list", "number"],
)
def test_what_is_too_large_is_cut(value: Any, expected: Any) -> None:
    assert Plain().value(value) == expected


def test_what_is_nested_too_deeply_is_left_out() -> None:
    value: Any = "bottom"
    for _ in range(500):
        value = [value]
    shown = json.dumps(Plain().value({"a": value}))
    assert "bottom" not in shown
    assert shown.count("[") < MAX_DEPTH
    assert "left out" in shown


def test_event_says_that_something_was_cut() -> None:
    whole, cut = told("review", {"a": "x"}), told("review", {"a": ["x"] * (MAX_ITEMS + 1)})
    assert "is_truncated" not in ocsf.event(whole)["metadata"]
    assert ocsf.event(cut)["metadata"]["is_truncated"] is True
    assert json.loads(lines.encode(whole))["cut"] is False
    assert json.loads(lines.encode(cut))["cut"] is True


def test_line_is_the_entry_in_its_place() -> None:
    one = told("review", {"of": "x"})
    assert json.loads(lines.encode(one)) == {
        "uid": one.entry.id,
        "stream": "repo/acme/infra",
        "seq": 4,
        "hash": one.entry.hash,
        "prev": one.entry.prev,
        "at": AT,
        "kind": "review",
        "body": {"of": "x"},
        "cut": False,
    }
