"""Take Terraform addresses apart: modules on the way, then the block they end at."""

from __future__ import annotations

import re
from typing import NamedTuple

from gate.pattern import pattern

_PART = pattern(r'\.?([^.\[\]"]+)|\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]', re.DOTALL)
_LABELLED = {"data": 2, "ephemeral": 2, "action": 2, "output": 1, "check": 1, "provider": 1}


class Target(NamedTuple):
    """Where an address leads."""

    modules: tuple[str, ...]
    """Names of the module calls, outermost first, without instance keys."""
    block: tuple[str, ...]
    """Block type and labels; empty for a module itself."""


def parse_address(address: str) -> Target | None:
    """The modules and the block of an address; instance keys are dropped.

    Args:
        address: `module.a["k"].module.b[0].type.name["k"]`, `data.type.name`, `check.name`, ...

    Returns:
        `None` where it is not an address.

    Source: https://developer.hashicorp.com/terraform/cli/state/resource-addressing
    """
    words: list[str] = []
    position = 0
    while position < len(address):
        match = _PART.match(address, position)
        if match is None:
            return None
        if match.group(1):
            words.append(match.group(1))
        position = match.end()
    modules: list[str] = []
    while len(words) >= 2 and words[0] == "module":
        modules.append(words[1])
        words = words[2:]
    if not words:
        return Target(tuple(modules), ()) if modules else None
    count = _LABELLED.get(words[0])
    block = tuple(words) if count else ("resource", *words)
    return Target(tuple(modules), block) if len(block) == (count or 2) + 1 else None
