"""NativeInput: what a native Python check reads."""

from __future__ import annotations

import msgspec

from gate.schema.changes import Changes
from gate.schema.facts import PullFacts
from gate.schema.gate_input import GateInput


class NativeInput(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of every native check; unlike Rego it may read the text of the change."""

    input: GateInput
    """The document that Rego sees."""
    facts: PullFacts
    """Title, description and commit messages, as GitHub gave them."""
    changes: Changes
    """The decoded diff with its lines."""
