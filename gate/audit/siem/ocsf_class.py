"""The classes of OCSF that entries are mapped to, and what a mapping is given and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from gate.audit.reading import Told
from gate.audit.siem.gist import Gist
from gate.audit.siem.plain import Plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Class:
    """One class."""

    uid: int
    """`class_uid`."""
    name: str
    """`class_name`."""
    category: int
    """`category_uid`."""
    category_name: str
    """`category_name`."""
    activities: Mapping[int, str]
    """`activity_id` -> what OCSF calls it; 0 and 99 are Unknown and Other in every class."""


_FINDING = {1: "Create", 2: "Update", 3: "Close"}

BASE = Class(0, "Base Event", 0, "Uncategorized", {})
COMPLIANCE = Class(2003, "Compliance Finding", 2, "Findings", _FINDING)
DETECTION = Class(2004, "Detection Finding", 2, "Findings", _FINDING)
INCIDENT = Class(2005, "Incident Finding", 2, "Findings", _FINDING)
ENTITY = Class(
    3004,
    "Entity Management",
    3,
    "Identity & Access Management",
    {
        1: "Create",
        2: "Read",
        3: "Update",
        8: "Enable",
        9: "Disable",
        10: "Activate",
        11: "Deactivate",
        12: "Suspend",
        13: "Resume",
    },
)

OTHER = 99
"""`activity_id`, `status_id` and others: something that OCSF has no number for."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a mapping is given."""

    told: Told
    """The entry."""
    uid: str
    """By what a receiver knows it again."""
    time: int
    """When, milliseconds since 1970."""
    gist: Gist
    """What it comes down to."""
    plain: Plain
    """Neutralises."""

    def body(self, kind: type[T]) -> T:
        """Its body as a struct of `gate.schema.bodies` or `gate.schema.events`.

        Raises:
            msgspec.ValidationError: it is none.
        """
        return msgspec.convert(self.told.entry.body, kind, strict=True)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a mapping gives back."""

    kind: Class
    """The class."""
    activity: int
    """`activity_id`."""
    fields: dict[str, Any] = field(default_factory=dict)
    """The attributes that are the class's own."""
    other: str = ""
    """Of activity 99: what it is called here."""
    correlation: str = ""
    """What it belongs to, where that is no pull request."""
    profiles: tuple[str, ...] = ()
    """`metadata.profiles`."""

    @property
    def activity_name(self) -> str:
        """`activity_name`."""
        return self.other or self.kind.activities.get(self.activity, "Other")
