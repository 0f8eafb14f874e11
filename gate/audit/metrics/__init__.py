"""What the ledger says in numbers.

`measure` computes every metric of `definitions` from entries; `document`, `prometheus`, `markdown`
and `page` write them down.
"""

from __future__ import annotations

from gate.audit.metrics.measure import Measured, measure

__all__ = ["Measured", "measure"]
