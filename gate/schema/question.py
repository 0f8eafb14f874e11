"""Question: what of one pull request the ledger is asked about."""

from __future__ import annotations

import msgspec

from gate.schema.bodies import Measures, PullName


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One pull request, as the ledger knows such."""

    pull: PullName
    """Which one."""
    agent: str
    """Registry id, else agent id, else `unknown`; empty: a person's change."""
    registered: str = ""
    """Registry id; empty where none fits."""
    names: tuple[str, ...] = ()
    """Everything the agents behind it are known by, sorted: a kill of any of them holds."""
    model: str = ""
    """Model as disclosed; empty where unknown."""
    requester: str = ""
    """Login of who asked for it; empty where unknown."""
    measures: Measures
    """How much it changes."""
    plans: tuple[str, ...] = ()
    """Digests of its planned changes, sorted; empty where no limit asks for them."""
    ended: bool = False
    """It was merged or closed: it takes no share of the limits any more."""
    now: str
    """The run's clock, RFC 3339 UTC."""

    @property
    def is_ai(self) -> bool:
        """Whether an agent took part, or nobody can tell."""
        return bool(self.agent)
