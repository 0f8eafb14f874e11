"""A long ledger for the benchmark, and what hashing its entries costs anybody."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gate.schema.entry import Entry
from gate.store.checkpoint import Checkpoint, sign_checkpoint
from gate.store.examine import examine
from gate.store.file import FileLedger
from gate.store.ledger import encode_line, link
from gate.store.note import NoteSigner

AT = "2026-11-24T10:00:00Z"


def body(number: int) -> dict[str, Any]:
    """What a decision of medium size leaves."""
    return {
        "decision": ("pass", "warn", "hold", "block")[number % 4],
        "observe": False,
        "pull": {
            "origin": "github",
            "repo": f"acme/infra-{number % 40}",
            "number": number,
            "head": f"{number:040x}",
            "base": "b" * 40,
        },
        "authorship": "agent",
        "agent": "copilot",
        "model": None,
        "requester": f"person-{number % 90}",
        "confidence": "strong",
        "engine": {"name": "opa", "version": "1.20.2"},
        "policy_digest": "f6" * 32,
        "input_digest": f"{number:064x}",
        "plans": [{"root": "infra", "digest": f"{number:064x}"}],
        "findings": [
            {
                "id": f"{number:016x}",
                "rule": "terraform.open_ingress",
                "enforcement": "block",
                "surface": "network",
                "subject": f"aws_security_group.web[{place}]",
                "path": f"infra/net-{place}.tf",
                "waived_by": None,
            }
            for place in range(number % 4)
        ],
        "votes": {"counted": [], "ignored": [], "missing": 0, "objections": [], "required": []},
        "gaps": [],
        "reasons": ["clean"],
        "rules": 41,
    }


def write_ledger(folder: Path, count: int) -> list[str]:
    """A ledger of `count` entries, signed; the options that verify it.

    NOTE: written at one go: 100,000 fsyncs are another measurement.
    """
    path, last = folder / "long.jsonl", None
    with path.open("wb") as handle:
        for number in range(count):
            last = link(last, "decision", AT, body(number))
            handle.write(encode_line(last))
    signer = NoteSigner("bench.example/gate", bytes(32))
    found = examine(FileLedger(str(path)).entries())
    (folder / "bench.pub").write_text(f"{signer.key}\n")
    note = sign_checkpoint(Checkpoint(signer.key.name, found.size, found.root), signer)
    (folder / "long.checkpoint").write_text(note)
    return [
        *("--ledger", str(path), "--key", str(folder / "bench.pub")),
        *("--anchor", str(folder / "long.checkpoint")),
    ]


def hash_quickly(path: str) -> str:
    """SHA-256 of every entry by the quickest way to its bytes, unchecked; the last one's."""
    import hashlib

    import msgspec

    decoder = msgspec.json.Decoder(Entry)
    digest = ""
    with open(path, "rb") as handle:
        for line in handle:
            entry = decoder.decode(line)
            document = {
                "at": entry.at,
                "body": entry.body,
                "kind": entry.kind,
                "prev": entry.prev,
                "seq": entry.seq,
                "v": entry.v,
            }
            digest = hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()
    return digest


def hash_by_library(path: str) -> str:
    """The same by rfc8785, which is how anybody else would."""
    import hashlib
    import json

    import rfc8785

    digest = ""
    with open(path, "rb") as handle:
        for line in handle:
            document = json.loads(line)
            del document["hash"]
            digest = hashlib.sha256(rfc8785.dumps(document)).hexdigest()
    return digest


if __name__ == "__main__":
    print({"quickly": hash_quickly, "library": hash_by_library}[sys.argv[1]](sys.argv[2]))
