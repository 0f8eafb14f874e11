"""The page about the doctor says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from verify.healthy import ACTION, WORKFLOW, ask, changed, healthy, person

from gate.report.doctor import render_examination
from gate.schema.doctor import Examination, Examined
from gate.verify.questions import QUESTIONS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "doctor.md"
SHOWN = re.compile(r"test_page.py compares this block -->\n```\n(.*?)```\n", re.DOTALL)


def shown() -> str:
    """The example: a workflow that was added by hand, and nothing else."""
    content = changed(b"      statuses: write\n", b"")
    content = changed(b'  schedule:\n    - cron: "17 * * * *"\n', b"", content)
    state = healthy(workflow=content, owners=None, **{".gate/gate.yml": None})
    state.settings.rules, state.settings.rulesets = [], {}
    state.settings.protected, state.settings.owners_errors = False, None
    state.collaborators = [person("alice", 11, "admin")]
    return render_examination(ask(state), width=100, color=False)


def test_page_shows_what_is_printed() -> None:
    match = SHOWN.search(PAGE.read_text())
    assert match is not None
    assert match[1].strip() == shown().strip()


def test_page_explains_every_question() -> None:
    text = PAGE.read_text()
    assert re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", text, re.MULTILINE) == list(QUESTIONS)
    assert f"asks {len(QUESTIONS)} questions" in text


def test_page_has_every_key_of_the_document() -> None:
    text = PAGE.read_text()
    for struct in (Examination, Examined):
        for field in msgspec.structs.fields(struct):
            assert f"`{field.name}`" in text


def test_questions_are_asked_so_that_a_person_understands_them() -> None:
    for id, question in QUESTIONS.items():
        assert question.text.endswith("?"), id
        assert question.why.endswith("."), id
        assert question.fix, id
        assert id.partition(".")[0] in {
            "decision", "branch", "job", "actions", "owners", "people", "site"
        }  # fmt: skip
        left = re.sub(r"\{(?:branch|repository)\}", "", question.text + question.command)
        assert "{" not in left, id


def test_example_uses_the_action() -> None:
    assert ACTION.encode() in WORKFLOW
