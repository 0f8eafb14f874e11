"""Find what a finding touches: where, how, and among how many."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from functools import cached_property

from gate.pattern import pattern
from gate.schema.gate_input import Touch
from gate.text import neutralise

_INSTANCE = pattern(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')
_CODE = (".tf", ".tofu", ".tf.json", ".tofu.json")


class Places:
    """The touches of one pull request, prepared for look-ups."""

    def __init__(self, touches: Iterable[Touch]) -> None:
        self.touches = tuple(touches)
        """All of them."""

    def of(self, surface: str, subject: str, path: str) -> tuple[Touch, ...]:
        """The touches of one finding: by its resource, else by its file; empty: nobody can tell.

        Args:
            surface: surface of the finding; touches of it are preferred.
            subject: resource address, as found or neutralised.
            path: where it stands; empty: the pull request as a whole.
        """
        found = self._of_subject(subject) if subject else ()
        if found and path:
            near = (path, posixpath.dirname(path))
            found = tuple(touch for touch in found if touch.path in near) or found
        found = found or self._by_path.get(path, ()) or self._by_path.get(_shown(path), ())
        return tuple(touch for touch in found if touch.surface == surface) or found

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """Environments touched, sorted; one empty name where there is none."""
        return tuple(sorted({touch.environment for touch in self.touches})) or ("",)

    def count(self, surface: str, environment: str) -> int:
        """How many resources and files of a surface change in an environment; at least 1."""
        return max(1, len(self._things.get((surface, environment), ())))

    def _of_subject(self, subject: str) -> tuple[Touch, ...]:
        """Those of an address; code names no instances, so those of its block belong to each."""
        own, of_block = self._by_subject
        name = neutralise(subject)
        if "[" not in name:
            return tuple(of_block.get(name, ()))
        return (*own.get(name, ()), *own.get(block_of(name), ()))

    @cached_property
    def _by_subject(self) -> tuple[dict[str, list[Touch]], dict[str, list[Touch]]]:
        """By address as written, and by the address of the block."""
        own: dict[str, list[Touch]] = {}
        of_block: dict[str, list[Touch]] = {}
        for touch in self.touches:
            if touch.subject:
                name = neutralise(touch.subject)
                own.setdefault(name, []).append(touch)
                of_block.setdefault(block_of(name), []).append(touch)
        return own, of_block

    @cached_property
    def _by_path(self) -> dict[str, tuple[Touch, ...]]:
        found: dict[str, list[Touch]] = {}
        for touch in self.touches:
            found.setdefault(_shown(touch.path), []).append(touch)
        found.pop("", None)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def _things(self) -> dict[tuple[str, str], set[tuple[str, str]]]:
        """Surface and environment -> directory and address, or path, of everything that changes.

        A block that a plan and the code show alike is one thing: the code knows no instances, so
        its address counts only where the plan of that directory has none of them.
        """
        found: dict[tuple[str, str], set[tuple[str, str]]] = {}
        blocks: dict[tuple[str, str], set[tuple[str, str]]] = {}
        changing = [touch for touch in self.touches if touch.action != "read"]
        for touch in changing:
            if not (touch.subject and _is_code(touch.path)):
                place = (touch.surface, touch.environment)
                found.setdefault(place, set()).add((touch.path, touch.subject))
                blocks.setdefault(place, set()).add((touch.path, block_of(touch.subject)))
        for touch in changing:
            if touch.subject and _is_code(touch.path):
                place = (touch.surface, touch.environment)
                thing = (posixpath.dirname(touch.path), touch.subject)
                if thing not in blocks.get(place, ()):
                    found.setdefault(place, set()).add(thing)
        return found


def block_of(address: str) -> str:
    """The address without instance keys."""
    return _INSTANCE.sub("", address) if "[" in address else address


def _is_code(path: str) -> bool:
    return path.endswith(_CODE)


def _shown(path: str) -> str:
    """A path as findings give it."""
    return neutralise(path, 1000)
