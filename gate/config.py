"""What the machine says: the one place that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping


def environ() -> Mapping[str, str]:
    """The caller's environment."""
    return os.environ
