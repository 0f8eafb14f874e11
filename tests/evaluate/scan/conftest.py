"""The shapes of secrets, loaded from the file beside."""

from __future__ import annotations

import importlib.util
import os
from types import ModuleType

import pytest


def load_shapes() -> ModuleType:
    """The module of shapes."""
    path = os.path.join(os.path.dirname(__file__), "shapes.py")
    spec = importlib.util.spec_from_file_location("secret_shapes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def shapes() -> ModuleType:
    """The module of shapes."""
    return load_shapes()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per kind of secret."""
    if "shape_kind" in metafunc.fixturenames:
        metafunc.parametrize("shape_kind", sorted(load_shapes().SHAPES))
