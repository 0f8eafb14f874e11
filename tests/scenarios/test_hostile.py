"""Broken and hostile input: the documented error, exit 2, a valid report, never a traceback."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scenarios.running import NOW, PULLS, gate

from gate.cli import main
from gate.schema.report import Report
from gate.store.file import FileLedger
from gate.store.ledger import verify

BASE = PULLS / "agent-widens-ci-role"
DEEP = b"[" * 100_000
Spoil = Callable[[Path], None]


def put(name: str, content: bytes | str) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return spoil


def cut(name: str, part: float) -> Spoil:
    def spoil(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * part)])

    return spoil


def drop(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def facts(change: Callable[[dict[str, Any]], None]) -> Spoil:
    def spoil(folder: Path) -> None:
        document = json.loads((folder / "facts.json").read_text())
        change(document)
        (folder / "facts.json").write_text(json.dumps(document))

    return spoil


def plan(change: Callable[[dict[str, Any]], None]) -> Spoil:
    def spoil(folder: Path) -> None:
        document = json.loads((folder / "plan.json").read_text())
        change(document)
        (folder / "plan.json").write_text(json.dumps(document))

    return spoil


def raw(name: str, old: bytes, new: bytes) -> Spoil:
    def spoil(folder: Path) -> None:
        content = (folder / name).read_bytes()
        assert old in content
        (folder / name).write_bytes(content.replace(old, new, 1))

    return spoil


def both(*spoils: Spoil) -> Spoil:
    def spoil(folder: Path) -> None:
        for one in spoils:
            one(folder)

    return spoil


RULE = """\
# METADATA
# title: T
# description: D.
# custom:
#   severity: low
#   enforcement: warn
#   needs: [changes]
#   message: "m"
#   remediation: r.
package site.rules.x.y

