"""Accounts by what they are called."""

from __future__ import annotations

import pytest

from gate.account import is_app_login, plain_login, read_noreply


@pytest.mark.parametrize(
    ("login", "is_app", "plain"),
    [
        ("renovate[bot]", True, "renovate"),
        ("Renovate[BOT]", True, "renovate"),
        ("@Alice", False, "alice"),
        ("robot", False, "robot"),
        ("", False, ""),
    ],
)
def test_login_is_read_without_case(login: str, is_app: bool, plain: str) -> None:
    assert is_app_login(login) is is_app
    assert plain_login(login) == plain


@pytest.mark.parametrize(
    ("email", "found"),
    [
        ("7+Alice@users.noreply.github.com", (7, "Alice")),
        (" alice@users.noreply.github.com ", (0, "alice")),
        ("1+x[bot]@users.noreply.github.com", (1, "x[bot]")),
        ("7+alice@users.noreply.github.com.example", None),
        ("a@b@users.noreply.github.com", None),
        ("noreply@github.com", None),
    ],
)
def test_read_noreply_takes_id_and_login_apart(email: str, found: tuple[int, str] | None) -> None:
    assert read_noreply(email) == found
