"""Cut the entries of a period out of a stream, with proofs; and check what was cut out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from gate.audit.reading import Told
from gate.errors import RecordError
from gate.schema.entry import GENESIS, Entry
from gate.schema.evidence import Order, Proof, Segment
from gate.store.ledger import canonical, decode_line, encode_line, require_stream
from gate.store.merkle import Frontier, Tree, extends, includes, leaf_hash
from gate.store.note import decode_base64
from gate.store.tampering import TamperedError

T = TypeVar("T", bound=msgspec.Struct)

LASTING = frozenset({"agent", "kill", "baseline", "alert", "incident"})
"""Kinds of entries from before the period that still say something within it."""


class Cut(NamedTuple):
    """A part of a stream, as it stands in an archive."""

    segment: Segment
    """Which, and what ties it to the rest."""
    entries: tuple[Entry, ...]
    """Its entries."""
    proofs: tuple[Proof, ...]
    """One of each."""
    earlier: tuple[tuple[Entry, Proof], ...]
    """Entries from before that still say something."""

    @property
    def told(self) -> tuple[Told, ...]:
        """All of them, the earlier ones first."""
        every = (*(entry for entry, _ in self.earlier), *self.entries)
        return tuple(Told(self.segment.stream, entry) for entry in every)


class _Earlier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of `earlier.jsonl`."""

    entry: Entry
    proof: Proof


def cut(stream: str, walked: Iterable[tuple[Entry, bytes]], order: Order) -> Cut | None:
    """The entries of a period.

    Runners' clocks differ, so an entry or two beyond the period may lie among them.

    Args:
        stream: name of the stream.
        walked: its entries with their canonical bytes, verified.
        order: the period.

    Returns:
        The part; `None` where the stream has nothing up to the period's end.
    """
    entries: list[Entry] = []
    leaves: list[bytes] = []
    for entry, leaf in walked:
        entries.append(entry)
        leaves.append(leaf_hash(leaf))
    within = [entry.seq for entry in entries if entry.at < order.until]
    size = max(within, default=-1) + 1
    if not size:
        return None
    first = min((seq for seq in within if entries[seq].at >= order.since), default=size)
    tree = Tree(leaves[:size])
    segment = Segment(
        stream=stream,
        first=first,
        size=size,
        prev=entries[first - 1].hash if first else GENESIS,
        head=entries[size - 1].hash,
        root=_text(tree.root()),
        before=_text(tree.root(first)),
        peaks=tuple(map(_text, _peaks(leaves, first))),
        consistency=tuple(map(_text, tree.consistency(first))),
    )
    kept = [seq for seq in range(first) if entries[seq].kind in LASTING]
    return Cut(
        segment,
        tuple(entries[first:size]),
        tuple(_proof(tree, seq) for seq in range(first, size)),
        tuple((entries[seq], _proof(tree, seq)) for seq in kept),
    )


def files_of(part: Cut) -> dict[str, bytes]:
    """Path -> content of the files of a part, but for its checkpoint."""
    stem = stem_of(part.segment.stream)
    earlier = (_Earlier(entry=entry, proof=proof) for entry, proof in part.earlier)
    return {
        f"{stem}.json": _json(part.segment),
        f"{stem}.jsonl": b"".join(map(encode_line, part.entries)),
        f"{stem}.proofs.jsonl": b"".join(map(_json, part.proofs)),
        f"{stem}.earlier.jsonl": b"".join(map(_json, earlier)),
    }


def stem_of(stream: str) -> str:
    """What the paths of a stream's files begin with."""
    name = stream.replace("/", "~")
    if len(name) > 70:
        name = hashlib.sha256(stream.encode()).hexdigest()
    return f"ledger/{name}"


def read_part(files: dict[str, bytes], stem: str) -> Cut:
    """Read a part of a stream, and check hashes, links and proofs.

    Raises:
        TamperedError: something was done to it.
        RecordError: it is none.
    """
    segment = _decode(files.get(f"{stem}.json", b""), Segment, stem)
    entries = tuple(_entries(files.get(f"{stem}.jsonl", b""), segment))
    proofs = tuple(_lines(files.get(f"{stem}.proofs.jsonl", b""), Proof, stem))
    earlier = tuple(
        (line.entry, line.proof)
        for line in _lines(files.get(f"{stem}.earlier.jsonl", b""), _Earlier, stem)
    )
    part = Cut(segment, entries, proofs, earlier)
    if stem != stem_of(segment.stream) or files_of(part) != {
        path: files.get(path, b"") for path in files_of(part)
    }:
        raise TamperedError("changed", f"{stem}: not in the form it is made in")
    _check_tree(part)
    return part


