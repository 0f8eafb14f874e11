"""What the import contracts cannot say: who may start processes, read the environment, and so on."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gate"
MODULES = sorted(PACKAGE.rglob("*.py"))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(path)))


@functools.cache
def imports(path: Path) -> tuple[str, ...]:
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def users_of(*roots: str) -> set[str]:
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(name.split(".")[0] in roots for name in imports(path))
    }


@pytest.mark.parametrize(
    ("modules", "allowed"),
    [
        (("subprocess", "multiprocessing", "pty"), {"process.py"}),
        (("github",), {"forge_client.py"}),
        (
            ("rich",),
            {"report/console.py", "report/doctor.py", "report/screen.py", "report/table.py"},
        ),
        (("regopy",), {"evaluate/embedded_worker.py"}),
        (("yaml",), {"yamldoc.py"}),
        (("psycopg",), {"store/postgres.py"}),
        (("ahocorasick_rs",), {"keywords.py"}),
        (("cryptography",), {"store/note.py"}),
        (("securesystemslib",), {"trust/dsse.py"}),
        (("jinja2",), {"audit/metrics/page.py"}),
    ],
)
def test_library_is_imported_in_one_place(modules: tuple[str, ...], allowed: set[str]) -> None:
    assert users_of(*modules) <= allowed


def test_environment_is_read_in_config_alone() -> None:
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv", "environb")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert readers <= {"config.py", "process.py"}


PURE = ("decode", "detect", "judge")
IMPURE_MODULES = {
    "time",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "tempfile",
    "urllib",
    "requests",
}


@pytest.mark.parametrize("stage", PURE)
def test_pure_stage_knows_no_clock_network_or_chance(stage: str) -> None:
    for path in sorted((PACKAGE / stage).rglob("*.py")):
        guilty = {name.split(".")[0] for name in imports(path)} & IMPURE_MODULES
        assert not guilty, f"{path.name}: {guilty}"


def _handlers() -> Iterator[tuple[Path, ast.ExceptHandler]]:
    for path in MODULES:
        for node in nodes(path):
            if isinstance(node, ast.ExceptHandler):
                yield path, node


def test_no_handler_swallows_or_catches_everything() -> None:
    wide = {
        path.relative_to(PACKAGE).as_posix()
        for path, node in _handlers()
        if node.type is None
        or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
    }
    assert wide <= {"cli/__init__.py"}
    empty = [
        f"{path.name}:{node.lineno}"
        for path, node in _handlers()
        if all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert empty == []


def test_modules_stay_small() -> None:
    large = {
        path.relative_to(PACKAGE).as_posix(): count
        for path in MODULES
        if (count := sum(1 for line in path.read_text().splitlines() if line.strip())) > 400
    }
    assert large == {}


def test_functions_stay_small() -> None:
    large = [
        f"{path.relative_to(PACKAGE)}:{node.name}"
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno > 60
    ]
    assert large == []


def test_modules_open_with_one_sentence() -> None:
    for path in MODULES:
        first = (ast.get_docstring(parsed(path)) or "").split("\n\n")[0]
        assert first, path
        assert first.rstrip().endswith((".", "?")), f"{path}: {first!r}"


NEVER = {
    "violation",
    "violations",
    "alert",
    "alerts",
    "verdict",
    "suppression",
    "signoff",
    "exploit",
    "attribution",
    "manager",
    "helper",
    "helpers",
    "utils",
    "util",
    "common",
    "misc",
}


def _names(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


CONFTEST_WORDS = {"violation"}
"""conftest's own rule name, which packs must honour."""
RESPONSE_WORDS = {"alert", "alerts"}
"""What calls for somebody's attention, in the parts that deal with incidents; never a finding."""
RESPONSE_PARTS = {"audit", "record", "enquire", "cli", "schema", "pipeline.py"}


def test_names_keep_to_the_vocabulary() -> None:
    import re

    guilty = []
    for path in MODULES:
        for name in _names(path):
            words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()))
            allowed = CONFTEST_WORDS if "packs" in path.name else set()
            if path.relative_to(PACKAGE).parts[0] in RESPONSE_PARTS:
                allowed = allowed | RESPONSE_WORDS
            if words & (NEVER - allowed):
                guilty.append(f"{path.relative_to(PACKAGE)}: {name}")
    assert guilty == []
