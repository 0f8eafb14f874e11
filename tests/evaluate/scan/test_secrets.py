"""Every format is found, and what only resembles it is not."""

from __future__ import annotations

import base64
import json
import time
from types import ModuleType

import pytest

from gate.evaluate.scan.assignment import WORDS
from gate.evaluate.scan.secrets import GENERIC, MAX_CANDIDATES, TOO_MANY, find_secrets
from gate.evaluate.scan.token_table import load_table


def kinds_of(text: bytes | str, *, bare: bool = False) -> set[str]:
    raw = text.encode() if isinstance(text, str) else text
    return {secret.kind for secret in find_secrets(raw, bare=bare)}


def test_every_kind_has_a_shape_or_a_test_of_its_own(shapes: ModuleType) -> None:
    assert {kind.id for kind in load_table().kinds} == set(shapes.SHAPES) | shapes.STRUCTURED


def test_table_has_at_least_eighty_kinds() -> None:
    assert len(load_table().kinds) >= 80


def test_every_match_of_a_kind_contains_a_keyword(shapes: ModuleType) -> None:
    for kind in load_table().kinds:
        shape = shapes.SHAPES.get(kind.id)
        if shape:
            text = shapes.make(shape, 1).decode().lower()
            assert any(word in text for word in kind.keywords), kind.id


@pytest.mark.parametrize("seed", range(4))
def test_kind_is_found(shapes: ModuleType, shape_kind: str, seed: int) -> None:
    body = shapes.make(shapes.SHAPES[shape_kind], seed)
    for text in (body, b'x = "' + body + b'"\n', b"first line\n\t" + body + b"\nlast line\n"):
        assert shape_kind in kinds_of(text), text


def test_kind_is_found_after_an_escaped_line_break(shapes: ModuleType, shape_kind: str) -> None:
    shape = shapes.SHAPES[shape_kind]
    if not shape.before:
        assert shape_kind in kinds_of(b'"a\\n' + shapes.make(shape, 7) + b'\\n"')


def test_kind_of_one_repeated_character_is_no_secret(shapes: ModuleType, shape_kind: str) -> None:
    assert shape_kind not in kinds_of(shapes.make_flat(shapes.SHAPES[shape_kind]))


def test_kind_that_is_too_short_is_not_found(shapes: ModuleType, shape_kind: str) -> None:
    assert shape_kind not in kinds_of(shapes.make_short(shapes.SHAPES[shape_kind], 3))


def test_kind_inside_a_longer_word_is_not_found(shapes: ModuleType, shape_kind: str) -> None:
    shape = shapes.SHAPES[shape_kind]
    exact = not shape.before and not shape.text.startswith("access_token$")
    if exact:
        assert shape_kind not in kinds_of(b"Zq9" + shapes.make(shape, 5))


@pytest.mark.parametrize("header", ["", "RSA", "EC", "OPENSSH", "ENCRYPTED", "DSA"])
def test_private_key_block_is_found(shapes: ModuleType, header: str) -> None:
    block = shapes.pem(header, 1)
    assert kinds_of(block) == {"private_key"}
    assert kinds_of(json.dumps({"key": block})) == {"private_key"}
    assert kinds_of(block.replace("\n", "\r\n    ")) == {"private_key"}


def test_pgp_private_key_block_is_found(shapes: ModuleType) -> None:
    block = shapes.pem("PGP", 2).replace("KEY-----", "KEY BLOCK-----")
    assert kinds_of(block.replace("-----\n", "-----\nVersion: 1\n\n", 1)) == {"private_key"}


@pytest.mark.parametrize("body", ["", "...", "MIIEexample", "x" * 300, "your key here"])
def test_private_key_header_without_a_key_is_not_found(body: str) -> None:
    word = "PRIVATE " + "KEY"
    assert kinds_of(f"-----BEGIN {word}-----\n{body}\n-----END {word}-----\n") == set()


def test_public_key_and_certificate_are_not_found(shapes: ModuleType) -> None:
    block = shapes.pem("", 3)
    assert kinds_of(block.replace("PRIVATE", "PUBLIC")) == set()
    assert kinds_of(block.replace("PRIVATE KEY", "CERTIFICATE")) == set()


def test_base64_of_a_private_key_is_found(shapes: ModuleType) -> None:
    key = base64.b64encode(shapes.pem("RSA", 4).encode()).decode()
    assert "private_key_base64" in kinds_of(f"client-key-data: {key}")
    certificate = shapes.pem("", 4).replace("PRIVATE KEY", "CERTIFICATE")
    other = base64.b64encode(certificate.encode()).decode()
    assert kinds_of(f"certificate-authority-data: {other}") == set()


