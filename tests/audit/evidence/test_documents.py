"""What an archive's documents say, and that others than the gate can read them."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from audit.evidence.history import BASE, write
from audit.evidence.test_archive import ORDER, unpacked
from store.signing import KEY, SIGNER

from gate.audit.evidence.build import build
from gate.audit.evidence.population import draw
from gate.cli import main
from gate.schema.evidence import Order
from gate.store.streams import Streams


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    write(tmp_path / "ledger.jsonl")
    return str(tmp_path / "ledger.jsonl")


def documents(ledger: str, order: Order = ORDER, clone: str | None = None) -> dict[str, Any]:
    files = unpacked(build(Streams(ledger), order, SIGNER, clone).data)
    return {path: json.loads(data) for path, data in files.items() if path.endswith(".json")}


def test_population_is_every_pull_request_of_the_period(ledger: str) -> None:
    rows = documents(ledger)["population.json"]
    told = [(row["id"], row["decision"], row["decisions"], row["outcome"]) for row in rows]
    assert told == [
        ("acme/infra#7", "pass", 2, "merged"),
        ("acme/infra#8", "warn", 1, ""),
        ("acme/infra#9", "block", 1, ""),
    ]


def test_another_repository_has_nothing(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    order = msgspec.structs.replace(ORDER, repo="acme/other")
    with pytest.raises(Exception, match="no decision"):
        build(Streams(ledger), order, SIGNER)


def test_registry_is_told_as_of_each_decision(ledger: str) -> None:
    told = documents(ledger)["registry.json"]
    states = [
        told["snapshots"][row["registry"]]["agents"]["tf-bot"]["state"] for row in told["decisions"]
    ]
    assert states == ["", "", "", "suspended"]


def test_approvals_waivers_and_incidents_are_listed(ledger: str) -> None:
    told = documents(ledger)
    assert [row["counted"][0]["login"] for row in told["approvals.json"]] == ["bob"]
    assert [(row["waiver"], row["rule"]) for row in told["waivers.json"]] == [("W-1", "a.b")]
    assert [row["kind"] for row in told["incidents.json"]] == ["alert", "kill"]
    assert [row["kind"] for row in told["pulls/acme~infra~7.json"]] == [
        "decision",
        "decision",
        "outcome",
    ]


def test_policies_in_force_are_confirmed_from_the_base_commit(ledger: str, tmp_path: Path) -> None:
    assert {row["confirmed"] for row in documents(ledger)["policies.json"]["decisions"]} == {False}
    assert documents(ledger)["policies.json"]["decisions"][0]["why"].startswith("no clone")
    missing = documents(ledger, clone=str(tmp_path))["policies.json"]["decisions"][0]
    assert "not a git repository" in missing["why"]
    assert BASE not in missing["site"]


def test_site_of_a_decision_is_in_the_archive(tmp_path: Path) -> None:
    import gate.site
    from gate.evaluate.evaluation import policy_digest
    from gate.evaluate.policies import load_bundled
    from gate.schema.collected import SiteFolder

    clone = tmp_path / "clone"
    (clone / ".gate").mkdir(parents=True)
    text = b"version: 1\nobserve: true\n"
    (clone / ".gate" / "gate.yml").write_bytes(text)
    git = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    folder = SiteFolder(files={"gate.yml": text}, ref="")
    digest = policy_digest(load_bundled(), gate.site.load_site(folder))
    pull = {"origin": "github", "repo": "acme/infra", "number": 1, "head": "1" * 40}
    body = {"decision": "pass", "pull": {**pull, "base": head.stdout.strip()}}
    event = ("decision", "2026-10-02T10:00:00Z", {**body, "policy_digest": digest})
    write(tmp_path / "l.jsonl", [event], [])
    told = documents(str(tmp_path / "l.jsonl"), clone=str(clone))
    row = told["policies.json"]["decisions"][0]
    assert row["confirmed"]
    assert list(told[f"site/{row['site']}.json"]["files"]) == ["gate.yml"]


class TestSample:
    """Anybody draws the same one."""

    NAMES = tuple(f"acme/infra#{number}" for number in range(100))

    def test_is_the_smallest_hashes(self) -> None:
        order = Order(since="a", until="b", sample=3, seed="2026-Q4")
        ranks = {
            hashlib.sha256(f"2026-Q4\n{name}".encode()).hexdigest(): name for name in self.NAMES
        }
        assert draw(self.NAMES, order) == tuple(sorted(ranks[rank] for rank in sorted(ranks)[:3]))

    def test_depends_on_the_seed_and_not_on_the_order(self) -> None:
        order = Order(since="a", until="b", sample=10, seed="s")
        assert draw(reversed(self.NAMES), order) == draw(self.NAMES, order)
        assert draw(self.NAMES, msgspec.structs.replace(order, seed="t")) != draw(self.NAMES, order)

    def test_of_more_than_there_are_is_all(self) -> None:
        assert len(draw(self.NAMES, Order(since="a", until="b", sample=1000))) == 100


def test_oscal_is_what_trestle_takes(ledger: str, tmp_path: Path) -> None:
    from trestle.oscal.assessment_results import AssessmentResults

    path = tmp_path / "assessment-results.json"
    path.write_text(json.dumps(documents(ledger)["oscal/assessment-results.json"]))
    read = AssessmentResults.oscal_read(path)
    assert read is not None
    assert [one.title for one in read.results[0].observations or ()] == [
        "Population",
        "acme~infra~7",
        "acme~infra~8",
    ]


def test_oscal_with_a_mistake_is_refused_by_the_same_check(ledger: str, tmp_path: Path) -> None:
    from trestle.common.err import TrestleError
    from trestle.oscal.assessment_results import AssessmentResults

    made = documents(ledger)["oscal/assessment-results.json"]
    del made["assessment-results"]["results"][0]["reviewed-controls"]
    path = tmp_path / "assessment-results.json"
    path.write_text(json.dumps(made))
    with pytest.raises(TrestleError):
        AssessmentResults.oscal_read(path)


class TestCommand:
    """`gate evidence` as an auditor meets it."""

    @pytest.fixture
    def archive(self, ledger: str, tmp_path: Path) -> str:
        key = tmp_path / "k.key"
        key.write_text(SIGNER.secret() + "\n")
        key.chmod(0o600)
        (tmp_path / "k.pub").write_text(f"{KEY}\n")
        path = str(tmp_path / "e.tar.gz")
        words = ["--from", "2026-10-01", "--to", "2026-11-01", "--output", path]
        assert main(["evidence", "build", *words, "--ledger", ledger, "--sign-with", str(key)]) == 0
        return path

    def test_verifies_in_an_empty_folder(
        self,
        archive: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
        capsys.readouterr()
        assert main(["evidence", "verify", archive, "--key", str(tmp_path / "k.pub")]) == 0
        out = capsys.readouterr().out
        assert out.startswith("evidence verifies: ")
        assert "signed by ledger.acme.example/gate" in out
        assert list((tmp_path / "empty").iterdir()) == []

    def test_without_a_key_the_answer_is_no(
        self, archive: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["evidence", "verify", archive]) == 2
        assert "self-consistent, signer unproven" in capsys.readouterr().err

    def test_changed_byte_is_2(self, archive: str, tmp_path: Path) -> None:
        data = bytearray(Path(archive).read_bytes())
        data[-100] ^= 1
        Path(archive).write_bytes(data)
        assert main(["evidence", "verify", archive, "--key", str(tmp_path / "k.pub")]) == 2

    @pytest.mark.parametrize(
        "words",
        [("--from", "x", "--to", "2026-11-01"), ("--from", "2026-11-01", "--to", "2026-10-01")],
    )
    def test_no_period_is_2(self, ledger: str, tmp_path: Path, words: tuple[str, ...]) -> None:
        output = ("--output", str(tmp_path / "e"), "--ledger", ledger)
        assert main(["evidence", "build", *words, *output]) == 2

    def test_no_key_is_2(
        self, ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("GATE_LEDGER_KEY", raising=False)
        words = ["--from", "2026-10-01", "--to", "2026-11-01", "--output", str(tmp_path / "e")]
        assert main(["evidence", "build", *words, "--ledger", ledger]) == 2
        assert not (tmp_path / "e").exists()
