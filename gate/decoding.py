"""Decode a pull request: its changes, its sections, and what they touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gate.decode.diff import decode_diff, decode_files
from gate.decode.paths import is_configuration
from gate.decode.sections import (
    Decoded,
    SectionSettings,
    change_inputs,
    decode_sections,
    wanted,
)
from gate.decode.touches import touches
from gate.decode.whereabouts import Evidence, find_whereabouts
from gate.errors import DecodeError
from gate.evaluate.policies import load_bundled, terraform_tables
from gate.outcome import repository_of
from gate.schema.changes import Changes
from gate.schema.collected import Collected, Content, Side, Source
from gate.schema.gate_input import ChangeInput, Touch
from gate.schema.section import Gap, Unreadable
from gate.schema.site import Site
from gate.text import neutralise

Contents = Mapping[tuple[str, str], Content]
"""(path, side) -> content of the changed files that are read."""


class Decoding(msgspec.Struct, frozen=True, kw_only=True):
    """One pull request, decoded."""

    changes: Changes
    """The diff."""
    inputs: tuple[ChangeInput, ...]
    """The changed paths as rules see them."""
    sections: Decoded
    """Plans, code and workflows."""
    touches: tuple[Touch, ...]
    """What the change does."""
    gaps: tuple[Gap, ...]
    """What could not be looked at, while collecting or here."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Changed paths, the former ones of renamed files included."""
        both = ((change.path, change.previous_path) for change in self.changes.files)
        return tuple(dict.fromkeys(path for pair in both for path in pair if path))

    @property
    def commits_complete(self) -> bool:
        """Whether every announced commit is known."""
        return not any(gap.section == "provenance" for gap in self.gaps)


def decode_pull(source: Source, collected: Collected, site: Site) -> Decoding:
    """Everything decoded; a section that cannot be is a gap.

    Raises:
        DecodeError: there is no diff, or it is not one.
    """
    changes, gaps = _changes(collected)
    contents = _contents(source, changes)
    beside = _neighbours(source, changes, contents)
    sections = decode_sections(
        changes,
        collected.plans,
        contents,
        terraform_tables(load_bundled().tables),
        SectionSettings(
            repository=repository_of(collected), whole=bool(site.policies), neighbours=beside
        ),
    )
    inputs = change_inputs(changes)
    evidence = Evidence(
        changes=changes,
        contents=contents,
        neighbours=beside,
        plans=collected.plans,
        terraform=sections.terraform,
    )
    environments = site.config.environments
    return Decoding(
        changes=changes,
        inputs=inputs,
        sections=sections,
        touches=touches(
            inputs,
            sections.terraform,
            sections.hcl,
            environments,
            whereabouts=find_whereabouts(environments, evidence, source),
            inert=sections.inert,
        ),
        gaps=tuple(dict.fromkeys(gaps + collected.gaps + _unreadable(sections))),
    )


def _changes(collected: Collected) -> tuple[Changes, tuple[Gap, ...]]:
    if collected.diff is not None:
        changes = decode_diff(collected.diff)
    elif collected.facts.files is not None:
        changes = decode_files(collected.facts.files)
    else:
        raise DecodeError("the changes: neither a diff nor a file list was handed in")
    gaps = tuple(
        Gap(section="changes", reason=f"{neutralise(change.path)}: {change.truncated}")
        for change in changes.files
        if change.truncated
    )
    return changes, gaps


def _contents(source: Source, changes: Changes) -> Contents:
    before, after = wanted(changes)
    contents: dict[tuple[str, str], Content] = {}
    sides: tuple[tuple[Side, Sequence[str]], ...] = (("before", before), ("after", after))
    for side, paths in sides:
        if paths:
            for path, content in source.read(paths, side).items():
                contents[path, side] = content
    return contents


def _neighbours(source: Source, changes: Changes, contents: Contents) -> dict[str, bytes]:
    if not any(is_configuration(path) for path, _ in contents):
        return {}
    from gate.decode.neighbours import read_neighbours  # NOTE: only Terraform needs it

    return read_neighbours(changes, contents, source)


def _unreadable(sections: Decoded) -> tuple[Gap, ...]:
    return tuple(
        Gap(section=section, reason=outcome.reason)
        for section, outcome in sorted(sections.sections.items())
        if isinstance(outcome, Unreadable)
    )
