"""The gate for AI-generated pull requests: policy as code between a machine's change and the infrastructure."""

from __future__ import annotations

__version__ = "0.1.0"
