"""gate.evaluate.opa_install: nothing is installed that its digest or checksum does not prove."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from gate import process
from gate.errors import EvaluateError
from gate.evaluate import opa_install
from gate.evaluate.opa import PIN, installed_path
from gate.evaluate.opa_install import asset_name, install_opa, releases


@pytest.fixture(autouse=True)
def _linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(opa_install.platform, "system", lambda: "Linux")
    monkeypatch.setattr(opa_install.platform, "machine", lambda: "x86_64")


def trust(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    table = {"url": "https://host/{version}/{asset}", PIN: {"opa_linux_amd64_static": digest}}
    monkeypatch.setattr(opa_install, "releases", lambda: table)


def unreachable(url: str) -> bytes:
    raise OSError("no route")


def test_table_has_a_digest_for_every_platform() -> None:
    table = releases()[PIN]
    assert isinstance(table, dict)
    for system in ("Linux", "Darwin"):
        for machine in ("x86_64", "arm64"):
            digest = table[asset_name(system, machine) or ""]
            assert len(digest) == 64
            assert int(digest, 16)
    assert asset_name("Plan9", "mips") is None


def test_release_with_the_right_digest_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch, b"binary")
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return b"binary"

    installed = install_opa(lambda line: None, fetch=fetch)
    assert asked == [f"https://host/{PIN}/opa_linux_amd64_static"]
    assert installed == (installed_path(), "release")
    assert Path(installed.path).read_bytes() == b"binary"
    assert os.access(installed.path, os.X_OK)
    assert os.listdir(os.path.dirname(installed.path)) == ["opa"]
    assert install_opa(lambda line: None, fetch=unreachable).source == "cache"
    assert install_opa(lambda line: None, fetch=fetch, force=True).source == "release"


def test_release_with_another_digest_is_refused() -> None:
    with pytest.raises(EvaluateError, match="SHA-256 is .* is expected"):
        install_opa(lambda line: None, fetch=lambda url: b"evil")
    assert not os.path.exists(installed_path())
    assert os.listdir(os.path.dirname(installed_path())) == []


def test_go_builds_where_releases_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    monkeypatch.setenv("GATE_CANARY", "canary-value")
    monkeypatch.setattr(opa_install.shutil, "which", lambda name, path=None: "/usr/bin/go")
    calls: list[tuple[list[str], dict[str, str]]] = []

    def run(argv: list[str], **options: Any) -> process.Completed:
        calls.append((argv, options["env"]))
        Path(options["env"]["GOBIN"], "opa").write_bytes(b"built")
        return process.Completed(0, b"", b"")

    monkeypatch.setattr(opa_install.process, "run", run)
    said: list[str] = []
    installed = install_opa(said.append, fetch=unreachable)
    assert installed.source == "go install"
    assert Path(installed.path).read_bytes() == b"built"
    argv, environment = calls[0]
    assert argv == ["/usr/bin/go", "install", f"github.com/open-policy-agent/opa@v{PIN}"]
    assert environment["GOPROXY"] == "https://proxy.example"
    assert environment["GOFLAGS"] == "-mod=mod"
    assert "GATE_CANARY" not in environment
    assert "GONOSUMCHECK" not in environment
    assert "cannot be reached" in said[1]


def test_neither_way_is_an_error_that_tells_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opa_install.shutil, "which", lambda name, path=None: None)
    with pytest.raises(EvaluateError, match="no route.*Go is not installed") as caught:
        install_opa(lambda line: None, fetch=unreachable)
    assert "GATE_OPA" in caught.value.hint


def test_failing_build_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opa_install.shutil, "which", lambda name, path=None: "/usr/bin/go")
    failed = process.Completed(1, b"", b"checksum mismatch\nSECURITY ERROR")
    monkeypatch.setattr(opa_install.process, "run", lambda *_, **__: failed)
    with pytest.raises(EvaluateError, match="checksum mismatch SECURITY ERROR"):
        install_opa(lambda line: None, fetch=unreachable)
    assert not os.path.exists(installed_path())


def test_platform_without_a_release_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opa_install.platform, "machine", lambda: "riscv64")
    monkeypatch.setattr(opa_install.shutil, "which", lambda name, path=None: None)
    with pytest.raises(EvaluateError, match="none for Linux riscv64"):
        install_opa(lambda line: None, fetch=lambda url: pytest.fail("asked"))


def test_cache_that_cannot_be_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(EvaluateError, match="cannot be written"):
        install_opa(lambda line: None, fetch=unreachable)


def test_only_https_is_spoken() -> None:
    with pytest.raises(OSError, match="not an https URL"):
        opa_install._fetch("http://127.0.0.1/opa")
