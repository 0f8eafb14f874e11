"""The generic rule: a literal assigned to a name that says it is secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gate.evaluate.scan.placeholder import entropy, is_placeholder
from gate.pattern import pattern

_KEY_ENDINGS = (
    "accesskey",
    "privatekey",
    "secretkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "accountkey",
    "sharedkey",
    "authkey",
    "servicekey",
    "storagekey",
    "clientkey",
    "appkey",
    "sessionkey",
    "consumerkey",
    "adminkey",
    "hmackey",
    "jwtkey",
    "deploykey",
)
"""Names of keys that open something, written as one word."""

WORDS = (
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "_pass",
    "-pass",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "_key",
    "-key",
    *_KEY_ENDINGS,
    "bearer",
)
"""Substrings, one of which every name of a secret contains (lower case)."""

_PASSWORDS = frozenset({"password", "passwd", "pwd", "pass", "passphrase", "passcode", "pw"})
_PASSWORD_ENDINGS = ("password", "passwd", "passphrase", "passcode")
_SECRETS = frozenset(
    {
        "secret",
        "secrets",
        "token",
        "credential",
        "credentials",
        "bearer",
        "apitoken",
        "authtoken",
    }
)
_SECRET_ENDINGS = (
    "secret",
    "token",
    "apikey",
    *_KEY_ENDINGS,
)
_KEY_KINDS = frozenset(
    {
        "api",
        "access",
        "secret",
        "private",
        "auth",
        "encryption",
        "signing",
        "master",
        "account",
        "shared",
        "service",
        "storage",
        "session",
        "client",
        "app",
        "application",
        "license",
        "admin",
        "root",
        "subscription",
        "webhook",
        "hmac",
        "aes",
        "crypto",
        "deploy",
        "consumer",
        "write",
        "ingest",
        "ingestion",
        "integration",
        "project",
        "server",
        "jwt",
        "cookie",
        "token",
        "decrypt",
        "decryption",
        "security",
        "auth0",
        "stripe",
        "sendgrid",
        "openai",
        "rsa",
        "ssh",
    }
)
"""What a key must be of to be secret (`public_key`, `primary_key`, `key_name` are not)."""
_HARMLESS_TOKENS = frozenset(
    {
        "next",
        "page",
        "continuation",
        "csrf",
        "xsrf",
        "sync",
        "cancellation",
        "cancel",
        "end",
        "start",
        "eof",
        "lexer",
        "special",
        "pad",
        "bos",
        "eos",
        "unk",
        "mask",
        "sep",
        "cls",
        "stop",
        "image",
        "etag",
        "design",
        "theme",
        "color",
        "colour",
        "spacing",
        "resume",
        "pagination",
        "cursor",
        "first",
        "last",
        "prev",
        "previous",
        "semantic",
        "syntax",
        "highlight",
        "max",
        "min",
    }
)
"""Kinds of token that open nothing."""
_NEUTRAL = frozenset(
    {
        "value",
        "default",
        "val",
        "string",
        "str",
        "text",
        "plain",
        "plaintext",
        "raw",
        "prod",
        "production",
        "dev",
        "development",
        "staging",
        "stage",
        "live",
        "b64",
        "base64",
        "hex",
        "encoded",
        "old",
        "new",
        "current",
        "primary",
        "secondary",
        "v1",
        "v2",
        "literal",
        "data",
    }
)
"""Words after the one that counts."""

_SPLIT = pattern(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NOT_NAME = bytes(
    byte if chr(byte).isalnum() and byte < 128 or byte in b"_.-" else 32 for byte in range(256)
)
_REACH = 64
"""Characters of a name on each side of the keyword."""

_TAIL = pattern(rb"[A-Za-z0-9_.-]{0,64}")
_GETTER = pattern(rb"(?i)(?:[\w-]{1,40}\.)?(?:get|fetch|read|find|load|lookup|has|is|resolve)")
_QUOTED = rb"(?:[rbuRBU]{0,2}|@)(?P<open>\\{0,3}[\"'`])(?P<quoted>[^\"'`\\\r\n]{4,512})(?P=open)"
_SEPARATOR = pattern(
    rb"\\{0,3}[\"'`]?\]?[ \t]{0,60}\s{0,4}"
    rb"(?:"
    rb"\s{0,3}(?::\s{0,3}[A-Za-z_][A-Za-z0-9_.\[\]|<>? ]{0,40}?\s{0,4})?(?:=>|:=|={1,3}|:)\s{0,8}"
    rb"|,[ \t]{0,8}"
    rb"|\([ \t]{0,4}"
    rb")" + _QUOTED
)
"""`name = "v"`, `"name": "v"`, `name: str = "v"`, `name => "v"`, `("name", "v")`, `name("v")`."""
_BARE = pattern(
    rb"\\{0,3}[\"']?[ \t]{0,60}(?:=>|:=|={1,2}|:(?![:/]))[ \t]{0,8}"
    rb"(?P<bare>[^\s\"'`<>(){}\[\],;|$%!&*][^\s\"'`<>,;(){}]{5,255})(?=[ \t]*(?:[#;\r\n]|\Z|\\n))"
)
"""`name=v`, `name: v` up to the end of the line, as in env, YAML, ini and shell files."""
_FLAG = pattern(rb"[ =][\"']?(?P<bare>[^\s\"'`<>(){}\[\],;|$%!&*-][^\s\"'`<>,;(){}]{5,255})")
"""`--name v` and `--name=v`."""
_ELEMENT = pattern(rb">\s{0,40}(?P<bare>[^\s<>]{6,255})\s{0,40}</")
"""`<name>v</name>`."""
_PAIR = pattern(
    rb"\\{0,3}[\"']?\s{0,4},?[ \t]{0,4}\r?\n?[ \t-]{0,40}\\{0,3}[\"']?"
    rb"(?:[vV]alue|VALUE|val|content)\\{0,3}[\"']?\s{0,20}[=:]\s{0,4}"
    rb"(?:" + _QUOTED + rb"|(?P<bare>[^\s\"'`<>(){}\[\],;|$%!&*][^\s\"'`<>,;(){}]{5,255}))"
)
"""`name: NAME` with `value: v` on the next line; `key="NAME" value="v"`."""
_VARIABLE = pattern(rb"[\"']\s{0,4}\{[^{}]{0,400}?\bdefault\s{0,12}=\s{0,4}" + _QUOTED)
"""An HCL `variable "name"` with a default."""


class Assignment(NamedTuple):
    """A literal assigned to a secret's name."""

    start: int
    """Where the value begins."""
    end: int
    """Where it ends."""


