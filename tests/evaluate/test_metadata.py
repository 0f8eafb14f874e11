"""gate.evaluate.metadata: the quick reader agrees with a real one or stands back."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import DecodeError, EvaluateError
from gate.evaluate import metadata
from gate.evaluate.metadata import find_block, parse_plain, read_metadata
from gate.yamldoc import parse_yaml

GOOD = """\
# A comment that is no METADATA

# METADATA
# title: Wildcard
# description: >-
#   First line,
#   second line.
# related_resources:
#   - ref: https://example.com/a#b
#     description: Page
# custom:
#   severity: high
#   enforcement: block
#   surface: iam
#   integrity: true
#   needs: [terraform, hcl]
#   message: "{subject}: {action}"
#   remediation: Name what is needed, in
#     two lines.
package gate.rules.a.b

x := 1
"""


def test_block_is_read_with_its_package_and_line() -> None:
    block = find_block(GOOD)
    assert (block.package, block.line) == ("gate.rules.a.b", 4)
    read = read_metadata(block, "a.rego")
    assert read.description == "First line, second line."
    assert read.custom.needs == ("terraform", "hcl")
    assert read.custom.integrity is True
    assert read.custom.remediation == "Name what is needed, in two lines."
    assert read.related_resources[0].ref == "https://example.com/a#b"


def test_module_without_metadata_names_its_line() -> None:
    with pytest.raises(EvaluateError, match=r"a\.rego:3: no METADATA"):
        read_metadata(find_block("# c\n\npackage a\n"), "a.rego")


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("severity: high", "severity: awful", 12, "severity"),
        ("surface: iam", "surfase: iam", 14, "surfase"),
        ("title: Wildcard", "titel: Wildcard", 4, "titel"),
        ("integrity: true", "integrity: 7", 15, "integrity"),
    ],
)
def test_wrong_key_names_file_line_and_key(before: str, after: str, line: int, reason: str) -> None:
    with pytest.raises(EvaluateError, match=rf"a\.rego:{line}: METADATA: .*{reason}"):
        read_metadata(find_block(GOOD.replace(before, after)), "a.rego")


def test_missing_key_is_named() -> None:
    with pytest.raises(EvaluateError, match="required field `severity`"):
        read_metadata(find_block(GOOD.replace("#   severity: high\n", "")), "a.rego")


def test_syntax_error_names_the_line_of_the_file() -> None:
    with pytest.raises(EvaluateError, match=r"a\.rego:1[23]: not valid YAML"):
        read_metadata(find_block(GOOD.replace("severity: high", "severity: [high")), "a.rego")


def test_duplicate_key_is_an_error() -> None:
    doubled = GOOD.replace("#   severity: high\n", "#   severity: high\n#   severity: low\n")
    with pytest.raises(EvaluateError, match="duplicate key"):
        read_metadata(find_block(doubled), "a.rego")


KEYS = st.text(string.ascii_lowercase + "_", min_size=1, max_size=4).filter(str.isalpha)
SCALARS = st.text(string.ascii_letters + string.digits + " :#,.-'\"[]{}|>&*!%@`\\~", max_size=14)
BLOCKS = st.lists(
    st.one_of(
        st.tuples(KEYS, SCALARS).map(lambda pair: f"{pair[0]}: {pair[1]}"),
        st.tuples(KEYS, KEYS, SCALARS).map(lambda part: f"{part[0]}:\n  {part[1]}: {part[2]}"),
        st.tuples(KEYS, SCALARS).map(lambda pair: f"{pair[0]}:\n  - {pair[1]}\n  - x: y\n    z: w"),
        st.tuples(KEYS, SCALARS, SCALARS).map(lambda part: f"{part[0]}: {part[1]}\n  {part[2]}"),
        st.tuples(KEYS, SCALARS, SCALARS).map(
            lambda part: f"{part[0]}: >-\n  {part[1]}\n  {part[2]}"
        ),
        st.tuples(KEYS, SCALARS).map(lambda pair: f"{pair[0]}: |\n  {pair[1]}"),
    ),
    min_size=1,
    max_size=4,
)


@given(BLOCKS)
def test_quick_reader_agrees_with_the_real_one_or_stands_back(parts: list[str]) -> None:
    text = "\n".join(parts) + "\n"
    try:
        quick = parse_plain(text)
    except metadata._NotPlainError:
        return
    try:
        assert quick == parse_yaml(text.encode(), "x")
    except DecodeError as error:
        pytest.fail(f"read {text!r} as {quick!r}, which is no YAML: {error.message}")
