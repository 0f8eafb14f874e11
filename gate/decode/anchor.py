"""Find the line of a Terraform address: through local modules to its block, removed or not."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from gate.decode.hcl.address import Target, parse_address
from gate.decode.hcl.blocks import Block, read_blocks
from gate.decode.hcl.lines import attribute_line
from gate.decode.hcl.scan import Item, split_items
from gate.decode.paths import is_terraform
from gate.errors import DecodeError
from gate.pattern import pattern
from gate.schema.changes import Changes, FileChange
from gate.schema.collected import Content, Side
from gate.schema.finding import Anchor, Location
from gate.schema.section import Unreadable

MAX_FILES = 300
"""Files read in one call; addresses that would need more stay without a line."""
_SOURCE = pattern(r'\s*"(\.\.?(?:/[^"\\$%]*)?)"\s*$')


class Reader(Protocol):
    """Where files are read from; `schema.collected.Source` is one."""

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        """Contents of the paths on one side."""

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        """Names of the files directly in a directory."""


class _Place(NamedTuple):
    """A block, the side it was found on, and its file's bytes."""

    block: Block
    side: Side
    content: bytes


def locate(anchors: Sequence[Anchor], reader: Reader, changes: Changes) -> dict[Anchor, Location]:
    """Locations of the anchors that can be found; the others are left out.

    A resource inside a remote module, or one whose source leaves the repository, is located at the
    `module` block that calls it; a deleted one at its removed lines (side LEFT).

    Args:
        anchors: addresses of a plan (relative to a root), or of HCL resources (to their directory).
        reader: where files are read from.
        changes: the decoded diff.
    """
    locator = _Locator(reader, changes)
    found: dict[Anchor, Location] = {}
    for anchor in anchors:
        target = parse_address(anchor.address)
        location = None if target is None else locator.find(anchor, target)
        if location is not None:
            found[anchor] = location
    return found


def refine(
    places: Sequence[tuple[Location, str]], reader: Reader, changes: Changes
) -> dict[tuple[Location, str], Location]:
    """Locations of attributes within blocks that are already located (HCL resources).

    The line is the one `locate` finds for the same resource of a plan, so that findings of both
    can be merged by their place.

    Args:
        places: (location of a block at the head, attribute path).
        reader: where files are read from.
        changes: the decoded diff.

    Returns:
        Only those places whose attribute was found.
    """
    locator = _Locator(reader, changes)
    found: dict[tuple[Location, str], Location] = {}
    for location, attribute in places:
        if location.side == "RIGHT" and attribute and is_terraform(location.path):
            finer = locator.refine(location, attribute)
            if finer is not None and finer != location:
                found[location, attribute] = finer
    return found


