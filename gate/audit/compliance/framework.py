"""Read the frameworks: which control is answered by which measures and rules."""

from __future__ import annotations

import functools
from importlib import resources

import msgspec

from gate.errors import ConfigError
from gate.yamldoc import parse_yaml

FRAMEWORKS = ("soc2", "iso27001", "gdpr")
"""Frameworks that are mapped."""


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One control of a framework."""

    id: str
    """As the framework numbers it."""
    about: str
    """What it is about, in our own words."""
    measures: tuple[str, ...]
    """Names of measures that produce evidence relevant to it."""
    rules: tuple[str, ...] = ()
    """Rules without which it is not covered."""


class Framework(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One framework, in one edition."""

    id: str
    """Short name."""
    title: str
    """Its name."""
    edition: str
    """Which edition the numbers are of."""
    source: str
    """Who publishes it."""
    written: str
    """Day this mapping was written, YYYY-MM-DD."""
    reviewed: str
    """Day somebody held it against the official text; empty: nobody did."""
    controls: tuple[Control, ...]
    """Controls."""


@functools.cache
def read_framework(name: str) -> Framework:
    """One of the frameworks.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in FRAMEWORKS:
        raise ConfigError(
            f"{name[:40]!a}: not a framework that is mapped", f"There are {', '.join(FRAMEWORKS)}."
        )
    file = resources.files(__package__).joinpath("frameworks", f"{name}.yaml")
    return msgspec.convert(parse_yaml(file.read_bytes(), f"{name}.yaml"), Framework)
