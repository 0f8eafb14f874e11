"""The page on provenance says what is so: figures, kinds of signals, the example of a record."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import yaml
from detect.test_labelled import cases, figures

from gate.detect.provenance import _KINDS, detect
from gate.schema.agents import AgentRecord
from gate.schema.facts import PullFacts
from gate.schema.provenance import Authorship, CommitClass

PAGE = (Path(__file__).parents[2] / "docs" / "provenance.md").read_text()


def block(marker: str) -> str:
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)\n```", PAGE, re.DOTALL)
    assert found, marker
    return found[1]


def test_page_shows_the_measured_figures() -> None:
    assert block("figures: tests/detect/test_labelled.py") == figures()[2]


def test_page_names_every_kind_of_signal() -> None:
    assert re.findall(r"^\| `(\w+)` \| (?:the|a|address|`Co)", PAGE, re.MULTILINE)
    rows = re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)
    assert set(rows) - {"kind", "authorship"} == {*_KINDS, *get_args(Authorship)}


def test_page_names_every_class_of_a_commit() -> None:
    classes = next(f for f in msgspec.structs.fields(CommitClass) if f.name == "author").type
    assert all(f"`{name}`" in PAGE for name in get_args(classes))


def test_page_s_notes_are_those_of_the_labelled_set() -> None:
    said = {
        re.sub(r"[0-9a-f]{12}", "…", note)
        for case in cases()
        for note in detect(case.facts, commits_complete=True).notes
    }
    shown = re.search(r"For example:\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert shown
    for line in shown[1].split("\n"):
        assert re.sub(r"[0-9a-f]{12}", "…", line) in said


def test_page_s_record_is_one_and_is_found() -> None:
    text = block("file: .gate/agents/tf-bot.yml")
    record = msgspec.convert(yaml.safe_load(text), AgentRecord)
    facts = msgspec.convert(
        {
            "pull": {"base": {"ref": "main", "sha": "b"}, "head": {"ref": "x", "sha": "a"}},
            "commits": [{"sha": "a", "commit": {"message": "Fix\n\nChange-Agent: tf-bot"}}],
        },
        PullFacts,
    )
    assert detect(facts, commits_complete=True, registry=(record,)).agent == "tf-bot"
