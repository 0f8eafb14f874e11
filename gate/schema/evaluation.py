"""Evaluation: what the rules answered, and that every one of them did."""

from __future__ import annotations

import msgspec

from gate.schema.finding import RawFinding
from gate.schema.report import EngineInfo
from gate.schema.rule import Rule
from gate.schema.section import Gap


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of all engines together."""

    engine: EngineInfo
    """The Rego engine that ran."""
    policy_digest: str
    """SHA-256 over every policy, data table and native check in force, hex."""
    rules: tuple[Rule, ...]
    """Rules that were evaluated, sorted by id."""
    findings: tuple[RawFinding, ...]
    """Answers, unsorted."""
    gaps: tuple[Gap, ...] = ()
    """Rules whose section is unreadable."""
    warnings: tuple[str, ...] = ()
    """Builtin errors of conftest packs and the like, each one line; reported, never swallowed."""
