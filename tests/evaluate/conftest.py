"""What the tests of the evaluate stage share: a small input, small policies, an OPA."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gate.evaluate import evaluation, opa, policies
from gate.evaluate.evaluation import Request
from gate.evaluate.opa import Opa
from gate.schema.changes import Changes
from gate.schema.facts import Pull, PullFacts, PullRef
from gate.schema.gate_input import GateInput
from gate.schema.site import PackSettings, PolicyFile, Site, SiteConfig

RULE = """\
# METADATA
# title: Terraform changes
# description: Terraform files change.
# custom:
#   severity: low
#   enforcement: warn
#   needs: [changes]
#   message: "{subject} is {status}"
#   remediation: Nothing.
package PACKAGE

findings contains {
	"at": {"path": change.path},
	"subject": change.path,
	"values": {"status": change.status},
	"evidence": change.status,
} if {
	some change in input.changes
	change.kind == "terraform"
}
"""


def gate_input() -> GateInput:
    """A pull request that changes one Terraform file."""
    document: dict[str, Any] = {
        "now": "2026-01-15T12:00:00Z",
        "pr": {
            "origin": "folder",
            "number": 7,
            "title": "t",
            "body": "",
            "draft": False,
            "author": {"login": "alice", "id": 1, "type": "User"},
            "base": {"ref": "main", "sha": "a" * 40, "repo": "acme/infra"},
            "head": {"ref": "topic", "sha": "b" * 40, "repo": "acme/infra"},
            "fork": False,
            "labels": ["other"],
            "labels_all": ["other"],
            "label_events": [],
        },
        "changes": [
            {
                "path": "iam.tf",
                "previous_path": None,
                "status": "added",
                "mode": "100644",
                "added": 1,
                "removed": 0,
                "binary": False,
                "kind": "terraform",
                "surfaces": [],
            }
        ],
        "provenance": {"authorship": "human"},
        "votes": {},
        "terraform": {"plans": [], "roots": [], "by_type": {}},
        "completeness": {"ok": True},
    }
    return msgspec.convert(document, GateInput)


def facts() -> PullFacts:
    """The same pull request's facts."""
    base = PullRef(ref="main", sha="a" * 40)
    return PullFacts(pull=Pull(base=base, head=PullRef(ref="topic", sha="b" * 40)), commits=())


@pytest.fixture(autouse=True)
def _private_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep the machine's cache out of the tests, except for an OPA installed there."""
    found = opa.find_opa()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    if found is not None:
        monkeypatch.setenv("GATE_OPA", found.path)
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def engine() -> Opa:
    """The OPA of this machine."""
    found = opa.find_opa()
    assert found is not None, "the authoritative engine is missing: gate opa install"
    return found


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Replaces the bundled policies by the files given, and native checks by none."""

    def make(files: dict[str, str] | None = None) -> Path:
        root = tmp_path / "rego"
        real = Path(policies.bundled_root())
        wanted = {"rules/t/sample.rego": RULE.replace("PACKAGE", "gate.rules.t.sample")}
        wanted |= {"data/t/empty.json": '{"empty": {}}', "lib/none.rego": "package gate.lib.none\n"}
        wanted |= {"gate.rego": (real / "gate.rego").read_text()} | (files or {})
        for path, text in wanted.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        (root / "rules").mkdir(exist_ok=True)
        monkeypatch.setattr(policies, "bundled_root", lambda: str(root))
        monkeypatch.setattr(evaluation, "native_checks", lambda: ())
        return root

    return make


@pytest.fixture
def request_of() -> Callable[..., Request]:
    """Builds a request over the small input."""

    def make(
        files: dict[str, str] | None = None,
        packs: dict[str, PackSettings] | None = None,
        **options: Any,
    ) -> Request:
        site = Site(
            present=bool(files),
            config=SiteConfig(packs=packs or {}),
            policies=tuple(
                PolicyFile(path=path, data=text.encode()) for path, text in (files or {}).items()
            ),
        )
        settings: dict[str, Any] = {"sections": {}, "engine": "opa", **options}
        return Request(input=gate_input(), facts=facts(), changes=Changes(), site=site, **settings)

    return make


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    """Makes a program that answers `opa version` and otherwise runs a shell body."""

    def make(body: str, version: str = "1.20.2") -> str:
        path = tmp_path / "fake-opa"
        told = f'if [ "$1" = version ]; then echo "Version: {version}"; exit 0; fi'
        path.write_text(f"#!/bin/sh\n{told}\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return make
