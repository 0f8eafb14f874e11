"""One history on every engine, and everything that is asked of a ledger: the same answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from scenarios.running import PULLS
from store.conformance.engines import ENGINES, Engine
from store.signing import KEY, SIGNER

from gate.cli import main
from gate.store.streams import Streams

SITE = """version: 1
ledger: {keep: all, kill: true}
limits:
  - {name: a-month, count: pulls, max: 2, window: 30d}
"""
DAYS = {number: f"2026-11-{number:02d}T10:00:00Z" for number in range(1, 31)}
STREAM = "repo/acme/infra"
_CHANCE = re.compile(
    r"(?<![\w+/])(?:[0-9a-f]{12,64}|[0-9A-HJKMNP-TV-Z]{26}|[A-Za-z0-9+/]{43,}={0,2})(?![\w+/=])"
    r'|(?<="bytes":)\d+'
)
"""Hashes, ids, signatures, and how long an archive of them is."""


class Told(NamedTuple):
    """What a command answered: its exit code, and what does not depend on chance."""

    code: int
    text: str


class Desk:
    """Somebody with a ledger, a clone and a key, who gives commands."""

    def __init__(self, engine: Engine, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.engine = engine
        self.folder = folder
        self.capsys = capsys
        self.told: dict[str, Told] = {}
        self.clone = folder / "clone"
        self.clone.mkdir()
        self.git("init", "--quiet", "--initial-branch=trunk")
        self.base = self.commit("README.md", "start")

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=alice", "-c", "user.email=alice@example.com")
        done = subprocess.run(
            ["git", *who, *words],
            cwd=self.clone,
            env={**os.environ, "GIT_AUTHOR_DATE": DAYS[2], "GIT_COMMITTER_DATE": DAYS[2]},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, name: str, text: str) -> str:
        (self.clone / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", f"Change {name}")
        return self.git("rev-parse", "HEAD")

    def do(self, name: str, *words: str, ledger: bool = True) -> None:
        """Give a command and keep what it answers, by a name."""
        spec = ("--ledger", self.engine.spec) if ledger else ()
        code = main([*words, *spec])
        out, err = self.capsys.readouterr()
        text = _CHANCE.sub("#", f"{out}{err}".replace(str(self.folder), "DIR"))
        self.told[name] = Told(code, text)

    def check(self, name: str, scenario: str, number: int, head: str, now: str) -> None:
        """Judge a pull request."""
        pull = self.folder / f"pull-{number}"
        shutil.rmtree(pull, ignore_errors=True)
        shutil.copytree(PULLS / scenario, pull)
        facts = json.loads((pull / "facts.json").read_text())
        old = facts["pull"]["head"]["sha"]
        text = json.dumps(facts).replace(old, head)
        text = text.replace(facts["pull"]["base"]["sha"], self.base)
        facts = json.loads(text)
        facts["pull"]["number"] = number
        (pull / "facts.json").write_text(json.dumps(facts))
        (pull / "gate").mkdir(exist_ok=True)
        (pull / "gate" / "gate.yml").write_text(SITE)
        words = ("check", str(pull), "--engine", "embedded", "--now", now, "--format", "json")
        self.do(name, *words)
        # NOTE: the whole report is long, and says which machine judged how fast
        report = json.loads(self.told[name].text)
        kept = {key: report[key] for key in ("decision", "usage", "findings", "votes")}
        self.told[name] = Told(self.told[name].code, json.dumps(kept, sort_keys=True))


def record_history(desk: Desk) -> None:
    """A month: one change goes in, one is blocked, the agent is stopped and let go on."""
    desk.git("checkout", "--quiet", "-b", "docs")
    head = desk.commit("README.md", "better")
    desk.git("checkout", "--quiet", "trunk")
    desk.do("init", "kill", "init", "--by", "dave", "--now", DAYS[1])
    desk.check("blocked", "agent-widens-ci-role", 7, "a" * 40, DAYS[2])
    desk.check("passed", "agent-fixes-docs", 8, head, DAYS[3])
    order = ("agent", "devin", "--by", "dave", "--reason", "odd")
    desk.do("kill", "kill", *order, "--now", DAYS[4])
    desk.check("stopped", "agent-leaks-password", 9, "c" * 40, DAYS[5])
    desk.do("lift", "kill", "lift", *order, "--now", DAYS[6])
    desk.check("again", "agent-fixes-docs", 8, head, DAYS[7])
    desk.check("third", "agent-opens-ssh-without-plan", 10, "d" * 40, DAYS[8])
    desk.check("over", "agent-hides-text", 11, "e" * 40, DAYS[9])
    desk.git("merge", "--quiet", "--no-ff", "--no-edit", "docs")
    desk.commit("other.md", "past the gate")


def ask_everything(desk: Desk) -> None:
    """Every command that reads the ledger whole."""
    key, public = desk.folder / "gate.key", desk.folder / "gate.pub"
    key.write_text(f"{SIGNER.secret()}\n")
    key.chmod(0o600)
    public.write_text(f"{KEY}\n")
    trusted, signed = ("--key", str(public)), ("--sign-with", str(key))
    of_json = ("--format", "json")
    walk = (
        "--repo",
        str(desk.clone),
        "--repository",
        "acme/infra",
        "--branch",
        "trunk",
        "--since",
        desk.base,
    )
    desk.do("reconcile", "reconcile", *walk, "--now", DAYS[20], *of_json)
    desk.do("explain", "ledger", "explain", "0", *of_json)
    streams = Streams(desk.engine.spec)
    (entry,) = streams.store.read(streams.decisions_name("acme/infra"), 0, 0)
    erased = ("--by", "dave", "--reason", "asked for", "--now", DAYS[21])
    desk.do("erase", "ledger", "erase", entry.hash, *erased, *of_json)
    desk.do("explain erased", "ledger", "explain", "0", *of_json)
    for day in (4, 6):
        desk.do(f"as-of {day}", "ledger", "as-of", DAYS[day], *of_json)
    desk.do("incidents", "incident", "list", "--now", DAYS[22], *of_json)
    desk.do("compliance", "compliance", *of_json, "--now", "2026-11-30")
    desk.do("metrics", "metrics", *of_json)
    for form in ("ocsf", "jsonl", "syslog"):
        cursor = ("--cursor", str(desk.folder / f"{form}.cursor"))
        desk.do(f"export {form}", "export", "--format", form, *cursor)
        desk.do(f"export {form} again", "export", "--format", form, *cursor)
    desk.do("checkpoint", "ledger", "checkpoint", "--all", *signed, "--now", DAYS[23])
    desk.do("verify", "ledger", "verify", "--all", *trusted)
    archive = str(desk.folder / "evidence.tar.gz")
    period = ("--from", "2026-11-01", "--to", "2026-12-01", "--sample", "2", "--seed", "s")
    build = ("evidence", "build", *period, "--clone", str(desk.clone), "--output", archive)
    desk.do("build", *build, *signed, *of_json)
    desk.do("evidence", "evidence", "verify", archive, *trusted, *of_json, ledger=False)
    desk.do("unproven", "evidence", "verify", archive, ledger=False)


CODES = {
    "init": 0, "blocked": 1, "passed": 0, "kill": 0, "stopped": 1, "lift": 0, "again": 0,
    "third": 1, "over": 1,
    "reconcile": 1, "explain": 0, "erase": 0, "explain erased": 2, "as-of 4": 0, "as-of 6": 0,
    "incidents": 1, "compliance": 0, "metrics": 0,
    "export ocsf": 0, "export ocsf again": 0, "export jsonl": 0, "export jsonl again": 0,
    "export syslog": 0, "export syslog again": 0,
    "checkpoint": 0, "verify": 0, "build": 0, "evidence": 0, "unproven": 2,
}  # fmt: skip


def test_every_engine_gives_the_same_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    answers = {}
    for name, engine in ENGINES.items():
        folder = tmp_path / name
        folder.mkdir()
        with closing(engine(folder)) as made:
            desk = Desk(made, folder, capsys)
            record_history(desk)
            ask_everything(desk)
        assert {what: told.code for what, told in desk.told.items()} == CODES, name
        answers[name] = desk.told
    assert_true(answers["git"])
    for what, told in answers["git"].items():
        assert answers["postgres"][what].text == told.text, what
        assert words_of(answers["file"][what].text) == words_of(told.text), what


def words_of(text: str) -> list[str]:
    """The words of an answer, whatever the order of the streams and the name of the one that is
    called otherwise in a file."""
    return sorted(re.split(r"[\s,{}\[\]]+", re.sub(r"\bmain\b", STREAM, text)))


def assert_true(told: dict[str, Told]) -> None:
    """The answers are about what happened."""
    assert json.loads(told["stopped"].text)["usage"]["kill"] == "killed"
    assert {one["rule"] for one in json.loads(told["over"].text)["findings"]} > {"limits.exceeded"}
    rows = json.loads(told["reconcile"].text)["commits"]
    assert [row["rule"] for row in rows] == ["merge", None]
    assert json.loads(told["explain"].text)["same"] is True
    assert len(json.loads(told["erase"].text)["dropped"]) == 1
    assert "erased" in json.loads(told["explain erased"].text)["why_not"]
    assert [one["target"] for one in json.loads(told["as-of 4"].text)["kills"]] == ["devin"]
    assert json.loads(told["as-of 6"].text)["kills"] == []
    incidents = {one["key"] for one in json.loads(told["incidents"].text)}
    assert incidents == {"killed:agent:devin", "limit:a-month:devin"}
    entries = json.loads(told["metrics"].text)["ledger"]["entries"]
    for form in ("ocsf", "jsonl", "syslog"):
        assert len(told[f"export {form}"].text.splitlines()) == entries + 1
        assert "sent 0 entries" in told[f"export {form} again"].text
    assert json.loads(told["evidence"].text)["remade"] is True
    assert "signer unproven" in told["unproven"].text