def test_jwt_is_found(shapes: ModuleType) -> None:
    assert kinds_of(f"t = '{shapes.jwt(1)}'") == {"jwt"}
    assert kinds_of(f"Authorization: Bearer {shapes.jwt(2)}") == {"jwt"}


def test_jwt_of_another_form_is_not_found(shapes: ModuleType) -> None:
    head, claims, signature = shapes.jwt(3).split(".")
    assert "jwt" not in kinds_of(f"{head}.{claims}.short")
    noise = base64.urlsafe_b64encode(b'{"a":"noise and noise"}').rstrip(b"=").decode()
    assert "jwt" not in kinds_of(f"{noise}.{claims}.{signature}")


def test_basic_credentials_are_found() -> None:
    real = base64.b64encode(b"deploy:Kq7Rw92mZpL").decode()
    assert kinds_of(f'headers["Authorization"] = "Basic {real}"') == {"basic_auth_header"}
    assert "docker_config_auth" in kinds_of(f'{{"auths": {{"r": {{"auth": "{real}"}}}}}}')


@pytest.mark.parametrize("text", ["login_and_password_removed", "user:password", "no colon"])
def test_basic_placeholder_is_not_found(text: str) -> None:
    for value in (text, base64.b64encode(text.encode()).decode()):
        assert kinds_of(f"Authorization: Basic {value}") == set()
        assert kinds_of(f'"auth": "{value}"') == set()


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        'aws_secret_access_key = "wJalrXUtnFEMI' + '/K7MDENG/bPxRfiCYEXAMPLEKEY"',
        "sk_te" + "st_4eC39HqLyjWDarjtT1zdp7dc",
        "postgres://user:password@localhost/db",
        "postgres://postgres:postgres@db:5432/app",
        "postgres://app:${DB_PASSWORD}@db/app",
        "https://x-access-token:{{ token }}@github.com/a/b",
        "https://user:<password>@acme.dev",
        "https://acme.dev:8443/a@b",
        "ghp_" + "x" * 36,
        "ghp_" + "*" * 36,
        "Server=db;User Id=sa;Password=$(DbPassword);",
        "curl -u deploy:$TOKEN https://acme.dev",
        "SG." + "REDACTED" * 3,
        "sha256:" + "0f" * 32,
        "the bearer of the token and the secret key of the password",
    ],
)
def test_documented_keys_and_placeholders_are_not_found(text: str) -> None:
    assert kinds_of(text, bare=True) == set()


def test_specific_kind_wins_over_the_generic_one(shapes: ModuleType) -> None:
    token = shapes.make(shapes.SHAPES["github_pat"], 1).decode()
    assert kinds_of(f'github_token = "{token}"') == {"github_pat"}


def test_value_offsets_hold_the_value_alone(shapes: ModuleType) -> None:
    token = shapes.make(shapes.SHAPES["npm_token"], 1)
    text = b'x = "' + token + b'"'
    (secret,) = find_secrets(text, bare=False)
    assert text[secret.start : secret.end] == token


def test_two_secrets_on_one_line_are_two(shapes: ModuleType) -> None:
    one = shapes.make(shapes.SHAPES["github_pat"], 1)
    two = shapes.make(shapes.SHAPES["github_pat"], 2)
    assert len(find_secrets(one + b"," + two, bare=False)) == 2


def test_keywords_are_lower_case_and_on_one_line() -> None:
    for word in load_table(WORDS).by_word:
        assert word == word.lower()
        assert b"\n" not in word


def test_keyword_flood_is_reported_as_unscannable() -> None:
    found = find_secrets(b"token " * (MAX_CANDIDATES + 1), bare=False)
    assert [secret.kind for secret in found] == [TOO_MANY]


@pytest.mark.parametrize(
    "unit",
    [
        b"token = ",
        b"eyJ",
        b"eyJaaaaaaaaaaaa.",
        b"-----BEGIN PRIVATE KEY-----",
        b"://a:",
        b"password=",
        b"AKIA",
        b"curl -u ",
        b"sk-",
        b'"password": ',
        b"discord ",
        b"sig=",
        b'variable "secret" {',
        b"_key" + b" " * 40,
        b"machine a login b ",
        b"a" * 100,
        b"PuTTY-User-Key-File-3: ",
    ],
)
def test_hostile_text_is_read_in_linear_time(unit: bytes) -> None:
    small, large = unit * (20_000 // len(unit)), unit * (200_000 // len(unit))
    find_secrets(small, bare=True)
    started = time.process_time()
    find_secrets(large, bare=True)
    assert time.process_time() - started < 5


def test_generic_kind_is_named_so() -> None:
    (secret,) = find_secrets(b'db_password = "Kq7Rw92mZpL"', bare=False)
    assert secret.kind == GENERIC
    assert secret.is_generic
