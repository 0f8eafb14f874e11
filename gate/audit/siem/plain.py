"""Make what an entry says harmless to whoever reads it elsewhere."""

from __future__ import annotations

from typing import Any

from gate.text import neutralise

MAX_TEXT = 300
"""Characters of one text."""
MAX_ITEMS = 200
"""Members of one list or object."""
MAX_DEPTH = 8
"""Levels of lists and objects within each other."""
_MAX_NUMBER = 2**53


class Plain:
    """Neutralises values, and remembers whether any of them was cut."""

    def __init__(self) -> None:
        self.cut = False
        """Whether something was left out."""

    def value(self, value: object, depth: int = 0) -> Any:  # noqa: ANN401 - JSON of any shape
        """The same JSON with every text in it neutralised, and cut to the sizes of this module."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._members(value, depth)
        if isinstance(value, list | tuple):
            if depth >= MAX_DEPTH:
                return self._left_out()
            self.cut |= len(value) > MAX_ITEMS
            return [self.value(item, depth + 1) for item in value[:MAX_ITEMS]]
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int) and abs(value) < _MAX_NUMBER:
            return value
        return self.text(str(value))

    def text(self, text: str, limit: int = MAX_TEXT) -> str:
        """One text, neutralised."""
        self.cut |= len(text) > limit
        return neutralise(text, limit)

    def _members(self, value: dict[Any, Any], depth: int) -> Any:  # noqa: ANN401
        if depth >= MAX_DEPTH:
            return self._left_out()
        self.cut |= len(value) > MAX_ITEMS
        members = sorted(value.items(), key=lambda member: str(member[0]))
        return {
            neutralise(str(key), 100): self.value(item, depth + 1)
            for key, item in members[:MAX_ITEMS]
        }

    def _left_out(self) -> str:
        self.cut = True
        return "(left out: nested too deeply)"
