"""Keys for tests, the same in every run."""

from __future__ import annotations

import hashlib

from gate.store.note import NoteSigner

NAME = "ledger.acme.example/gate"


def signer(name: str = NAME, seed: str = "") -> NoteSigner:
    """A signer whose key follows from its name, or from another word."""
    return NoteSigner(name, hashlib.sha256((seed or name).encode()).digest())


SIGNER = signer()
KEY = SIGNER.key