def find_assignments(text: bytes, at: int, end: int, *, bare: bool) -> Iterator[Assignment]:
    """Assignments to the name around a keyword.

    Args:
        text: the text.
        at: where the keyword begins.
        end: where it ends.
        bare: whether unquoted values count (configuration, not program text).
    """
    left = text[max(0, at - _REACH) : at].translate(_NOT_NAME).rpartition(b" ")[2]
    tail = _TAIL.match(text, end)
    stop = tail.end() if tail else end
    start = at - len(left)
    kind = name_kind(text[start:stop].rstrip(b".-"))
    if not kind:
        return
    for expression in _patterns(text, start, bare):
        match = expression.match(text, stop)
        if match is None:
            continue
        group = "bare" if match.groupdict().get("bare") is not None else "quoted"
        between = match[0][: match.start(group) - stop]
        if b"(" in between and _GETTER.match(text, start):
            continue
        value = match[group].decode("utf-8", "replace")
        judged = "secret" if expression is _SEPARATOR and b"," in between else kind
        if is_secret_value(value, judged, quoted=group == "quoted"):
            yield Assignment(match.start(group), match.end(group))
            return


def _patterns(text: bytes, start: int, bare: bool) -> Iterator[re.Pattern[bytes]]:
    before = text[max(0, start - 16) : start]
    if before.endswith(b"<"):
        yield _ELEMENT
        return
    if before.endswith(b'variable "'):
        yield _VARIABLE
    yield _SEPARATOR
    yield _PAIR
    if bare:
        yield _BARE
        if text[start : start + 2] == b"--":
            yield _FLAG


