"""Understand raw git commits: people, dates, message, parents."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from gate.pattern import pattern
from gate.schema.facts import CommitDetail, GitPerson, Parent, PullCommit

_PERSON = pattern(rb"(.*?) ?<([^\n>]*)>(?: (-?\d{1,12}) ([+-]\d{4}))?.*", re.DOTALL)


def decode_commit(sha: str, raw: bytes) -> PullCommit:
    """One commit; whatever git let somebody write there, nothing in it is refused.

    Text is UTF-8 or, where the commit says so, Latin-1; other bytes stay visible as `\\xNN`.
    """
    head, _, message = raw.partition(b"\n\n")
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        fields.setdefault(key, []).append(value)
    encoding = fields.get(b"encoding", [b""])[0].lower()
    codec = "latin-1" if encoding in (b"iso-8859-1", b"latin-1", b"latin1") else "utf-8"
    return PullCommit(
        sha=sha,
        commit=CommitDetail(
            author=_person(fields.get(b"author"), codec),
            committer=_person(fields.get(b"committer"), codec),
            message=message.decode(codec, "backslashreplace").rstrip("\n"),
        ),
        parents=tuple(
            Parent(sha=parent.decode("ascii", "replace")) for parent in fields.get(b"parent", ())
        ),
    )


def _person(lines: list[bytes] | None, codec: str) -> GitPerson | None:
    found = _PERSON.fullmatch(lines[0]) if lines else None
    if found is None:
        return None
    name, email, seconds, zone = found.groups()
    return GitPerson(
        name=name.decode(codec, "backslashreplace"),
        email=email.decode(codec, "backslashreplace"),
        date=_date(int(seconds), zone.decode()) if seconds else None,
    )


def _date(seconds: int, zone: str) -> str | None:
    sign = -1 if zone[0] == "-" else 1
    offset = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    try:
        return datetime.fromtimestamp(seconds, timezone(offset)).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
