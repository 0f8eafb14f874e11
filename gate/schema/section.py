"""What became of one section of the input: a value, `Absent`, or `Unreadable` with the reason."""

from __future__ import annotations

import msgspec


class Absent(msgspec.Struct, frozen=True):
    """The section was not handed in; rules that need it do not apply."""

    reason: str = ""
    """Why nothing is there, if anybody said so."""


class Unreadable(msgspec.Struct, frozen=True):
    """The section is there and could not be read: the decision is `error`, never a pass."""

    reason: str
    """What failed and where; one line, neutralised."""


class Gap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing the gate could not look at; any gap makes the decision `error`."""

    section: str
    """terraform | hcl | workflows | changes | provenance | text | votes | facts | ledger."""
    reason: str
    """What is missing and why; one line, neutralised."""
