"""text.hidden_characters points at lines and names code points, never printing them."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec

from gate.evaluate.native.text.hidden_characters import (
    MAX_ODDITIES,
    MAX_PER_KIND,
    METADATA,
    find,
)
from gate.schema.changes import Changes, FileChange, Hunk
from gate.schema.facts import CommitDetail, Pull, PullCommit, PullFacts, PullRef
from gate.schema.finding import RawFinding
from gate.schema.native import NativeInput


def file(path: str, *lines: str, start: int = 1, status: str = "modified") -> FileChange:
    body = "\n".join(lines).encode("utf-8", "surrogateescape")
    hunk = Hunk(start, 0, start, len(lines), body)
    return FileChange(path=path, status=status, hunks=(hunk,))  # type: ignore[arg-type]


def judge(
    *files: FileChange, agent: str = "", title: str = "", body: str = "", message: str = ""
) -> list[RawFinding]:
    end = PullRef(ref="main", sha="0" * 40)
    facts = PullFacts(
        pull=Pull(title=title, body=body, base=end, head=end),
        commits=(PullCommit(sha="ab" * 20, commit=CommitDetail(message=message)),),
    )
    changes = (
        [SimpleNamespace(path=agent, kind="agent_instructions", surfaces=("agent",))]
        if agent
        else []
    )
    gate_input = SimpleNamespace(changes=changes)
    return list(
        find(NativeInput(input=gate_input, facts=facts, changes=Changes(files)))  # type: ignore[arg-type]
    )


def test_hidden_character_is_found_at_its_line() -> None:
    (finding,) = judge(file("a.py", "+x", "+y\u202e", start=7))
    assert finding.at is not None
    assert finding.at.line == 8  # type: ignore[union-attr]
    assert finding.values["character"] == "U+202E RIGHT-TO-LEFT OVERRIDE"
    assert finding.enforcement is None


def test_many_on_one_line_are_one_finding_with_a_count() -> None:
    (finding,) = judge(file("a.py", "+" + "\U000e0041" * 40))
    assert finding.values["count"] == 40


def test_removed_and_context_lines_are_not_read() -> None:
    assert judge(file("a.py", "-x\u202e", " y\u202e", "+z")) == []


def test_path_is_read() -> None:
    (finding,) = judge(file("a\u202eyp.exe", "+x"))
    assert finding.evidence == "path bidi_control"
    assert finding.at is not None
    assert finding.at.line is None  # type: ignore[union-attr]


def test_title_body_and_commit_message_are_read() -> None:
    found = judge(title="a\u202eb", body="c\U000e0041", message="d\u2066")
    assert [one.subject for one in found] == [
        "pull request title",
        "pull request description",
        "commit abababababab",
    ]


def test_weights_of_one_class_are_told_apart_in_a_message() -> None:
    found = judge(body="a\u200bb c\u180ed")
    assert [(one.evidence, one.enforcement) for one in found] == [
        ("zero_width warn", "warn"),
        ("zero_width block", None),
    ]


def test_body_with_crlf_is_fine() -> None:
    assert judge(body="one\r\ntwo\r\n") == []


def test_prose_lowers_zero_width_and_agent_file_does_not() -> None:
    (prose,) = judge(file("docs/a.md", "+a\u200bb"))
    assert prose.enforcement == "warn"
    (agent,) = judge(file("CLAUDE.md", "+a\u200bb"), agent="CLAUDE.md")
    assert agent.enforcement is None


def test_byte_order_mark_at_the_head_of_a_file_is_fine() -> None:
    assert judge(file("a.cs", "+\ufeffusing x;")) == []
    assert len(judge(file("a.cs", "+\ufeffusing x;", start=5))) == 1


def test_undecodable_bytes_are_passed_over() -> None:
    assert judge(file("a.txt", "+caf\udce9")) == []


def test_flood_of_light_findings_does_not_hide_a_heavy_one() -> None:
    lines = ["+a\u200bb"] * (MAX_PER_KIND * 2) + ["+c\u202e"]
    found = judge(file("docs/a.md", *lines))
    assert len(found) == MAX_PER_KIND + 1
    assert found[-1].enforcement is None


def test_flood_on_one_line_is_cut_short_and_blocks() -> None:
    found = judge(file("docs/a.md", "+" + "\u200b" * (MAX_ODDITIES + 1) + "\u202e"))
    assert [(one.evidence, one.enforcement) for one in found] == [
        ("zero_width warn #1", "warn"),
        ("too_many block #1", None),
    ]


def test_no_hidden_character_reaches_a_value() -> None:
    found = judge(file("a.py", "+\u202e\u200b\U000e0041\x1b"))
    assert msgspec.json.encode([one.values for one in found]).isascii()


def test_message_names_only_values_that_exist() -> None:
    (finding,) = judge(file("a.py", "+y\u202e"))
    assert METADATA.custom.message.format(subject=finding.subject, **finding.values) == (
        "a.py contains a bidirectional control: U+202E RIGHT-TO-LEFT OVERRIDE, 1 on this line"
    )
