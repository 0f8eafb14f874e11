"""What was seen and does not count is said, in words that are never the author's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.detect.provenance import detect
from gate.schema.facts import Actor, Review

LINE = "Co-Authored-By: Claude <noreply@anthropic.com>"
BOT = Actor(login="dependabot[bot]", id=49699333, type="Bot")


def notes(pull, *, complete: bool = True) -> tuple[str, ...]:
    return detect(pull, commits_complete=complete).notes


@pytest.mark.parametrize(
    ("message", "note"),
    [
        (f"Docs\n\n> {LINE}\n\nEnd.", "a trailer of claude-code stands in prose, a quotation"),
        (f"Docs\n\n```\n{LINE}\n```", "a trailer of claude-code stands in prose, a quotation"),
        ("Fix\n\nAssisted-by: Jay Satiro", "`assisted-by` names a person"),
        ("Fix\n\nReported-by: Copilot", "who reported something has not written it"),
        ("Fix\n\nSigned-off-by: Claude <noreply@anthropic.com>", "claude-code signed off"),
        ("Fix\n\nGenerated-by: protoc", "`generated-by` names nobody that is known"),
        ("Fix\n\nCo-authored-by: Ann <ann@anthropic.com>", "an address at anthropic.com"),
        ("Fix\n\nCo-authored-by: Devin Lai <d@lai.test>", "a co-author is called Devin"),
        (f"A (#1)\n\n* b\n\n---------\n\n{LINE}", "several commits squashed into one"),
    ],
)
def test_a_commit_s_words_are_explained(message, note, facts, commit) -> None:
    assert any(note in found for found in notes(facts([commit(message)])))


@pytest.mark.parametrize(
    ("made", "note"),
    [
        ({"name": "Claude Dupont"}, "its author is called Claude"),
        ({"email": "9+devin-x@users.noreply.github.com"}, "its author is called Devin"),
        ({"email": "ann@openai.com"}, "its author has an address at openai.com"),
        ({"email": "1+dependabot[bot]@users.noreply.github.com"}, "in the name of dependabot"),
        ({"email": "1+acme[bot]@users.noreply.github.com"}, "may or may not stand"),
    ],
)
def test_an_author_who_looks_like_something_is_explained(made, note, facts, commit) -> None:
    pull = facts([commit(account=None, **made)])
    assert any(note in found for found in notes(pull))


def test_an_ordinary_change_has_no_notes(facts, commit) -> None:
    message = "Fix\n\nCo-authored-by: Bob <bob@acme.test>\nSigned-off-by: Alice <a@acme.test>"
    assert notes(facts([commit(message)], branch="topic", body="Text.")) == ()


def test_what_counts_is_not_noted_as_not_counting(facts, commit) -> None:
    pull = facts([commit(f"Fix\n\n{LINE}")], branch="claude/issue-1-20260101")
    assert notes(pull) == ()


@pytest.mark.parametrize(
    ("made", "note"),
    [
        ({"branch": "devin/1763650000-x"}, "branch: a name as used by devin"),
        ({"labels": ["codex"]}, "the label of codex-cloud was not set by the opener"),
        (
            {"body": "```\nhttps://claude.ai/code/session_1\n```"},
            "stands in a quotation or a fence",
        ),
        ({"body": "- [ ] AI was used"}, "a box about AI that is not ticked says nothing"),
        ({"body": "- [x] No AI was used"}, "which is its author's own word"),
        ({"user": Actor(login="devin-codes", id=2)}, "devin-codes is called like an agent"),
        ({"user": Actor(login="x[bot]", type="Bot")}, "may or may not stand"),
        ({"user": BOT, "body": "https://claude.ai/code/session_1"}, "release notes that a program"),
    ],
)
def test_the_pull_s_words_are_explained(made, note, facts) -> None:
    assert any(note in found for found in notes(facts(**made)))


def test_missing_commits_are_said_to_prove_no_person(facts) -> None:
    assert any("commits are missing" in found for found in notes(facts(), complete=False))


def test_a_reviewer_has_not_written(facts) -> None:
    rabbit = Actor(login="coderabbitai[bot]", id=136622811, type="Bot")
    reviews = [Review(user=rabbit, state="APPROVED"), Review(user=None, state="COMMENTED")]
    found = detect(facts(reviews=reviews), commits_complete=True)
    assert found.authorship == "human"
    assert found.notes == ("reviews: coderabbit reviewed; who reviews has not written",)


def test_one_reason_is_said_once_with_its_places(facts, commit) -> None:
    pull = facts([commit("Fix\n\nReported-by: Copilot", sha=str(n) * 40) for n in range(6)])
    (found,) = notes(pull)
    assert found == (
        "commit 000000000000, commit 111111111111, commit 222222222222 and 3 more: "
        "who reported something has not written it"
    )


def test_notes_are_cut_and_say_so(facts, commit) -> None:
    domains = ("anthropic.com", "openai.com", "cursor.com", "cognition.ai", "opencode.ai")
    domains += ("all-hands.dev", "roocode.com", "cline.bot", "warp.dev", "aider.chat")
    domains += ("ampcode.com", "charm.land", "jetbrains.com", "codegen.sh", "continue.dev")
    domains += ("windsurf.ai", "codeium.com", "lovable.dev", "replit.com", "ona.com", "mistral.ai")
    found = notes(facts([commit(email=f"x@{domain}", account=None) for domain in domains]))
    assert len(found) == 20
    assert found[-1] == "2 more notes of this kind"


@given(text=st.text(max_size=200), name=st.text(max_size=60))
def test_notes_hold_nothing_of_their_author_s(text: str, name: str) -> None:
    from detect.conftest import make_commit, make_facts

    canary = "canary5f1e9c"
    pull = make_facts(
        [
            make_commit(
                f"{text}\n\nAssisted-by: {canary}\nCo-authored-by: Claude {canary} <{canary}@anthropic.com>"
                f"\n> Co-authored-by: {canary} <noreply@anthropic.com>\nReported-by: Claude {canary}",
                name=f"Claude {canary} {name}",
                email=f"{canary}@openai.com",
                account=None,
            )
        ],
        branch=f"claude/{canary}",
        body=f"- [ ] AI {canary}\n\n> https://claude.ai/code/session_{canary}\n\n{text}",
    )
    found = notes(pull)
    assert found
    for note in found:
        assert note.isprintable()
        assert canary not in note
        assert len(note) <= 240
