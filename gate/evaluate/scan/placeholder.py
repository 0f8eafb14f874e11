"""Tell a value that stands for a secret from one that may be a secret."""

from __future__ import annotations

import re
from collections import Counter
from math import log2

from gate.pattern import pattern

_MARKERS = pattern(
    r"example|placeholder|change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|with)|redacted"
    r"|removed|dummy|fake|sample|notreal|not[-_ ](?:a[-_ ])?real|not[-_ ]?(?:a[-_ ]?)?secret"
    r"|\byour|your[-_ ]|my[-_](?:secret|token|password|api|key)|insert[-_ ]|enter[-_ ]|put[-_ ]your"
    r"|<[^<>]{1,60}>|\$\{|\$\(|\{\{|#\{|%\(|%\{|<%|\*{3,}|x{4,}|\.{3,}|_{5,}|\u2022{2,}|\u2026"
    r"|todo[-_: ]|fixme|masked|hidden|censored|lorem|foobar|supersecret|super[-_]secret"
    r"|(?:test|demo|mock|stub)[-_ ]?(?:token|secret|password|passwd|pass|key|api|only|value)"
    r"|(?:token|secret|password|key)[-_ ]?(?:here|goes|value|placeholder)"
)
"""Words and shapes by which people mark a value as not real, on lower-case text."""

_REFERENCES = pattern(
    r"(?:var|local|data|module|each|self|path|resource|random_password|process\.env|os\.environ"
    r"|os\.getenv|getenv|system\.getenv|env|import\.meta\.env|secrets|vars|inputs|needs|steps|github"
    r"|params|settings|config|configuration|args|options|this|props|state|values|credentials"
    r"|context|request|req|ctx|stack|tf|terraform|dependency|include)[.\[(]"
    r"|env\b|enc\[|!ref|!sub|!getatt|!vault|ref:|fn::|arn:|ssm:|vault:|op://|awssm|secretsmanager"
    r"|keyvault|@microsoft\.keyvault|kms:|sops|\{cipher\}|\$ansible_vault|file:|\$[a-z_{(]|%[a-z_]+%"
    r"|gcp-sm:|sm://|projects/|lookup\(|base64encode\(|sha256:|sha512-|sha384-|sha1-|md5:"
)
"""Beginnings of a value that point to a secret elsewhere, or are a digest, on lower-case text."""

_REPEATED = pattern(r"(.)\1{5,}", re.DOTALL)
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "98765432109876543210",
    "qwertyuiop",
    "asdfghjkl",
    "deadbeefdeadbeef",
)
_RUN_LENGTH = 8
"""Consecutive characters of a keyboard or alphabet run: by chance below 1 in 10^10."""

_DOCUMENTED = (
    ("wJalrXUtnFEMI", "/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    (
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
        "/K1SZFPTOtr/KBHBeksoGMGw==",
    ),
    (
        "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw",
        "/Jw==",
    ),
    ("sk_te", "st_4eC39HqLyjWDarjtT1zdp7dc"),
    ("sk_te", "st_BQokikJOvBiI2HlWgH4olfQ2"),
    (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
        "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    ),
)
"""Keys printed in public documentation (AWS, Azure Storage and Cosmos DB emulators, Stripe, JWT);
kept in two halves so that no scanner takes this file for a leak."""
_DOCUMENTED_KEYS = frozenset("".join(parts) for parts in _DOCUMENTED)

WEAK_DEFAULTS = frozenset(
    {
        "password",
        "passwd",
        "pass",
        "pwd",
        "secret",
        "token",
        "none",
        "null",
        "nil",
        "true",
        "false",
        "undefined",
        "admin",
        "root",
        "user",
        "username",
        "guest",
        "postgres",
        "mysql",
        "redis",
        "default",
        "empty",
        "string",
        "value",
        "test",
        "testing",
        "demo",
        "foo",
        "bar",
        "baz",
        "qux",
        "abc",
        "abc123",
        "test123",
        "test1234",
        "password1",
        "password123",
        "pass123",
        "pw",
        "hunter2",
        "letmein",
        "secret123",
        "mypassword",
        "mysecret",
        "mytoken",
        "api_key",
        "apikey",
        "passw0rd",
        "p@ssw0rd",
        "p@ssword",
        "unused",
        "invalid",
        "anonymous",
        "localhost",
        "minioadmin",
        "rabbitmq",
    }
)
"""Whole values that say nothing: type names, software defaults, words of documentation."""


def is_placeholder(value: str) -> bool:
    """Whether a value is a placeholder, a reference to a secret kept elsewhere, or documented.

    Args:
        value: the candidate, without quotes.
    """
    lower = value.lower().strip()
    if lower in WEAK_DEFAULTS or value in _DOCUMENTED_KEYS:
        return True
    if _MARKERS.search(lower) or _REFERENCES.match(lower) or _REPEATED.search(value):
        return True
    return _has_run(lower) or _is_periodic(value)


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    size = len(value)
    return -sum(n / size * log2(n / size) for n in Counter(value).values()) if size else 0.0


def _has_run(lower: str) -> bool:
    window = _RUN_LENGTH
    return any(
        lower[start : start + window] in run
        for start in range(min(len(lower), 400) - window + 1)
        for run in _RUNS
    )


def _is_periodic(value: str) -> bool:
    """Whether the value repeats a unit of at most half its length from beginning to end."""
    period = (value + value).find(value, 1)
    return 0 < period <= len(value) // 2
