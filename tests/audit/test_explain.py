"""A recorded decision comes out again, and a changed one is found out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gate.audit.explain import explain
from gate.audit.reading import Told
from gate.cli import main
from gate.collect.files import FolderSource
from gate.errors import RecordError
from gate.options import Options
from gate.pipeline import check
from gate.store.ledger import entry_hash
from gate.store.streams import Streams
from gate.store.tampering import TamperedError

PULLS = Path(__file__).parents[2] / "fixtures" / "pulls"
KEEP = "version: 1\nledger: {keep: all}\n"


def judged(folder: Path, scenario: str, site: str = KEEP, **options: Any) -> Streams:
    """A ledger with the decision on a scenario whose site is as given."""
    pull = folder / scenario
    if not pull.exists():
        shutil.copytree(PULLS / scenario, pull)
    (pull / "gate").mkdir(exist_ok=True)
    (pull / "gate" / "gate.yml").write_text(site)
    streams = Streams(str(folder / "ledger.jsonl"))
    settings = {"now": "2026-11-24T10:00:00Z", "engine": "embedded", "reserve": True, **options}
    check(FolderSource(str(pull)), Options(**settings), streams)
    return streams


def entry(streams: Streams, number: int = 0) -> Told:
    (found,) = streams.store.read("main", number, number)
    return Told("main", found)


@pytest.mark.parametrize(
    "scenario", ["agent-widens-ci-role", "agent-fixes-docs", "agent-destroys-database-approved"]
)
def test_decision_comes_out_again(scenario: str, tmp_path: Path) -> None:
    streams = judged(tmp_path, scenario)
    answer = explain(streams, entry(streams))
    assert answer.same is True
    assert answer.differences == ()
    assert answer.reasons


def test_decision_under_limits_comes_out_again_with_the_ledger_as_it_was(tmp_path: Path) -> None:
    site = "version: 1\nledger: {keep: all}\nlimits: [{name: one, count: pulls, max: 0}]\n"
    streams = judged(tmp_path, "agent-fixes-docs", site)
    before = entry(streams)
    judged(tmp_path, "agent-widens-ci-role", site)
    assert before.entry.body["findings"]
    assert explain(streams, before).same is True


@pytest.mark.parametrize("reserve", [True, False])
def test_dry_run_and_run_that_counts_come_out_again(tmp_path: Path, reserve: bool) -> None:
    site = "version: 1\nledger: {keep: all}\nlimits: [{name: one, count: pulls, max: 5}]\n"
    streams = judged(tmp_path, "agent-fixes-docs", site, reserve=reserve)
    told = entry(streams)
    assert told.entry.body["context"]["dry"] is not reserve
    assert explain(streams, told).same is True


def test_decision_that_was_changed_with_all_its_hashes_is_found_out(tmp_path: Path) -> None:
    streams = judged(tmp_path, "agent-widens-ci-role")
    told = entry(streams)
    told.entry.body["decision"] = "pass"
    told.entry.body["findings"] = []
    forged = msgspec.structs.replace(told.entry, hash=entry_hash(told.entry))
    answer = explain(streams, Told("main", forged))
    assert answer.same is False
    assert [one.what for one in answer.differences] == ["decision", "findings"]


def test_entry_that_no_longer_fits_its_hash_explains_nothing(tmp_path: Path) -> None:
    streams = judged(tmp_path, "agent-fixes-docs")
    told = entry(streams)
    forged = msgspec.structs.replace(told.entry, body={**told.entry.body, "decision": "hold"})
    with pytest.raises(TamperedError, match="changed"):
        explain(streams, Told("main", forged))


def test_erased_content_cannot_be_derived_again(tmp_path: Path) -> None:
    streams = judged(tmp_path, "agent-fixes-docs")
    told = entry(streams)
    streams.store.drop_blob(told.entry.body["context"]["content"]["digest"])
    answer = explain(streams, told)
    assert answer.same is None
    assert "erased" in answer.why_not


def test_site_that_keeps_nothing_is_said(tmp_path: Path) -> None:
    streams = judged(tmp_path, "agent-fixes-docs", "version: 1\n")
    assert "keeps none" in explain(streams, entry(streams)).why_not
    assert streams.store.blobs() == ()


def test_only_decisions_are_derived(tmp_path: Path) -> None:
    streams = judged(tmp_path, "agent-fixes-docs")
    streams.ledger("main").append("note", "2026-11-24T10:00:00Z", {})
    with pytest.raises(RecordError, match="Only a decision|kind 'note'"):
        explain(streams, entry(streams, 1))


def test_command_says_it_for_person_and_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    streams = judged(tmp_path, "agent-widens-ci-role")
    told = entry(streams)
    words = ["--ledger", streams.spec]
    assert main(["ledger", "explain", "0", *words]) == 0
    assert "the same" in capsys.readouterr().out
    assert main(["ledger", "explain", told.entry.hash[:12], *words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True
    for name in ("7", "main:7", "no", "abcdefab"):
        assert main(["ledger", "explain", name, *words]) == 2
