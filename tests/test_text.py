"""What untrusted text becomes."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import text

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "a\u202eb",
    "a\u200bb",
    "tag\U000e0041",
    "vs\U000e0100\U000e01ef",
    "x\ud800y",
    "a\u2028b\u2029c",
    "nul\x00",
    "::set-output name=a::b",
    "##[error]x",
    "<!-- m -->",
    "@octocat",
    "](http://evil.test)",
    "`" * 7,
    "a\r\n::error::b",
    "\x85next",
    "c1\x9b31m",
)

anything = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Mn")),
        st.sampled_from("`*_[]()<>!#@|\\:$%&~-+=.\n\r \ufe0f\u200b\u3164w1aG"),
    ),
    max_size=120,
)


def is_hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


@given(anything)
def test_neutralise_leaves_no_hidden_character(value: str) -> None:
    shown = text.neutralise(value)
    assert not any(is_hidden(char) for char in shown)
    assert len(shown) <= text.MAX_FIELD
    assert text.neutralise(shown) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize("value", HOSTILE[:8])
def test_neutralise_shows_what_it_takes_out(value: str) -> None:
    assert "\\u{" in text.neutralise(value)


@pytest.mark.parametrize("char", list("\u3164\u115f\uffa0\u2800\ufe00\u034f\U000e01ef"))
def test_neutralise_shows_printable_fillers(char: str) -> None:
    assert text.neutralise(f"a{char}b") == f"a\\u{{{ord(char):x}}}b"


def test_neutralise_keeps_people_s_languages_and_emoji() -> None:
    kept = "Größe 日本語 Ελλάδα ❤️ é"
    assert text.neutralise(kept) == kept


def test_neutralise_shows_repeated_emoji_selectors() -> None:
    assert text.neutralise("❤️️") == "❤️\\u{fe0f}"


def test_neutralise_cuts_with_an_ellipsis() -> None:
    assert text.neutralise("a" * 301) == "a" * 299 + "…"
    assert text.neutralise("abcdef", 4) == "abc…"


def test_neutralise_is_fast_on_ordinary_text() -> None:
    start = time.perf_counter()
    for _ in range(100_000):
        text.neutralise("aws_iam_role_policy.ci allows s3:* on every resource")
    assert time.perf_counter() - start < 1


def read_spans(line: str) -> list[tuple[int, int]]:
    """Code spans of a line as CommonMark finds them: (start, end) of each."""
    spans, at = [], 0
    while (opening := re.compile("`+").search(line, at)) is not None:
        closing = next(
            (
                run
                for run in re.compile("`+").finditer(line, opening.end())
                if len(run[0]) == len(opening[0])
            ),
            None,
        )
        at = opening.end()
        if closing is not None:
            spans.append((opening.start(), closing.end()))
            at = closing.end()
    return spans


@given(anything)
def test_code_span_is_one_span(value: str) -> None:
    span = text.code_span(value)
    assert read_spans(span) == [(0, len(span))]
    assert "\n" not in span
    assert not any(is_hidden(char) for char in span)


@given(anything)
def test_code_span_in_a_table_has_no_bare_pipe(value: str) -> None:
    span = text.code_span(value, table=True)
    assert re.search(r"(?<!\\)\|", span) is None


def test_code_span_pads_where_markdown_would_strip() -> None:
    assert text.code_span("`a") == "`` `a ``"
    assert text.code_span(" a ") == "`  a  `"
    assert text.code_span("") == "`(empty)`"


def test_code_span_forges_no_mark_of_ours() -> None:
    assert "<!--" not in text.code_span("<!-- gate:v1 -->")


@given(anything)
def test_plain_markdown_never_mentions_refers_or_links(value: str) -> None:
    shown = text.plain_markdown(value)
    assert "\n" not in shown
    assert not re.search(r"@[\w-]", shown)
    assert not re.search(r"#\d", shown)
    assert "://" not in shown
    assert not re.search(r"www\.", shown, re.IGNORECASE)
    assert "<" not in shown
    assert re.search(r"[`*\[\]]", re.sub(r"\\.", "", shown)) is None
    assert not re.search(r"[0-9a-f]{7}", shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("aws_iam_role.ci allows s3:*", "aws_iam_role.ci allows s3:\\*"),
        ("_x_", "\\_x\\_"),
        ("- a", "\\- a"),
        ("1. a", "1\\. a"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("@me #1", "@\u200bme \\#\u200b1"),
        ("GH-12", "GH-\u200b12"),
        ("deadbeefcafe", "deadbe\u200befcafe"),
    ],
)
def test_plain_markdown_escapes(value: str, shown: str) -> None:
    assert text.plain_markdown(value) == shown


@given(anything)
def test_log_line_is_no_runner_command(value: str) -> None:
    line = text.log_line(value)
    assert not line.lstrip().startswith("::")
    assert "##[" not in line
    assert not any(word.startswith("::") for word in line.split())


def test_log_line_keeps_an_arn() -> None:
    assert text.log_line("arn:aws:iam::aws:policy/X") == "arn:aws:iam::aws:policy/X"


@given(anything)
def test_guard_log_breaks_every_line(value: str) -> None:
    for line in text.guard_log(value).split("\n"):
        assert "##[" not in line


def test_guard_log_leaves_our_own_lines_alone() -> None:
    assert text.guard_log("a\n  b::c\n## Title\n") == "a\n  b::c\n## Title\n"
    assert text.guard_log("ok\n  ::error::x") == "ok\n  \\u{3a}:error::x"


@given(anything)
def test_workflow_data_is_one_line(value: str) -> None:
    data = text.workflow_data(value)
    assert not any(is_hidden(char) for char in data)
    assert re.search(r"%(?!25|0D|0A)", data) is None


def test_workflow_data_keeps_line_breaks_encoded() -> None:
    assert text.workflow_data("50%\r\nb") == "50%25%0Ab"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("use ghp_" + "a1B2" * 9, "use [GitHub token removed]"),
        ("AKIA" + "ABCDEFGH12345678 here", "[AWS key id removed] here"),
        ("sk-ant-" + "x" * 24, "[Anthropic key removed]"),
        ("xoxb-" + "1234567890-abc", "[Slack token removed]"),
        ("sk-" + "aB3d" * 12, "[OpenAI legacy key removed]"),
        ("hf_" + "aB3d" * 9, "[Hugging Face token removed]"),
        ("aB3dZq7wXy12ab.atlas" + "v1." + "aB3d" * 16, "[Terraform token removed]"),
        (
            "https://hooks.slack" + ".com/services/T0/B0/" + "aB3d" * 6,
            "https://[Slack webhook removed]",
        ),
        ("lin_api_" + "aB3d" * 10, "[Linear key removed]"),
        ("shpat_" + "0a1b" * 8, "[Shopify token removed]"),
        ("glsa_" + "aB3d" * 8 + "_0a1b2c3d", "[Grafana token removed]"),
        ("dapi" + "0a1b" * 8, "[Databricks token removed]"),
        ("AccountKey=" + "aB3d" * 20 + "==", "[Azure key removed]"),
        (
            "postgres://admin:aB3dZq7w@db:5432/x",
            "postgres[password in an address removed]@db:5432/x",
        ),
        ("http://host:8080/path@x is plain", "http://host:8080/path@x is plain"),
        ("plain text of a title, long enough", "plain text of a title, long enough"),
        ("task-list ghp_short", "task-list ghp_short"),
    ],
)
def test_redact_removes_credentials_only(value: str, shown: str) -> None:
    assert text.redact(value) == shown


def test_redact_is_linear_on_hostile_text() -> None:
    start = time.perf_counter()
    for value in ("eyJ" * 30_000, "-----BEGIN " * 10_000, "SG." + "a." * 50_000, "ghp_" * 30_000):
        text.redact(value)
    assert time.perf_counter() - start < 2
