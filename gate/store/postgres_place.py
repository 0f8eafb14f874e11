"""Refuse a PostgreSQL address whose password would spill into other parts of it, and be quoted."""

from __future__ import annotations

from gate.errors import RecordError
from gate.pattern import pattern

_BROKEN = pattern(r"%(?![0-9A-Fa-f]{2})")


def check_address(url: str) -> str:
    """An address whose password ends where libpq takes it to end.

    A raw `@`, `/`, `%` or blank in a password makes libpq read part of it as host, database or
    broken escape, and its errors quote those.

    Args:
        url: `postgres://...`, as libpq reads it.

    Raises:
        RecordError: it is none; nothing of it is repeated.
    """
    rest = url.partition("://")[2].partition("?")[0]
    authority, _, database = rest.partition("/")
    spills = authority.count("@") > 1 or "@" in database
    if spills or _BROKEN.search(url) or " " in url or not url.isprintable():
        raise RecordError(
            "postgres: the address is not what libpq reads",
            "In a password write @ as %40, / as %2F, % as %25, a blank as %20; or set PGPASSWORD.",
        )
    return url
