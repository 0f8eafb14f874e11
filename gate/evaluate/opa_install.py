"""Install the pinned OPA into the gate's cache, and only what its digest or checksum proves."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from gate import process
from gate.config import environ
from gate.errors import EvaluateError, ProcessError
from gate.evaluate.opa import PIN, installed_path
from gate.text import neutralise

MODULE = "github.com/open-policy-agent/opa"
"""Go module of OPA."""
DOWNLOAD_SECONDS = 60
"""Time one read of a download may take."""
BUILD_SECONDS = 1200
"""Time for `go install`; it takes 80 s on two cores."""
MAX_BYTES = 200 << 20
"""A release asset is about 60 MB."""

_GO_VARIABLES = (
    "GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOPATH", "GOMODCACHE", "GOCACHE",
    "GOROOT", "GOTOOLCHAIN", "GOINSECURE", "GOVCS", "HOME", "XDG_CACHE_HOME", "TMPDIR",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC",
)  # fmt: skip
"""What the Go tool needs to reach its proxy and caches; handed on deliberately, nothing else is."""


class Installed(NamedTuple):
    """The outcome of an installation."""

    path: str
    """Where the binary is."""
    source: str
    """`release`, `go install`, or `cache` when it was there already."""


class _Unreachable(Exception):
    """The release could not be downloaded; building it may still work."""


Fetch = Callable[[str], bytes]
"""Bytes of an https URL; raises OSError."""


def install_opa(
    say: Callable[[str], None], *, fetch: Fetch | None = None, force: bool = False
) -> Installed:
    """Put the pinned OPA into the gate's cache.

    The release asset is taken if its SHA-256 is the one kept in `opa_releases.json`. Where releases
    cannot be reached, Go builds the same version from the module proxy, whose checksum database is
    the check.

    Args:
        say: told what is being done, one line at a time.
        fetch: how to download; the default speaks https only.
        force: install even if it is there already.

    Raises:
        EvaluateError: a digest differs, neither way works, or the cache cannot be written.
    """
    target = installed_path()
    if not force and os.path.isfile(target) and os.access(target, os.X_OK):
        return Installed(target, "cache")
    folder = os.path.dirname(target)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        draft = tempfile.mkdtemp(prefix=".draft-", dir=folder)
    except OSError as error:
        raise EvaluateError(
            f"the gate's cache {neutralise(folder)} cannot be written: {error.strerror}",
            "Set XDG_CACHE_HOME to a folder that can.",
        ) from error
    try:
        try:
            built, source = _download(draft, fetch or _fetch, say), "release"
        except _Unreachable as error:
            say(f"releases cannot be reached ({error}); building OPA {PIN} with Go")
            built, source = _build(draft, str(error)), "go install"
        os.chmod(built, 0o755)  # noqa: S103 - a program others may run
        os.replace(built, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Installed(target, source)


def asset_name(system: str, machine: str) -> str | None:
    """The release asset of a platform, or `None` where none is published.

    Args:
        system: as `platform.system()` says.
        machine: as `platform.machine()` says.
    """
    cpu = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    name = {
        ("linux", "amd64"): "opa_linux_amd64_static",
        ("linux", "arm64"): "opa_linux_arm64_static",
        ("darwin", "amd64"): "opa_darwin_amd64",
        ("darwin", "arm64"): "opa_darwin_arm64",
        ("windows", "amd64"): "opa_windows_amd64.exe",
    }
    return name.get((system.lower(), cpu.get(machine.lower(), "")))


def releases() -> dict[str, dict[str, str] | str]:
    """The table of release digests kept beside this module."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "opa_releases.json")
    with open(path, "rb") as handle:
        return msgspec.json.decode(handle.read(), type=dict[str, dict[str, str] | str])


def _download(draft: str, fetch: Fetch, say: Callable[[str], None]) -> str:
    asset = asset_name(platform.system(), platform.machine())
    table = releases()
    digests = table[PIN]
    if asset is None or isinstance(digests, str) or asset not in digests:
        raise _Unreachable(f"none for {platform.system()} {platform.machine()}")
    url = str(table["url"]).format(version=PIN, asset=asset)
    say(f"downloading {asset} {PIN}")
    try:
        content = fetch(url)
    except OSError as error:
        raise _Unreachable(neutralise(str(error), 120)) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != digests[asset]:
        raise EvaluateError(
            f"{asset} {PIN}: SHA-256 is {digest}, {digests[asset]} is expected",
            "Nothing was installed: what was served is not the release.",
        )
    path = os.path.join(draft, "opa")
    with open(path, "wb") as handle:
        handle.write(content)
    return path


def _fetch(url: str) -> bytes:
    """Bytes of an https URL, redirects followed only to https."""
    import urllib.request

    class OnlySecure(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
            if not newurl.startswith("https://"):
                raise OSError("redirected away from https")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    if not url.startswith("https://"):
        raise OSError("not an https URL")
    opener = urllib.request.build_opener(OnlySecure)
    with opener.open(url, timeout=DOWNLOAD_SECONDS) as response:
        content = bytes(response.read(MAX_BYTES + 1))
    if len(content) > MAX_BYTES:
        raise OSError(f"larger than {MAX_BYTES} bytes")
    return content


def _build(draft: str, why: str) -> str:
    go = shutil.which("go", path=environ().get("PATH", os.defpath))
    if go is None:
        raise EvaluateError(
            f"OPA {PIN} could not be installed: the release could not be downloaded ({why}) and "
            "Go is not installed",
            f"Install Go, or put OPA {PIN} on PATH or at GATE_OPA yourself.",
        )
    carried = {name: environ()[name] for name in _GO_VARIABLES if name in environ()}
    try:
        done = process.run(
            [go, "install", f"{MODULE}@v{PIN}"],
            timeout=BUILD_SECONDS,
            cwd=draft,
            env={**carried, "GOFLAGS": "-mod=mod", "GOBIN": draft},
        )
    except ProcessError as error:
        raise EvaluateError(f"go install: {error.message}", error.hint) from error
    if done.code != 0:
        noise = neutralise(" ".join(done.stderr[-600:].decode("utf-8", "replace").split()), 400)
        raise EvaluateError(
            f"OPA {PIN} could not be installed: the release could not be downloaded ({why}) and "
            f"go install failed: {noise}",
            f"Put OPA {PIN} on PATH or at GATE_OPA yourself.",
        )
    return os.path.join(draft, "opa")
