"""Placeholders and references are told from secrets."""

from __future__ import annotations

import pytest

from gate.evaluate.scan.placeholder import entropy, is_placeholder


@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "CHANGE_ME",
        "EXAMPLE",
        "my-example-key",
        "<token>",
        "${TOKEN}",
        "{{ token }}",
        "$TOKEN",
        "%TOKEN%",
        "var.token",
        "local.token",
        "data.aws_ssm.x",
        "os.environ['A']",
        "process.env.TOKEN",
        "secrets.TOKEN",
        "***",
        "REDACTED",
        "xxxxxxxx",
        "aaaaaaaaaa",
        "12345678",
        "abcdefghij",
        "abcabcabc",
        "your-token",
        "token-here",
        "arn:aws:x",
        "!Ref Token",
        "ENC[AES256_GCM,data:x]",
        "password",
        "None",
        "dummy123",
        "fake-token",
        "op://vault/item",
        "@Microsoft.KeyVault(x)",
        "placeholder",
        "test-token",
        "...",
    ],
)
def test_placeholder_is_told(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value", ["Kq7R" + "w92mZpL", "9f3c1a7be04d52886fd1c3a97be4", "tr0ub4dor&3", "variance7Kq"]
)
def test_real_value_is_no_placeholder(value: str) -> None:
    assert not is_placeholder(value)


def test_entropy_is_in_bits_per_character() -> None:
    assert entropy("") == 0
    assert entropy("aaaa") == 0
    assert entropy("abab") == 1
    assert entropy("abcd") == 2