class _Locator:
    """Reads each directory once, and of it only files that name the block."""

    def __init__(self, reader: Reader, changes: Changes) -> None:
        self._reader = reader
        self._by_former = {change.previous_path or change.path: change for change in changes.files}
        self._by_path = {change.path: change for change in changes.files}
        self._directories: dict[tuple[str, Side], dict[str, bytes]] = {}
        self._blocks: dict[tuple[str, Side], tuple[Block, ...]] = {}
        self._left = MAX_FILES

    def find(self, anchor: Anchor, target: Target) -> Location | None:
        """The location of one address, or `None`."""
        directory: str | None = _inside(anchor.root)
        call: _Place | None = None
        for name in target.modules:
            if directory is None:
                break
            place = self._search(directory, ("module", name))
            if place is None:
                return self._location(call, "") if call else None
            call = place
            if place.side == "before":
                return self._location(place, "")
            directory = _source(directory, place.block)
        if directory is None or not target.block:
            return self._location(call, "") if call else None
        place = self._search(directory, target.block)
        if place is None:
            return self._location(call, "") if call else None
        return self._location(place, anchor.attribute, anchor.value)

    def refine(self, location: Location, attribute: str) -> Location | None:
        """The location of an attribute of the block that stands at a location."""
        directory = posixpath.dirname(location.path)
        content = self._files(directory, "after").get(location.path)
        if content is None:
            return None
        for block in self._read_blocks(location.path, content, "after"):
            if (block.line, block.end_line) == (location.line, location.end_line):
                return self._location(_Place(block, "after", content), attribute)
        return None

    def _search(self, directory: str, block: tuple[str, ...]) -> _Place | None:
        sides: tuple[Side, Side] = ("after", "before")
        for side in sides:
            found = [
                _Place(candidate, side, content)
                for path, content in self._files(directory, side).items()
                if all(word.encode() in content for word in block[1:])
                for candidate in self._read_blocks(path, content, side)
                if (candidate.kind, *candidate.labels) == block
            ]
            if found:
                return next((place for place in found if self._touches(place)), found[0])
        return None

    def _files(self, directory: str, side: Side) -> dict[str, bytes]:
        key = directory, side
        if key not in self._directories:
            names = self._reader.list_directory(directory, side)
            paths = [] if isinstance(names, Unreadable) else sorted(filter(is_terraform, names))
            paths = [posixpath.join(directory, name) for name in paths[: self._left]]
            self._left -= len(paths)
            contents = self._reader.read(paths, side) if paths else {}
            self._directories[key] = {
                path: content for path in paths if isinstance(content := contents.get(path), bytes)
            }
        return self._directories[key]

    def _read_blocks(self, path: str, content: bytes, side: Side) -> tuple[Block, ...]:
        key = path, side
        if key not in self._blocks:
            try:
                self._blocks[key] = read_blocks(content, path, path)
            except DecodeError:
                # NOTE: a line is a courtesy; the section that decodes the file reports it
                self._blocks[key] = ()
        return self._blocks[key]

    def _touches(self, place: _Place) -> bool:
        changed = self._changed(place)
        return any(place.block.line <= line <= place.block.end_line for line in changed)

    def _changed(self, place: _Place) -> frozenset[int]:
        change = self._change(place)
        if change is None:
            return frozenset()
        lines = change.added_lines() if place.side == "after" else change.removed_lines()
        return frozenset(number for number, _ in lines)

    def _change(self, place: _Place) -> FileChange | None:
        known = self._by_path if place.side == "after" else self._by_former
        return known.get(place.block.path)

    def _location(self, place: _Place, attribute: str, value: str = "") -> Location | None:
        block = place.block
        changed = self._changed(place)
        if place.side == "before":
            removed = [line for line in sorted(changed) if block.line <= line <= block.end_line]
            change = self._change(place)
            if change is None or not removed:
                return None
            return Location(path=change.path, line=removed[0], end_line=removed[-1], side="LEFT")
        text = "" if block.document is None else place.content.decode("utf-8-sig")
        line = attribute_line(
            block,
            attribute,
            text=text,
            value=value,
            is_changed=lambda first, last: any(first <= number <= last for number in changed),
        )
        if line is not None:
            return Location(path=block.path, line=line, end_line=line)
        return Location(path=block.path, line=block.line, end_line=block.end_line)


def _inside(path: str) -> str | None:
    """A normalised directory, `""` for the root; `None` where it leaves the repository."""
    clean = posixpath.normpath(path or ".")
    if clean.startswith(("/", "..")) or "\0" in clean:
        return None
    return "" if clean == "." else clean


def _source(directory: str, block: Block) -> str | None:
    """The directory a module call leads to; `None` for a source that is not to be followed."""
    source = None
    if isinstance(block.document, dict):
        value = block.document.get("source")
        source = value if isinstance(value, str) else None
    else:
        for item in _items(block):
            match = _SOURCE.match(item.body) if item.name == "source" else None
            source = match.group(1) if match else source
    if source is None or not source.startswith(".") or "${" in source:
        return None
    return _inside(posixpath.join(directory, source))


def _items(block: Block) -> tuple[Item, ...]:
    try:
        return split_items(block.text, block.path, block.body_line)
    except DecodeError:
        return ()  # NOTE: a line is a courtesy; the section that decodes the file reports it