def root_at(part: Cut, size: int) -> bytes | None:
    """Root of the stream's tree at a size; `None` where the part does not tell."""
    if not part.segment.first <= size <= part.segment.size:
        return None
    tree = _Resumed(part.segment.first, [_data(peak) for peak in part.segment.peaks])
    for entry in part.entries[: size - part.segment.first]:
        tree.add(_leaf(entry))
    return tree.root()


class _Resumed(Frontier):
    """A growing tree of whose first leaves only the peaks are known, smallest first."""

    def __init__(self, size: int, peaks: Sequence[bytes]) -> None:
        super().__init__()
        if len(peaks) != size.bit_count():
            raise TamperedError("changed", "the tree before the segment has another shape")
        self.size = size
        self._peaks = list(reversed(peaks))


def _check_tree(part: Cut) -> None:
    segment = part.segment
    root, before = _data(segment.root), _data(segment.before)
    steps = [_data(step) for step in segment.consistency]
    if not (
        0 <= segment.first <= segment.size == segment.first + len(part.entries)
        and root_at(part, segment.first) == before
        and root_at(part, segment.size) == root
        and extends(segment.first, before, segment.size, root, steps)
        and [proof.index for proof in part.proofs] == [entry.seq for entry in part.entries]
    ):
        raise TamperedError("rewritten", f"stream {segment.stream}: its proofs do not fit")
    for entry, proof in (*zip(part.entries, part.proofs, strict=True), *part.earlier):
        require_stream(entry, segment.stream, f"entry {entry.seq}")
        path = [_data(step) for step in proof.path]
        placed = entry.seq == proof.index and entry.hash == _hash(entry)
        if not placed or not includes(_leaf(entry), proof.index, segment.size, path, root):
            raise TamperedError(
                "changed", f"stream {segment.stream}: the proof of entry {entry.seq} does not fit"
            )
    places = [entry.seq for entry, _ in part.earlier]
    if places != sorted(set(places)) or any(seq >= segment.first for seq in places):
        raise TamperedError("inserted", f"stream {segment.stream}: earlier entries out of place")


def _entries(data: bytes, segment: Segment) -> Iterator[Entry]:
    previous = segment.prev
    for number, line in enumerate(data.splitlines(keepends=True)):
        where = f"stream {segment.stream}, line {number + 1} of the segment"
        entry = decode_line(line, where, segment.stream)
        if entry.hash != _hash(entry):
            raise TamperedError(
                "changed", f"stream {segment.stream}, entry {entry.seq}: the hash does not fit"
            )
        if entry.prev != previous or entry.seq != segment.first + number:
            raise TamperedError(
                "rewritten", f"stream {segment.stream}, entry {entry.seq}: does not follow"
            )
        previous = entry.hash
        yield entry
    if previous != segment.head:
        raise TamperedError("truncated", f"stream {segment.stream}: its end is not its head")


def _peaks(leaves: list[bytes], size: int) -> tuple[bytes, ...]:
    """The path of a leaf that comes next: exactly the full subtrees of those before it."""
    if not size:
        return ()
    return Tree([*leaves[:size], b"\0" * 32]).inclusion(size)


def _proof(tree: Tree, seq: int) -> Proof:
    return Proof(index=seq, path=tuple(map(_text, tree.inclusion(seq))))


def _leaf(entry: Entry) -> bytes:
    return leaf_hash(canonical(entry))


def _hash(entry: Entry) -> str:
    return hashlib.sha256(canonical(entry)).hexdigest()


def _data(text: str) -> bytes:
    """The bytes of a hash.

    Raises:
        RecordError: they are not in their one form.
    """
    try:
        return decode_base64(text)
    except ValueError as error:
        raise RecordError("not an evidence archive: a hash is not base64") from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(document: msgspec.Struct) -> bytes:
    return msgspec.json.encode(document, order="sorted") + b"\n"


def _lines(data: bytes, kind: type[T], where: str) -> Iterator[T]:
    for line in data.splitlines(keepends=True):
        yield _decode(line, kind, where)


def _decode(data: bytes, kind: type[T], where: str) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"not an evidence archive: {where} cannot be understood") from error
