"""Write entries as JSON Lines: what stands in the ledger, neutralised."""

from __future__ import annotations

import msgspec

from gate.audit.reading import Told
from gate.audit.siem.ocsf import uid_of
from gate.audit.siem.plain import Plain


def encode(told: Told) -> bytes:
    """An entry as one line of JSON, its newline left out.

    Its texts are neutralised and cut, so that hashes cannot be computed from it again.
    """
    entry, plain = told.entry, Plain()
    document = {
        "uid": uid_of(told),
        "stream": plain.text(told.stream),
        "seq": entry.seq,
        "hash": plain.text(entry.hash),
        "prev": plain.text(entry.prev),
        "at": plain.text(entry.at),
        "kind": plain.text(entry.kind),
        "body": plain.value(entry.body),
    }
    return msgspec.json.encode({**document, "cut": plain.cut}, order="sorted")
