"""What was done to a ledger, by name: the error that says that it is not as it was written."""

from __future__ import annotations

from typing import Literal

from gate.errors import RecordError

Tampering = Literal[
    "changed",
    "removed",
    "inserted",
    "moved",
    "rewritten",
    "truncated",
    "swapped",
    "replayed",
]
"""changed: an entry or checkpoint no longer fits its hash or signature; removed, inserted, moved:
entries; rewritten: entries replaced by others that fit each other; truncated: the end is missing;
swapped: entries of another
stream, or a checkpoint of another ledger or signer; replayed: an old checkpoint as if it were the
newest."""


class TamperedError(RecordError):
    """A ledger or checkpoint is not what was written.

    Args:
        kind: what was done to it, as far as the traces tell.
        message: where, and what does not fit.
        hint: what it means.
    """

    def __init__(self, kind: Tampering, message: str, hint: str = "") -> None:
        super().__init__(f"{message} ({kind})", hint)
        self.kind = kind