findings contains {"subject": "s", "values": {}} if {
	BODY
}
"""
LOOP = RULE.replace(
    "BODY",
    "count([1 | some a in numbers.range(1, 90000); some b in numbers.range(1, 90000); a * b == 7]) < 0",
)
GATE = "gate/gate.yml"
WAIVERS = "gate/waivers.yml"

INPUTS: list[tuple[str, Spoil, str]] = [
    # facts
    ("facts missing", drop("facts.json"), "facts.json"),
    ("facts empty", put("facts.json", b""), "facts.json"),
    ("facts truncated", cut("facts.json", 0.5), "facts.json"),
    ("facts list", put("facts.json", b"[]"), "facts.json"),
    ("facts null", put("facts.json", b"null"), "facts.json"),
    ("facts not utf-8", put("facts.json", b'{"pull": "\xff\xfe"}'), "facts.json"),
    ("facts utf-16 torn", put("facts.json", b"\xff\xfe{\x00x"), "facts.json"),
    ("facts nested", put("facts.json", b'{"pull":' + DEEP), "facts.json"),
    ("facts nan", raw("facts.json", b'"number": 7', b'"number": NaN'), "facts.json"),
    (
        "facts duplicate",
        raw("facts.json", b'"number": 7', b'"number": 7, "number": 8'),
        "facts.json",
    ),
    ("facts lone surrogate", raw("facts.json", b'"body": "', b'"body": "\\ud800'), "facts.json"),
    ("facts no pull", facts(lambda d: d.pop("pull")), "pull"),
    ("facts no commits", facts(lambda d: d.pop("commits")), "commits"),
    ("facts wrong type", facts(lambda d: d["pull"].update(number="x")), "number"),
    ("facts user a list", facts(lambda d: d["pull"].update(user=[1])), "user"),
    ("facts reviews a map", facts(lambda d: d.update(reviews={})), "reviews"),
    ("facts no head", facts(lambda d: d["pull"].pop("head")), "head"),
    ("fewer commits", facts(lambda d: d["pull"].update(commits=5)), "commit"),
    ("fewer files", facts(lambda d: d["pull"].update(changed_files=5)), "file"),
    ("no reviews", facts(lambda d: (d.pop("reviews"), d.pop("permissions"))), "review"),
    # diff
    ("diff missing", drop("diff.patch"), "diff"),
    ("diff truncated", cut("diff.patch", 0.7), "diff"),
    ("diff html", put("diff.patch", "<html><body>502 Bad Gateway</body></html>"), "diff"),
    (
        "diff combined",
        put("diff.patch", "diff --cc a\nindex 1,2..3\n--- a/a\n+++ b/a\n@@@ -1 -1 +1 @@@\n++x\n"),
        "diff",
    ),
    ("diff short hunk", raw("diff.patch", b"+1,14", b"+1,15"), "diff"),
    ("diff long hunk", raw("diff.patch", b"+1,14", b"+1,13"), "diff"),
    ("diff nul", put("diff.patch", b"\x00" * 4096), "diff"),
    ("diff one line of 50 MB", put("diff.patch", b"x" * 50_000_000), "diff"),
    (
        "diff twice",
        lambda f: (f / "diff.patch").write_bytes((f / "diff.patch").read_bytes() * 2),
        "diff",
    ),  # type: ignore[arg-type,return-value]
    # plan
    ("plan empty", put("plan.json", b""), "plan"),
    ("plan truncated", cut("plan.json", 0.6), "plan"),
    (
        "plan state file",
        put("plan.json", '{"version": 4, "terraform_version": "1.11.4", "resources": []}'),
        "plan",
    ),
    (
        "plan shown state",
        put("plan.json", '{"format_version": "1.0", "values": {"root_module": {}}}'),
        "plan",
    ),
    (
        "plan log",
        put(
            "plan.json",
            '{"@level":"info","type":"version"}\n{"@level":"info","type":"change_summary"}\n',
        ),
        "plan",
    ),
    ("plan binary", put("plan.json", b"PK\x03\x04" + b"\x00" * 64), "plan"),
    ("plan a list", put("plan.json", b"[1]"), "plan"),
    ("plan any object", put("plan.json", b"{}"), "plan"),
    ("plan major 2", plan(lambda d: d.update(format_version="2.0")), "plan"),
    (
        "plan nested",
        put("plan.json", b'{"format_version":"1.2","resource_changes":' + DEEP),
        "plan",
    ),
    ("plan nan", raw("plan.json", b'"complete": true', b'"complete": NaN'), "plan"),
    (
        "plan duplicate top",
        raw("plan.json", b'"complete": true', b'"complete": true, "resource_changes": []'),
        "plan",
    ),
    (
        "plan duplicate change",
        raw("plan.json", b'"actions": ["create"]', b'"actions": ["create"], "actions": ["no-op"]'),
        "plan",
    ),
    ("plan utf-16 torn", put("plan.json", b"\xff\xfe{\x00\x22"), "plan"),
    ("plan changes a map", plan(lambda d: d.update(resource_changes={})), "plan"),
    (
        "plan actions a string",
        plan(lambda d: d["resource_changes"][0]["change"].update(actions="create")),
        "plan",
    ),
    ("plan no change", plan(lambda d: d["resource_changes"][0].pop("change")), "plan"),
    ("plan string of 50 MB", put("plan.json", b'{"format_version": "' + b"1" * 50_000_000), "plan"),
    # HCL and workflows
    (
        "hcl broken",
        both(
            put("tree/infra/ci.tf", "resource {{{"),
            raw("diff.patch", b'+resource "aws_iam_role_policy" "ci" {', b"+resource {{{"),
        ),
        "infra/ci.tf",
    ),
    # configuration
    ("config unknown key", put(GATE, "version: 1\nrulez: {}\n"), r"gate\.yml:\d+: key rulez"),
    (
        "config duplicate key",
        put(GATE, "version: 1\nobserve: true\nobserve: false\n"),
        r"gate\.yml:3",
    ),
    ("config wrong type", put(GATE, "version: 1\nobserve: perhaps\n"), r"gate\.yml:2: key observe"),
    ("config no version", put(GATE, "observe: true\n"), "version"),
    ("config empty", put(GATE, ""), "empty"),
    ("config binary", put(GATE, b"\xff\x00\x01"), "UTF-8"),
    (
        "config alias bomb",
        put(
            GATE,
            "version: 1\nparameters:\n  a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"  {chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n"
                for n in range(9)
            ),
        ),
        "alias",
    ),
    ("config nested", put(GATE, b"version: 1\nparameters: " + DEEP), r"gate\.yml"),
    (
        "config tag",
        put(GATE, "version: 1\nparameters: !!python/object/apply:os.system [id]\n"),
        r"gate\.yml:2",
    ),
    ("config misnamed", put("gate/gate.yaml", "version: 1\n"), r"gate\.yaml"),
    (
        "config no such rule",
        put(GATE, "version: 1\nrules: {terraform.none: warn}\n"),
        r"gate\.yml:2",
    ),
    (
        "config lowers integrity",
        put(GATE, "version: 1\nrules: {scope.gate_changed: warn}\n"),
        "integrity",
    ),
    (
        "waiver of integrity",
        put(
            WAIVERS,
            "version: 1\nwaivers:\n  - {id: W, rule: scope.gate_changed, paths: ['**'], reason: r, owner: o, expires: 2027-01-01}\n",
        ),
        "integrity",
    ),
    (
        "waiver without end",
        put(WAIVERS, "version: 1\nwaivers:\n  - {id: W, finding: f, reason: r, owner: o}\n"),
        "expires",
    ),
]

POLICIES: list[tuple[str, Spoil, str]] = [
    (
        "policy syntax",
        put("gate/policies/x/y.rego", "package site.rules.x.y\nfindings contains {"),
        r"y\.rego:\d+",
    ),
    (
        "policy in our package",
        put("gate/policies/x/y.rego", RULE.replace("site.rules.x.y", "gate.rules.x.y")),
        "package gate",
    ),
    (
        "policy without metadata",
        put("gate/policies/x/y.rego", "package site.rules.x.y\nfindings := set()\n"),
        "METADATA",
    ),
    (
        "policy on the network",
        put(
            "gate/policies/x/y.rego",
            RULE.replace("BODY", 'http.send({"method": "get", "url": "http://127.0.0.1:1"})'),
        ),
        "http.send",
    ),
    (
        "policy reads the environment",
        put("gate/policies/x/y.rego", RULE.replace("BODY", "opa.runtime().env.HOME")),
        "opa.runtime",
    ),
    (
        "policy builtin error",
        put("gate/policies/x/y.rego", RULE.replace("BODY", "to_number(input.pr.head.ref) > 1")),
        "to_number",
    ),
    (
        "policy bad finding",
        put("gate/policies/x/y.rego", RULE.replace('"subject": "s", ', "").replace("BODY", "true")),
        r"site\.rules\.x\.y|site\.x\.y",
    ),
    (
        "policy finding without a value that the message names",
        put(
            "gate/policies/x/y.rego",
            RULE.replace('"m"', '"m {who}"').replace("BODY", "true"),
        ),
        "who",
    ),
    (
        "policy severity of its own",
        put("gate/policies/x/y.rego", RULE.replace("severity: low", "severity: dire")),
        "severity",
    ),
    (
        "policy metadata with an unknown key",
        put(
            "gate/policies/x/y.rego", RULE.replace("#   severity", "#   sevrity: low\n#   severity")
        ),
        "sevrity",
    ),
    (
        "policy not utf-8",
        put("gate/policies/x/y.rego", b"package site.rules.x.y\n# \xff\n"),
        "y.rego",
    ),
    ("policy empty", put("gate/policies/x/y.rego", b""), "y.rego"),
    (
        "policy twice",
        both(
            put("gate/policies/x/y.rego", RULE.replace("BODY", "true")),
            put("gate/policies/x/z.rego", RULE.replace("BODY", "true")),
        ),
        r"[yz]\.rego",
    ),
    (
        "policy conflict",
        put(
            "gate/policies/x/y.rego",
            RULE.replace("BODY", "f == 1") + "\nf := 1 if true\n\nf := 2 if true\n",
        ),
        "conflict|eval",
    ),
    (
        "pack without a rule",
        put("gate/policies/legacy/a.rego", "package main\nallow := true\n"),
        "legacy",
    ),
    (
        "pack deny not a set",
        put("gate/policies/legacy/a.rego", "package main\ndeny := true\n"),
        "deny",
    ),
    (
        "pack unsafe negation",
        put(
            "gate/policies/legacy/a.rego",
            'package preprod.policy\ndeny[msg] {\ninput.changes[_].path == "iam.tf"\nnot input.pr.labels[_] == "iam-approved"\nmsg = "IAM changes require iam-approved label"\n}\n',
        ),
        r"a\.rego:4.*unsafe",
    ),
]


@pytest.fixture
def pull(tmp_path: Path) -> Path:
    folder = tmp_path / "pull"
    shutil.copytree(BASE, folder)
    return folder


def expect_error(pull: Path, message: str, *words: str, env: dict[str, str] | None = None) -> None:
    answer = gate("check", str(pull), "--now", NOW, *words, folder=pull.parent, env=env, limit=True)
    assert answer.code == 2, answer.err
    assert "Traceback" not in answer.err
    report = answer.report
    assert report.decision == "error"
    texts = " ".join(reason.text for reason in report.reasons)
    assert re.search(message, texts), texts
    if answer.ledger.exists():
        assert verify(FileLedger(str(answer.ledger)).entries()) is not None


@pytest.mark.parametrize(("name", "spoil", "message"), INPUTS, ids=[row[0] for row in INPUTS])
def test_broken_input_is_an_error(pull: Path, name: str, spoil: Spoil, message: str) -> None:
    spoil(pull)
    expect_error(pull, message, "--engine", "embedded")


@pytest.mark.opa
@pytest.mark.parametrize(("name", "spoil", "message"), POLICIES, ids=[row[0] for row in POLICIES])
def test_broken_policy_is_an_error(pull: Path, name: str, spoil: Spoil, message: str) -> None:
    spoil(pull)
    expect_error(pull, message, "--engine", "opa")


@pytest.mark.opa
def test_policy_that_loops_is_an_error(
    pull: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("gate.evaluate.opa.EVALUATION_SECONDS", 2)
    put("gate/policies/x/y.rego", LOOP)(pull)
    ledger = str(pull.parent / "ledger.jsonl")
    words = ["check", str(pull), "--engine", "opa", "--format", "json", "--ledger", ledger]
    assert main(words) == 2
    report = msgspec.json.decode(capsysbinary.readouterr().out, type=Report)
    assert report.decision == "error"
    assert "time" in report.reasons[0].text or "2 s" in report.reasons[0].text


def fake_opa(folder: Path, body: str) -> dict[str, str]:
    path = folder / "opa"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"GATE_OPA": str(path)}


VERSION = 'case "$1" in version) echo "Version: 1.20.2"; exit 0;; esac\n'
ENGINES = [
    ("missing", None, "OPA|opa"),
    ("old", 'echo "Version: 0.60.0"', "0.60.0"),
    ("killed", VERSION + "kill -9 $$", "opa|OPA"),
    ("half an answer", VERSION + "printf '{\"result\": [{'", "opa|OPA"),
    ("undefined", VERSION + "echo '{}'", "opa|OPA"),
    (
        "no findings key",
        VERSION + 'echo \'{"result":[{"expressions":[{"value":{}}]}]}\'',
        "opa|OPA",
    ),
    (
        "no rule answered",
        VERSION
        + 'echo \'{"result":[{"expressions":[{"value":{"findings":[],"evaluated":[]}}]}]}\'',
        "rule",
    ),
    ("chatter", VERSION + "yes x | head -c 200000000", "opa|OPA"),
    ("not a program", "\x00", "opa|OPA"),
]


@pytest.mark.parametrize(("name", "body", "message"), ENGINES, ids=[row[0] for row in ENGINES])
def test_broken_engine_is_an_error(
    pull: Path, tmp_path: Path, name: str, body: str | None, message: str
) -> None:
    env = fake_opa(tmp_path, body) if body is not None else {"GATE_OPA": str(tmp_path / "none")}
    expect_error(pull, message, "--engine", "opa", env=env)


LEDGERS = [
    ("full disk", "/dev/full"),
    ("a folder", "/"),
    ("below a file", "/etc/passwd/ledger"),
]


@pytest.mark.parametrize(("name", "path"), LEDGERS, ids=[row[0] for row in LEDGERS])
def test_unwritable_ledger_is_an_error(pull: Path, name: str, path: str) -> None:
    expect_error(pull, "ledger", "--engine", "embedded", "--ledger", path)


def test_tampered_ledger_tail_is_an_error(pull: Path, tmp_path: Path) -> None:
    path = tmp_path / "tampered.jsonl"
    path.write_text("not an entry\n")
    expect_error(pull, "ledger", "--engine", "embedded", "--ledger", str(path))
    assert path.read_text() == "not an entry\n"


USAGES = [
    ("no such target", ["check", "nowhere"]),
    ("no such plan", ["check", str(BASE), "--plan", "none.json"]),
    ("bad clock", ["check", str(BASE), "--now", "yesterday"]),
    ("clock with posting", ["check", "acme/infra#1", "--now", NOW, "--post", "review"]),
    ("review of a folder", ["check", str(BASE), "--post", "review"]),
    ("bad report", ["check", str(BASE), "--report", "pdf=x", "--engine", "embedded"]),
    ("no policies folder", ["check", str(BASE), "--policy", "nowhere"]),
    ("no config folder", ["check", str(BASE), "--config", "nowhere"]),
    ("no token", ["check", "acme/infra#1"]),
]


@pytest.mark.parametrize(("name", "words"), USAGES, ids=[row[0] for row in USAGES])
def test_bad_usage_is_exit_2(tmp_path: Path, name: str, words: list[str]) -> None:
    answer = gate(*words, folder=tmp_path)
    assert answer.code == 2
    assert "Traceback" not in answer.err
    assert answer.report.decision == "error"


def test_full_stdout_is_exit_2(tmp_path: Path) -> None:
    answer = gate(
        "check", str(BASE), "--engine", "embedded", "--output", "/dev/full", folder=tmp_path
    )
    assert answer.code == 2
    assert "written" in answer.err
