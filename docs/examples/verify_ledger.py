"""Verify a ledger without the gate, by the formats: it takes Python and `cryptography`.

python verify_ledger.py LEDGER KEY CHECKPOINT [ANCHOR: another checkpoint, kept elsewhere]
"""

import base64
import hashlib
import json
import sys
from decimal import Decimal
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value):
    """RFC 8785: no spaces, keys in the order of their UTF-16, numbers as JavaScript has them."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return number(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def number(value):
    exact = Decimal(repr(value or 0.0)).normalize()
    return f"{exact:f}" if -6 <= exact.adjusted() <= 20 or not value else f"{exact:e}"


def unique(pairs):
    return dict(pairs) if len(dict(pairs)) == len(pairs) else sys.exit("changed: a key twice")


def read_note(path, name, mark, public):
    """Origin, size and root of a checkpoint that the key signed."""
    text, _, signatures = Path(path).read_bytes().decode().rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    for line in signatures.splitlines():
        _, signer, signature = line.split(" ")
        data = base64.b64decode(signature, validate=True)
        if (signer, data[:4]) == (name, mark):
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(data[4:], f"{text}\n".encode())
            except InvalidSignature:
                sys.exit(f"changed: {path}: the signature does not fit")
            return origin, int(size), base64.b64decode(root)
    sys.exit(f"swapped: {path}: not signed by {name}")


def read_ledger(path):
    """The hash of every leaf, each entry checked against itself and the one before."""
    leaves, previous = [], "0" * 64
    for seq, line in enumerate(Path(path).read_bytes().split(b"\n")[:-1]):
        try:
            entry = json.loads(line, object_pairs_hook=unique)
            stored, data = entry.pop("hash"), canonical(entry).encode()
        except (ValueError, LookupError, AttributeError):
            sys.exit(f"changed: line {seq + 1}: not an entry")
        if sha256(data).hex() != stored:
            sys.exit(f"changed: line {seq + 1}: the hash does not fit")
        if (entry["seq"], entry["prev"]) != (seq, previous):
            sys.exit(f"removed, inserted, moved or rewritten: line {seq + 1} does not follow")
        leaves.append(sha256(b"\0", data))
        previous = stored
    return leaves


def root_of(leaves):  # RFC 9162, 2.1.1
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", root_of(leaves[:half]), root_of(leaves[half:]))


def main(ledger, key, *checkpoints):
    name, mark, material = Path(key).read_text(encoding="utf-8").split()[-1].split("+", 2)
    public = base64.b64decode(material)[1:]
    notes = [read_note(path, name, bytes.fromhex(mark), public) for path in checkpoints]
    (origin, signed, _), (other, anchored, _) = notes[0], notes[-1]
    if origin != other:
        sys.exit("swapped: checkpoint and anchor are of different ledgers")
    if signed < anchored:
        sys.exit(f"replayed: the checkpoint has {signed} entries, the anchor already {anchored}")
    leaves = read_ledger(ledger)
    for _, size, root in reversed(notes):
        if len(leaves) < size:
            sys.exit(f"truncated: {len(leaves)} entries are there, {size} were signed")
        if root_of(leaves[:size]) != root:
            sys.exit(f"rewritten: the first {size} entries are not those that were signed")
    sys.stdout.write(f"verifies: {len(leaves)} entries, {signed} of them signed by {name}\n")


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) in (4, 5) else sys.exit(__doc__)
