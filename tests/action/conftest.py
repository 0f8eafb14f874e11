"""One installation of the Action for all jobs that only differ in what they judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from action.running import Runner, make_folder
from action.world import World
from forge.server import serve
from forge.state import State


@pytest.fixture(scope="session")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("action"), install_once=True)


@pytest.fixture
def folder(_installed: Path) -> Path:
    """The repository with the workflow, its ledger empty."""
    (_installed / "ledger.jsonl").unlink(missing_ok=True)
    return _installed


@pytest.fixture
def world(folder: Path) -> Iterator[Any]:
    """What makes a repository of a pull request; each one has a GitHub of its own."""
    servers = []

    def make(state: State) -> World:
        context = serve(state)
        servers.append((context, context.__enter__()))
        return World(Runner(folder, servers[-1][1]), state)

    yield make
    for context, server in servers:
        context.__exit__(None, None, None)
        assert server.violations == []
