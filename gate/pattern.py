"""Regular expressions compiled when first used: a cold start pays only for those it needs."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Lazy:
    """Stands for a pattern until one of its methods is asked for."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever re.Pattern has
        value = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, value)
        return value


def pattern(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, compiled at the first use of each method.

    Args:
        source: the expression.
        flags: as of `re.compile`.

    Returns:
        An object with the methods and attributes of `re.Pattern`.
    """
    return cast("re.Pattern[AnyStr]", _Lazy(source, flags))
