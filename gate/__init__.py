"""The gate for AI-generated pull requests: policy as code before the infrastructure."""

from __future__ import annotations

__version__ = "0.1.0"
