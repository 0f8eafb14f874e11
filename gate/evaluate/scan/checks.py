"""Further tests of a matched secret that an expression cannot make."""

from __future__ import annotations

import re
from collections.abc import Callable

from gate.pattern import pattern

_NOISE = pattern(rb"\\[nrt]|[\s\"'+,;\\]")
_END = pattern(rb"-----END|\.{3}|-----BEGIN")
_HEADERS = pattern(rb"^(?:Proc-Type|DEK-Info|Comment|Version|Hash):.*?(?:\r?\n|\\n)", re.M)
_BODY = pattern(rb"[A-Za-z0-9+/=]{40,}")
_PAIR = pattern(
    rb"(?i)(?:server|data source|host|hostname|addr|address|user id|userid|uid|user|username"
    rb"|endpoint|accountendpoint|initial catalog|database)\s?="
)


def is_genuine(check: str, text: bytes, match: re.Match[bytes]) -> bool:
    """Whether a match passes the named test; no name passes.

    Args:
        check: `pem`, `base64_pem`, `mixed`, `mixed_or_hex`, `basic`, `jwt`, `password`,
            `connection` or empty.
        text: the whole text.
        match: a match whose group `v` is the value.

    Raises:
        KeyError: no such test.
    """
    return not check or _CHECKS[check](text, match)


def _is_pem(_: bytes, match: re.Match[bytes]) -> bool:
    body = _END.split(match["v"], maxsplit=1)[0]
    body = _NOISE.sub(b"", _HEADERS.sub(b"", body.lstrip(b"\r\n\\n")))
    found = _BODY.search(body)
    return found is not None and len(set(found[0])) >= 12


def _is_base64_pem(_: bytes, match: re.Match[bytes]) -> bool:
    return b"PRIVATE KEY" in _decode(match["v"][:80])


def _is_mixed(_: bytes, match: re.Match[bytes]) -> bool:
    value = match["v"]
    return (
        any(48 <= byte <= 57 for byte in value)
        and any(97 <= byte <= 122 for byte in value)
        and any(65 <= byte <= 90 for byte in value)
    )


def _is_mixed_or_hex(text: bytes, match: re.Match[bytes]) -> bool:
    value = match["v"]
    if value.startswith(b"eyJ"):
        return False
    is_hex = re.fullmatch(rb"[0-9a-f]{32,}", value) is not None
    return (is_hex or _is_mixed(text, match)) and value.count(b".") + value.count(b"/") < 6


def _is_basic(_: bytes, match: re.Match[bytes]) -> bool:
    from gate.evaluate.scan.placeholder import is_placeholder

    user, colon, password = _decode(match["v"]).partition(b":")
    readable = all(32 <= byte < 127 for byte in user + password)
    return (
        bool(colon and readable)
        and len(password) >= 4
        and not is_placeholder(password.decode("ascii"))
    )


def _is_jwt(_: bytes, match: re.Match[bytes]) -> bool:
    import json  # NOTE: only a candidate needs it, and most changes have none

    header = _decode(match["v"].partition(b".")[0].translate(_URL_SAFE))
    try:
        parsed = json.loads(header)
    except ValueError:
        return False
    return isinstance(parsed, dict) and "alg" in parsed


def _is_password(_: bytes, match: re.Match[bytes]) -> bool:
    """A password of a URL or command: not the user's name again, no template, no variable."""
    value = match["v"]
    before = match[0][: match.start("v") - match.start()].rstrip(b":")
    user = re.split(rb"[\s/=\"']", before)[-1]
    return value != user and not re.search(rb"[${}<>()\[\]]|%s|^:|^\d{1,5}$", value)


def _is_connection(text: bytes, match: re.Match[bytes]) -> bool:
    start = max(0, match.start() - 400)
    around = text[start : match.start()].rpartition(b"\n")[2]
    after = text[match.end() : match.end() + 300].partition(b"\n")[0]
    if not (_PAIR.search(around) or _PAIR.search(after)):
        return False
    return b";" in around + after and _is_password(text, match)


def _decode(value: bytes) -> bytes:
    import base64  # NOTE: likewise

    padded = value.rstrip(b"=")
    try:
        return base64.b64decode(padded + b"=" * (-len(padded) % 4))
    except ValueError:
        return b""


_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_CHECKS: dict[str, Callable[[bytes, re.Match[bytes]], bool]] = {
    "pem": _is_pem,
    "base64_pem": _is_base64_pem,
    "mixed": _is_mixed,
    "mixed_or_hex": _is_mixed_or_hex,
    "basic": _is_basic,
    "jwt": _is_jwt,
    "password": _is_password,
    "connection": _is_connection,
}
