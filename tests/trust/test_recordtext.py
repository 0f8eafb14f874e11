"""Edits of a record touch one value and nothing else, or are refused."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import ConfigError
from gate.trust.recordtext import flow, scalar, set_block, set_scalar

TEXT = """\
# Our agent.
version: 1
id: tf-bot          # its name
state: "active"     # since October; state: of the art

owner: {human: alice, backup: bob}
credentials:
  # two of them
  - {ref: "vault:a", tier: high, rotated_at: 2026-01-01}   # the old one
  - ref: vault:b
    tier: low
    rotated_at: '2026-02-01'

# And when it is looked at.
review_due: 2027-01-31
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("state",), "suspended", 'state: "active" ', "state: suspended "),
        (("owner", "backup"), "carol", "backup: bob}", "backup: carol}"),
        (("credentials", 0, "rotated_at"), "2026-11-24", "2026-01-01}", "2026-11-24}"),
        (("credentials", 1, "rotated_at"), "2026-11-24", "'2026-02-01'", "2026-11-24"),
        (("review_due",), "2027-02-28", "2027-01-31", "2027-02-28"),
        (("id",), "a: b", "id: tf-bot ", 'id: "a: b" '),
    ],
)
def test_scalar_is_replaced_and_nothing_else(
    path: tuple[str | int, ...], value: str, old: str, new: str
) -> None:
    # NOTE: where the comment on the line repeats the key, nobody can tell which is meant
    text = TEXT.replace("; state: of the art", "") if path == ("state",) else TEXT
    assert text.count(old) == 1
    assert set_scalar(text, "x.yml", path, value) == text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (TEXT, ("state",)),
        (TEXT, ("nothing",)),
        (TEXT, ("credentials", 7, "rotated_at")),
        (TEXT, ("state", "deeper")),
        ("version: 1\nstate: >-\n  active\n", ("state",)),
        ("version: 1\na: {state: x}\nstate: &s active\nb: *s\n", ("state",)),
        ("[1]", ("state",)),
        ("a: [", ("a",)),
        ("c: [{rotated_at: 1}, {rotated_at: 2}]\n", ("c", 0, "rotated_at")),
    ],
)
def test_what_cannot_be_told_apart_is_refused(text: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises(ConfigError):
        set_scalar(text, "x.yml", path, "suspended")


def test_block_takes_the_place_of_its_key_and_comments_stay() -> None:
    changed = set_block(TEXT, "x.yml", "credentials", "credentials: []\n")
    assert (
        changed
        == TEXT[: TEXT.index("credentials:")]
        + "credentials: []\n"
        + (TEXT[TEXT.index("\n# And when") :])
    )


def test_block_of_a_new_key_stands_at_the_end() -> None:
    block = "sandbox:\n  environments: [a]\n"
    assert set_block(TEXT, "x.yml", "sandbox", block) == TEXT + block
    assert set_block(TEXT.rstrip("\n"), "x.yml", "sandbox", block) == TEXT + block


def test_block_in_a_document_on_one_line_is_refused() -> None:
    with pytest.raises(ConfigError, match="not written one key a line"):
        set_block("{version: 1, id: a}", "x.yml", "models", "models: []\n")


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40))
def test_any_text_survives_as_a_scalar(text: str) -> None:
    written = yaml.safe_load(f"a: {scalar(text)}\nb: {flow([text, 'x'])}\n")
    assert str(written["a"]) == text
    assert [str(item) for item in written["b"]] == [text, "x"]
