"""No secret leaves: a canary planted anywhere in the input is in no byte of any output."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scenarios.running import NOW, PULLS

from gate.collect.files import FolderSource
from gate.evaluate.opa import find_opa
from gate.options import Options
from gate.outcome import Outcome
from gate.pipeline import check
from gate.report import console, sarif, summary
from gate.report import json as json_report
from gate.report.review import render_review
from gate.store.streams import Streams

TOKEN = "ghp_" + "Zq7" * 12
"""Shaped like a credential: must vanish even from names that outputs show."""
WORD = "canary5f1e9c"
"""Shaped like nothing: must not appear where a field holds a value and not a name."""

NAMES = {
    "path",
    "address",
    "type",
    "name",
    "login",
    "ref",
    "sha",
    "full_name",
    "filename",
    "mode",
    "actions",
    "provider_name",
    "format_version",
    "state",
    "event",
    "commit_id",
    "default_branch",
    "created_at",
    "submitted_at",
    "date",
    "timestamp",
    "permissions",
    "action",
    "id",
}
"""Keys whose values are identifiers or enumerations; a word in them is shown on purpose, or fails."""


def leaves(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, (*path, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from leaves(value, (*path, index))
    elif isinstance(document, str):
        yield path


def planted(document: Any, path: tuple[Any, ...], canary: str) -> Any:
    copied = copy.deepcopy(document)
    node = copied
    for key in path[:-1]:
        node = node[key]
    text = node[path[-1]]
    node[path[-1]] = (
        text.replace('"iam:*"', f'"iam:*", "{canary}"') if "iam:*" in text else f"{text} {canary}"
    )
    return copied


def outputs(outcome: Outcome, ledger: Path) -> Iterator[tuple[str, bytes]]:
    report = outcome.report
    rules = outcome.evaluation.rules if outcome.evaluation else ()
    yield "console", console.render(report, width=100, color=False).encode()
    yield "json", json_report.render(report)
    yield "sarif", sarif.render(report, rules)
    yield "summary", summary.render(report).encode()
    draft = render_review(report, outcome.changes, rules)
    if draft is not None:
        yield "review", (draft.body + draft.fallback).encode()
        for comment in draft.comments:
            yield "inline comment", (comment.path + comment.body).encode()
    if ledger.exists():
        yield "ledger", ledger.read_bytes()


def run(folder: Path, canary: str) -> list[str]:
    ledger = folder.parent / f"{folder.name}.jsonl"
    engine = "opa" if find_opa(None) else "embedded"
    outcome = check(
        FolderSource(str(folder)), Options(now=NOW, engine=engine), Streams(str(ledger))
    )
    found = [name for name, content in outputs(outcome, ledger) if canary.encode() in content]
    ledger.unlink(missing_ok=True)
    return found


def pull(tmp_path: Path) -> Path:
    folder = tmp_path / "pull"
    shutil.copytree(PULLS / "agent-widens-ci-role", folder)
    facts = json.loads((folder / "facts.json").read_text())
    facts["reviews"] = [
        {
            "id": 1,
            "user": {"login": "bob", "id": 12, "type": "User"},
            "state": "APPROVED",
            "commit_id": facts["pull"]["head"]["sha"],
            "submitted_at": "2026-11-20T12:00:00Z",
            "body": "fine",
        }
    ]
    facts["comments"] = [
        {
            "id": 2,
            "user": {"login": "bob", "id": 12},
            "body": "hm",
            "created_at": "2026-11-20T12:00:00Z",
        }
    ]
    facts["pull"]["labels"] = [{"name": "iam-approved"}]
    facts["events"] = [
        {
            "event": "labeled",
            "actor": {"login": "bob", "id": 12},
            "label": {"name": "iam-approved"},
            "created_at": "2026-11-20T12:00:00Z",
        }
    ]
    (folder / "facts.json").write_text(json.dumps(facts))
    plan = json.loads((folder / "plan.json").read_text())
    plan["variables"] = {"token": {"value": "x"}}
    plan["prior_state"] = {"values": {"outputs": {"token": {"value": "x", "sensitive": True}}}}
    plan["resource_changes"].append(
        {
            "address": "aws_db_instance.db",
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "db",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": {
                    "password": "x",
                    "engine": "postgres",
                    "publicly_accessible": True,
                    "tags": {"a": "b"},
                },
                "after_unknown": {},
                "before_sensitive": False,
                "after_sensitive": {"password": True},
            },
        }
    )
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "gate").mkdir()
    (folder / "gate" / "gate.yml").write_text("version: 1\nparameters: {note: x}\n")
    return folder


@pytest.mark.parametrize("canary", [TOKEN, WORD], ids=["token", "word"])
@pytest.mark.parametrize("name", ["facts.json", "plan.json"])
def test_canary_in_a_string_of_the_documents_leaves_nowhere(
    tmp_path: Path, name: str, canary: str
) -> None:
    folder = pull(tmp_path)
    document = json.loads((folder / name).read_text())
    leaked = []
    for path in leaves(document):
        if canary == WORD and NAMES & {key for key in path[-2:] if isinstance(key, str)}:
            continue
        (folder / name).write_text(json.dumps(planted(document, path, canary)))
        leaked += [f"{path}: {where}" for where in run(folder, canary)]
    assert "\n".join(leaked) == ""


@pytest.mark.parametrize("canary", [TOKEN, WORD], ids=["token", "word"])
def test_canary_in_the_changed_text_leaves_nowhere(tmp_path: Path, canary: str) -> None:
    folder = pull(tmp_path)
    patch = (folder / "diff.patch").read_text()
    tree = (folder / "tree/infra/ci.tf").read_text()
    leaked = []
    for word in (
        "ci-deploy",
        '"ci"',
        "Deploy",
        "Allow",
        "iam:*",
        '"*"',
        "2012-10-17",
        "jsonencode(",
    ):
        if canary == WORD and word == '"ci"':
            continue  # NOTE: the label of the block, part of its address, which is a name
        new = word[:-1] + " " + canary + word[-1] if word.endswith('"') else f"{word} {canary}"
        assert word in patch
        (folder / "diff.patch").write_text(patch.replace(word, new))
        (folder / "tree/infra/ci.tf").write_text(tree.replace(word, new))
        leaked += [f"{word}: {where}" for where in run(folder, canary)]
    assert "\n".join(leaked) == ""


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nparameters: {note: CANARY}\n",
        "version: 1\nCANARY: 1\n",
        "version: 1\nobserve: CANARY\n",
        "version: 1\nrules: {CANARY: warn}\n",
        "version: 1\nrules: {terraform.open_ingress: CANARY}\n",
        "version: 1\napprovals: {CANARY: {min: 1}}\n",
        "version: 1\napprovals: {iam: {min: 1, teams: [CANARY]}}\n",
        "version: 1\n? [CANARY]\n: 1\n",
        "version: 1\nobserve: !CANARY x\n",
        "version: 1\nCANARY: 1\nCANARY: 2\n",
        "version: 1\nobserve: [CANARY\n",
    ],
)
def test_token_in_the_configuration_leaves_nowhere(tmp_path: Path, text: str) -> None:
    folder = pull(tmp_path)
    (folder / "gate" / "gate.yml").write_text(text.replace("CANARY", TOKEN))
    assert run(folder, TOKEN) == []


MORE_TOKENS = {
    "OpenAI": "sk-" + "aB3dZq7wXy12" * 4,
    "Slack webhook": "https://hooks.slack" + ".com/services/T0/B0/" + "aB3dZq7w" * 3,
    "Terraform": "aB3dZq7wXy12ab.atlas" + "v1." + "aB3dZq7wXy12" * 5,
    "password in an address": "postgres://admin:" + "aB3dZq7w" * 2 + "@db.test:5432/x",
    "Databricks": "dapi" + "0a1b2c3d" * 4,
}


@pytest.mark.parametrize("kind", sorted(MORE_TOKENS))
def test_token_of_another_kind_leaves_nowhere(tmp_path: Path, kind: str) -> None:
    folder, token = pull(tmp_path), MORE_TOKENS[kind]
    secret = "aB3dZq7waB3dZq7w" if "@" in token else token[-20:]
    document = json.loads((folder / "facts.json").read_text())
    turn = sorted(MORE_TOKENS).index(kind)
    leaked = []
    for number, path in enumerate(leaves(document)):
        # NOTE: every string meets two of the kinds; the test above shows one kind in all of them
        if (number + turn) % len(MORE_TOKENS) > 1:
            continue
        (folder / "facts.json").write_text(json.dumps(planted(document, path, token)))
        leaked += [f"{path}: {where}" for where in run(folder, secret)]
    assert "\n".join(leaked) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"message": f"Change\n\nCo-Authored-By: {WORD} <noreply@anthropic.com>"},
        {"message": f"Change\n\nCo-Authored-By: Claude Opus 4.8 {WORD} <noreply@anthropic.com>"},
        {"message": f"Change\n\nAI-Model: {WORD}"},
        {"message": f"Change\n\nAssisted-by: Claude:{WORD}"},
        {"message": f"Change\n\nClaude-Session: https://claude.ai/code/session_{WORD}"},
        {"author": {"name": WORD, "email": "noreply@anthropic.com"}},
        {"committer": {"name": WORD, "email": "noreply@anthropic.com"}},
        {"author": {"name": f"{WORD} (aider)", "email": "a@acme.test"}},
    ],
)
def test_word_beside_a_trace_of_an_agent_leaves_nowhere(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    folder = pull(tmp_path)
    document = json.loads((folder / "facts.json").read_text())
    document["commits"][0]["commit"].update(change)
    (folder / "facts.json").write_text(json.dumps(document))
    assert run(folder, WORD) == []


@pytest.mark.parametrize("branch", [f"devin/{WORD}", f"claude/{WORD}-Ab3dE", f"cursor/{WORD}-0a1b"])
def test_word_behind_the_prefix_of_a_branch_leaves_nowhere(tmp_path: Path, branch: str) -> None:
    folder = pull(tmp_path)
    document = json.loads((folder / "facts.json").read_text())
    document["pull"]["head"]["ref"] = branch
    (folder / "facts.json").write_text(json.dumps(document))
    assert run(folder, WORD) == []
