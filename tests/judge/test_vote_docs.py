"""docs/approvals.md explains what the code says, all of it and nothing else."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from judge.scene import HEAD, ROOT, facts

from gate.audit.outcomes.events import EXACT
from gate.judge.votes.comments import parse_command
from gate.judge.votes.what_if import apply_what_if
from gate.schema.site import VotingSettings
from gate.schema.votes import VoteCode

PAGE = (ROOT / "docs" / "approvals.md").read_text(encoding="utf-8")


def table(heading: str) -> list[str]:
    """First cells of the table below a heading, without their code marks."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_every_code_is_explained_once_in_the_order_of_the_list() -> None:
    assert table("Reason codes") == list(get_args(VoteCode))


def test_every_code_is_given_somewhere() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "gate/judge").rglob("*.py"))
    )
    assert [code for code in get_args(VoteCode) if f'"{code}"' not in source] == []


def test_command_that_is_no_vote_is_documented_as_it_is_read() -> None:
    (written,) = [line for line in table("Commands") if "false" in line]
    assert f"`{written}`" in EXACT
    assert parse_command(written) is None


@pytest.mark.parametrize("line", [line for line in table("Commands") if "false" not in line])
def test_documented_command_is_one(line: str) -> None:
    written = line.replace("<40 hex digits>", HEAD).replace("<reason>", "production is down")
    command = parse_command(written)
    assert command is not None
    assert command.verb == line.split()[1]


@pytest.mark.parametrize("wish", table("What if"))
def test_documented_wish_is_one(wish: str) -> None:
    written = wish.replace("LOGIN", "bob").replace("PERMISSION", "maintain").replace("NAME", "x")
    assert apply_what_if(facts(), [written]) != facts()


def test_settings_of_voting_are_shown() -> None:
    shown = PAGE.split("\nvoting:\n")[1].split("```")[0]
    assert re.findall(r"^  (\w+):", shown, re.MULTILINE) == list(VotingSettings.__struct_fields__)
