"""The job summary."""

from __future__ import annotations

import re
import unicodedata

import msgspec
import pytest
from report import golden
from report.samples import ROLE, SAMPLES, report

from gate.report import summary
from gate.schema.finding import Location
from gate.schema.report import Report

OURS = re.compile(r"</?(?:details(?: open)?|summary|sub)>")


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_render_equals_the_golden_file(name: str) -> None:
    with open(golden.path(name, "md"), "rb") as file:
        assert golden.render(SAMPLES[name], "md") == file.read()


def without_code(line: str) -> str:
    """A line with its code spans cut out, as CommonMark reads them."""
    kept, at = [], 0
    while (opening := re.compile(r"(?<!\\)`+").search(line, at)) is not None:
        kept.append(line[at : opening.start()])
        closing = next(
            (
                run
                for run in re.compile("`+").finditer(line, opening.end())
                if len(run[0]) == len(opening[0])
            ),
            None,
        )
        assert closing is not None, line
        at = closing.end()
    return "".join(kept) + line[at:]


def test_render_shows_nothing_raw(poisoned: Report) -> None:
    shown = summary.render(poisoned)
    for mark in ("##[", "##vso[", "<!--", "a1B2a1B2"):
        assert mark not in shown
    for line in shown.split("\n"):
        hidden = [char for char in line if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl")]
        assert set(hidden) <= {"\u200b"}
        assert not line.lstrip(" ->*").startswith(("::", "```suggestion", "~~~"))
        prose = OURS.sub("", without_code(line))
        assert "<" not in prose
        assert not re.search(r"@\w", prose)
        assert not re.search(r"#\d", prose)
        assert not re.search(r"(?<!\\)\]\(", prose)
        assert "://" not in prose
        assert "www." not in prose


def test_render_keeps_its_tables_and_blocks_whole(poisoned: Report) -> None:
    rows = summary.render(poisoned).split("\n")
    for row in rows:
        if row.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert rows.count("</details>") == sum(row.startswith("<details") for row in rows)
    assert sum(row.startswith("## ") for row in rows) == 1


def test_words_between_backticks_are_code_and_nothing_else_is() -> None:
    notes = ("`gate opa install` gets it", "``x`` and `y", "[a](b) `c|d` *e*")
    shown = summary.render(report(notes=notes))
    assert "\n- `gate opa install` gets it\n" in shown
    assert "\n- \\`\\`x\\`\\` and \\`y\n" in shown
    assert "\n- \\[a\\](b) `c|d` \\*e\\*\n" in shown


def test_render_stays_in_the_budget() -> None:
    many = tuple(
        msgspec.structs.replace(
            ROLE,
            rule=f"r{number}.x",
            message="`|<&>" * 60,
            subject="",
            at=Location(path="`|" * 500, line=number + 1),
        )
        for number in range(4000)
    )
    shown = summary.render(report(decision="block", findings=many))
    assert len(shown.encode()) <= summary.BUDGET
    assert "4000 blocking" in shown


def test_render_says_how_many_it_left_out() -> None:
    many = tuple(msgspec.structs.replace(ROLE, subject=str(number)) for number in range(150))
    shown = summary.render(report(decision="block", findings=many))
    assert "- 50 more of terraform.wildcard_iam (blocking)" in shown


def test_render_says_why_once_for_each_rule() -> None:
    text = summary.render(SAMPLES["block"])
    why = "A policy that the change creates allows everything of a service."
    assert text.count("`terraform.wildcard_iam`") > 2
    assert text.count(why) == 1


def test_render_does_not_repeat_the_reason_of_an_error() -> None:
    assert "Could not look at" not in summary.render(SAMPLES["usage"])