def name_kind(name: bytes) -> str:
    """`password`, `secret`, or empty where the name names no secret."""
    words = [word.lower().decode() for word in _SPLIT.findall(name[-96:])]
    while len(words) > 1 and (words[-1] in _NEUTRAL or words[-1].isdigit()):
        words.pop()
    if not words:
        return ""
    last, former = words[-1], words[-2] if len(words) > 1 else ""
    if last in _PASSWORDS or last.endswith(_PASSWORD_ENDINGS):
        return "password"
    if last == "key":
        return "secret" if former in _KEY_KINDS else ""
    if last in ("token", "tokens") and former in _HARMLESS_TOKENS:
        return ""
    return "secret" if last in _SECRETS or last.endswith(_SECRET_ENDINGS) else ""


_WORDS_ONLY = pattern(r"[A-Za-z]{2,}\d{0,2}(?:[-_./: ]+(?:[A-Za-z]{2,}\d{0,2}|\d{1,2}|v\d+))*")
_LONG_WORDS = pattern(r"[A-Z]?[a-z]{4,}")
_FILE = pattern(
    r".*\.(?:json|pem|key|txt|ya?ml|crt|cer|p12|pfx|jks|py|js|ts|go|rb|env|md|html?|css|cfg|ini"
    r"|xml|sh|tf|tfvars|log|conf|properties|toml|csv|png|svg|sql|local|internal|com|org|net|io)"
    r"(?::\d+)?",
    re.IGNORECASE,
)
_CALL = pattern(r"[A-Za-z_][\w.]*\(.*\)?|.*=>.*|.*&&.*|.*\|\|.*")
_UUID = pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FORMAT = pattern(r"[{}<>]|%[sdr]|\$[A-Za-z_]|\$\(|::|\\|^[/.~]|://|^@|^--|^&|^\*|\[\w*\]|^#")


def is_secret_value(value: str, kind: str, *, quoted: bool) -> bool:
    """Whether a literal is likely to be a real secret.

    Args:
        value: the literal without quotes.
        kind: of the name, `password` or `secret`.
        quoted: whether it stood in quotes; what does not is judged more strictly.
    """
    size = len(value)
    if size < 8 or any(char.isspace() for char in value) or is_placeholder(value):
        return False
    if _FORMAT.search(value) or _FILE.fullmatch(value) or _CALL.fullmatch(value):
        return False
    if _UUID.fullmatch(value):
        return entropy(value) > 2.8
    if value.isdigit() or not value.isascii():
        return False
    return _is_password(value, quoted) if kind == "password" else _is_random(value, quoted)


def _is_password(value: str, quoted: bool) -> bool:
    has_digit = any(char.isdigit() for char in value)
    has_symbol = any(not char.isalnum() and char not in "-_./:" for char in value)
    has_case = value.lower() != value and value.upper() != value
    if not has_digit and not (has_symbol and has_case):
        return _is_random(value, quoted)
    if value.count("_") + value.count("-") + value.count(".") >= 2 and _WORDS_ONLY.fullmatch(value):
        return False
    return entropy(value) >= (2.5 if quoted else 2.8)


def _is_random(value: str, quoted: bool) -> bool:
    digits = sum(char.isdigit() for char in value)
    if 2 * sum(map(len, _LONG_WORDS.findall(value))) >= len(value) and digits * 6 < len(value):
        return False
    if _WORDS_ONLY.fullmatch(value) and digits < max(3, len(value) // 8):
        return False
    if len(value) < 16:
        return digits >= 2 and quoted and entropy(value) >= 3.0
    if not digits:
        return len(value) >= 24 and entropy(value) >= 4.2 and _changes_case(value) >= 8
    return entropy(value) >= (2.9 if set(value) <= set("0123456789abcdefABCDEF-") else 3.3)


def _changes_case(value: str) -> int:
    """How often a lower-case letter follows an upper-case one or the other way round."""
    letters = [char.isupper() for char in value if char.isalpha()]
    return sum(one != two for one, two in zip(letters, letters[1:], strict=False))
