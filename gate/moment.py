"""Read times as GitHub writes them, days and windows as people do; anything else is none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from gate.pattern import pattern

_TIME = pattern(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
_DAY = pattern(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WINDOW = pattern(r"([1-9]\d{0,5})([mhd])", re.ASCII)
_MINUTES = {"m": 1, "h": 60, "d": 1440}


def read_time(text: str | None) -> datetime | None:
    """The moment an RFC 3339 text names, in UTC; `None` for anything else."""
    if text is None or not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def show_time(moment: datetime | None) -> str:
    """A moment as GitHub writes it; empty for none."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else ""


def read_day(text: str) -> date | None:
    """The day a text of the form YYYY-MM-DD names; `None` for anything else."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_window(text: str) -> timedelta | None:
    """The length that `30m`, `6h` or `7d` names; `None` for anything else."""
    found = _WINDOW.fullmatch(text)
    return timedelta(minutes=int(found[1]) * _MINUTES[found[2]]) if found else None
