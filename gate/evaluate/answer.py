"""What an engine answered, validated into findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from gate.errors import EvaluateError
from gate.schema.finding import Anchor, Enforcement, Location, RawFinding
from gate.text import neutralise


class Answer(NamedTuple):
    """The answer of one engine call."""

    findings: tuple[RawFinding, ...]
    """Findings of every rule."""
    evaluated: frozenset[str]
    """Ids of the rules that answered."""


class _Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`at` on the wire: a location or an anchor, told apart by their keys."""

    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    side: Literal["RIGHT", "LEFT"] = "RIGHT"
    root: str | None = None
    address: str | None = None
    attribute: str = ""
    value: str = ""
    block: Location | None = None


class _Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding on the wire; keys as in `RawFinding`."""

    rule: str
    subject: str
    at: _Place | None = None
    values: dict[str, str | int | float | bool] = {}
    evidence: str = ""
    surface: str | None = None
    enforcement: Enforcement | None = None
    message: str | None = None


def read_finding(value: Any) -> RawFinding:  # noqa: ANN401 - an engine's JSON
    """One finding as an engine wrote it.

    Raises:
        EvaluateError: a key is missing, unknown or of the wrong type; names the rule.
    """
    rule = value.get("rule", "?") if isinstance(value, dict) else "?"
    where = neutralise(str(rule), 80)
    try:
        wire = msgspec.convert(value, _Wire)
    except msgspec.ValidationError as error:
        raise EvaluateError(
            f"{where}: a finding is not valid: {neutralise(str(error))}",
            "A finding has at, subject, values, evidence, and may have surface and enforcement.",
        ) from error
    return RawFinding(
        rule=wire.rule,
        subject=wire.subject,
        at=_place(wire.at, where),
        values=wire.values,
        evidence=wire.evidence,
        surface=wire.surface,
        enforcement=wire.enforcement,
        message=wire.message,
    )


def read_answer(value: Any, engine: str) -> Answer:  # noqa: ANN401 - an engine's JSON
    """The whole answer `{"findings": [...], "evaluated": [...]}`.

    Raises:
        EvaluateError: it has another shape, or a finding is not valid.
    """
    if not isinstance(value, Mapping) or set(value) != {"findings", "evaluated"}:
        raise EvaluateError(f"{engine}: the answer has not the expected shape")
    findings, evaluated = value["findings"], value["evaluated"]
    if not isinstance(findings, list) or not isinstance(evaluated, list):
        raise EvaluateError(f"{engine}: the answer has not the expected shape")
    return Answer(
        tuple(read_finding(finding) for finding in findings),
        frozenset(str(rule) for rule in evaluated),
    )


def _place(place: _Place | None, rule: str) -> Location | Anchor | None:
    if place is None:
        return None
    if place.path is not None and place.root is None and place.address is None:
        return Location(path=place.path, line=place.line, end_line=place.end_line, side=place.side)
    if place.root is not None and place.address is not None and place.path is None:
        return Anchor(
            root=place.root,
            address=place.address,
            attribute=place.attribute,
            value=place.value,
            block=place.block,
        )
    raise EvaluateError(f"{rule}: `at` is either path, line, end_line, side or root, address")
