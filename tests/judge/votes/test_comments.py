"""Commands in comments: one exact first line."""

from __future__ import annotations

import pytest
from judge.scene import HEAD

from gate.judge.votes.comments import MAX_LINE, parse_command

LINE = f"/gate approve {HEAD}"


@pytest.mark.parametrize(
    "body",
    [
        LINE,
        f"{LINE} ",
        f"{LINE}\t \n",
        f"{LINE}\r\nthanks",
        f"{LINE}\rmore",
        f"{LINE}\n/gate revoke",
    ],
)
def test_approval_is_the_first_line(body: str) -> None:
    command = parse_command(body)
    assert command is not None
    assert (command.verb, command.sha) == ("approve", HEAD)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (f" {LINE}", "no exact command"),
        (f"\t{LINE}", "no exact command"),
        (f"\ufeff{LINE}", "no exact command"),
        (f"\u200b{LINE}", "no exact command"),
        (f"/\u200bgate approve {HEAD}", "no exact command"),
        (f"/gate\u00a0approve {HEAD}", "no exact command"),
        (f"/gate approve\u00a0{HEAD}", "no exact command"),
        (f"{LINE}\u00a0", "no exact command"),
        (f"\u2044gate approve {HEAD}", "no exact command"),
        (f"\u2215gate approve {HEAD}", "no exact command"),
        (f"\uff0fgate approve {HEAD}", "no exact command"),
        (f"/g\u0430te approve {HEAD}", "no exact command"),
        (f"/Gate approve {HEAD}", "no exact command"),
        (f"/gate  approve {HEAD}", "no exact command"),
        (f"/gate aprove {HEAD}", "no exact command"),
        (f"/gate approve {HEAD}\x0b", "no exact command"),
        (f"/gate approve {HEAD}0", "no exact command"),
        (f"/gate approve {HEAD} and {HEAD}", "no exact command"),
        (f"/gate approve sha256:{HEAD}", "no exact command"),
        (f"{LINE}{' ' * MAX_LINE}x", "no exact command"),
        ("/gate", "no exact command"),
        ("/gate revoke bob", "no exact command"),
        ("/gate revoke @bob please", "no exact command"),
        (f"/gate approve {HEAD[:7]}", "names 7 digits"),
        (f"/gate approve {HEAD[:39]}", "names 39 digits"),
        (f"/gate approve {HEAD.upper()}", "in capitals"),
        (f"/gate break-glass {HEAD} short", "no reason of at least 10"),
        (f"/gate break-glass {HEAD}", "no reason of at least 10"),
        (f"/gate break-glass {HEAD} ....{chr(0x200B) * 20}", "no reason of at least 10"),
    ],
)
def test_what_was_meant_as_a_command_is_told_so(body: str, says: str) -> None:
    command = parse_command(body)
    assert command is not None
    assert command.verb == "malformed"
    assert says in command.reason


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "\n",
        f"\n{LINE}",
        f"> {LINE}",
        f"```\n{LINE}\n```",
        f"````\n```\n{LINE}",
        f"`{LINE}`",
        f"**{LINE}**",
        f"<!-- {LINE} -->",
        f"<!--\n{LINE}\n-->",
        f"<details>\n{LINE}",
        f"* {LINE}",
        f"1. {LINE}",
        f"Bob wrote:\n{LINE}",
        f"I would {LINE}",
        "/gate false-block the wildcard is ours",
        "/gates are open",
        "/gateway approve",
        "/approve",
        "a/gate approve",
        "ordinary talk",
    ],
)
def test_talk_is_no_command(body: str | None) -> None:
    assert parse_command(body) is None


@pytest.mark.parametrize(
    ("body", "target"),
    [("/gate revoke", ""), ("/gate revoke @Bob", "bob"), ("/gate revoke @a_b-c", "a_b-c")],
)
def test_revoke_names_whose(body: str, target: str) -> None:
    command = parse_command(body)
    assert command is not None
    assert (command.verb, command.target) == ("revoke", target)


def test_reason_is_one_safe_line() -> None:
    command = parse_command(f"/gate break-glass {HEAD} database   is down, see #12 @all")
    assert command is not None
    assert command.reason == "database is down, see #12 @all"


@pytest.mark.parametrize("body", [" " * 60_000 + LINE, "/gate " * 10_000, "\u0430" * 60_000])
def test_parser_takes_no_long_line_for_a_command(body: str) -> None:
    command = parse_command(body)
    assert command is None or command.verb == "malformed"
