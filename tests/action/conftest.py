"""One installation of the Action for all jobs that only differ in what they judge."""

from __future__ import annotations

from pathlib import Path

import pytest
from action.running import make_folder


@pytest.fixture(scope="session")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("action"), install_once=True)


@pytest.fixture
def folder(_installed: Path) -> Path:
    """The repository with the workflow, its ledger empty."""
    (_installed / "ledger.jsonl").unlink(missing_ok=True)
    return _installed
