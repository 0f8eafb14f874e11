"""`gate agents promote`, `report` and `review`: what the ledger tells decides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from audit.agent_history import Past, anomaly, day
from store.conformance.engines import Engine, Git, Postgres
from trust.samples import document

from gate.audit.lifecycle.observation import PAYLOAD, Observation
from gate.cli import main
from gate.store.note import read_key
from gate.store.open import open_store
from gate.store.streams import BASELINES, Streams
from gate.trust.dsse import unseal
from gate.trust.history import read_history

WHO = ("--by", "alice", "--reason", "Nothing to object to")
LEDGER = "l.jsonl"

Gate = Callable[..., int]


@pytest.fixture
def gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Gate:
    """`gate agents` in an empty folder, on day 30 unless told otherwise."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("GITHUB_ACTIONS", "GATE_LEDGER_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, now: str = day(30), ledger: str = LEDGER) -> int:
        capsys.readouterr()
        given = ("--ledger", ledger) if ledger else ()
        return main(["agents", *words, "--now", now, *given])

    return run


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was printed, on both channels."""

    def read() -> str:
        printed = capsys.readouterr()
        return printed.out + printed.err

    return read


def put(**over: Any) -> Path:
    """The record of an observed agent."""
    fields = {
        "state": "observing",
        "observing_since": "2026-10-01",
        "promotion": None,
        "sandbox": {"environments": ["sandbox"]},
        **over,
    }
    path = Path(".gate/agents/tf-bot.yml")
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {key: value for key, value in document(**fields).items() if value is not None}
    path.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in whole.items()))
    return path


def make_key(said: Callable[[], str]) -> tuple[str, str]:
    """Paths of a private key and its public one."""
    assert main(["ledger", "key", "ledger.acme.example/gate"]) == 0
    said()
    return "gate.key", "gate.pub"


@pytest.mark.parametrize(("number", "code"), [(29, 1), (30, 0), (31, 0)])
def test_s2_57_promotion_on_day_29_30_and_31(
    gate: Gate, number: int, code: int, said: Callable[[], str]
) -> None:
    path = put()
    before = path.read_text()
    Past(LEDGER).quiet(8)
    assert gate("promote", "tf-bot", *WHO, now=day(number)) == code
    history = read_history(Streams(LEDGER).registry())["tf-bot"]
    if code:
        assert "early: day 29 of the observation; 30 days are asked for" in said()
        assert (path.read_text(), history.report) == (before, "")
        assert Streams(LEDGER).store.head(BASELINES) is None
        return
    record = yaml.safe_load(path.read_text())
    assert (record["state"], record["promotion"]["by"]) == ("active", "alice")
    assert record["promotion"]["report"] == history.report
    assert f"report         {history.report}" in said()


def test_report_of_a_promotion_is_kept_in_the_ledger_and_a_baseline_is_frozen(gate: Gate) -> None:
    put()
    Past(LEDGER).quiet()
    assert gate("promote", "tf-bot", *WHO) == 0
    streams = Streams(LEDGER)
    digest = read_history(streams.registry())["tf-bot"].report
    data = streams.store.get_blob(digest)
    assert data is not None
    report = msgspec.json.decode(data, type=Observation)
    assert (report.agent, report.day, report.pulls, report.refusals) == ("tf-bot", 30, 6, ())
    (baseline,) = streams.store.read(BASELINES)
    assert (baseline.kind, baseline.body["agent"], baseline.body["by"]) == (
        "baseline", "tf-bot", "alice",
    )  # fmt: skip


def test_s2_57_unresolved_anomaly_is_refused_with_every_other_reason(
    gate: Gate, said: Callable[[], str]
) -> None:
    path = put()
    before = path.read_text()
    past = Past(LEDGER)
    past.quiet()
    past.decided(3, day(10), "hold", anomalies=anomaly())
    past.decided(4, day(12), "block", ("agents.outside_sandbox!",))
    assert gate("promote", "tf-bot", *WHO) == 1
    out = said()
    assert "tf-bot is not promoted; nothing was changed\n" in out
    assert "  blocked: agents.outside_sandbox blocked 1 pull request\n    entry main 8\n" in out
    assert "  anomaly: anomaly volume was found once and not closed\n    entry main 7\n" in out
    assert path.read_text() == before
    assert gate("promote", "tf-bot", *WHO, "--format", "json") == 1
    answer = json.loads(said())
    assert answer["event"] is None
    assert [one["code"] for one in answer["refusals"]] == ["blocked", "anomaly"]


def test_check_changes_nothing_and_needs_nobody(gate: Gate, said: Callable[[], str]) -> None:
    path = put()
    before = path.read_text()
    Past(LEDGER).quiet()
    size = Path(LEDGER).stat().st_size
    assert gate("promote", "tf-bot", "--check", "--output", "report.json") == 0
    assert "may be promoted; nothing was changed" in said()
    assert gate("promote", "tf-bot", "--check", now=day(20)) == 1
    assert (path.read_text(), Path(LEDGER).stat().st_size) == (before, size)
    digest = hashlib.sha256(Path("report.json").read_bytes()).hexdigest()
    assert gate("promote", "tf-bot", "--check", "--format", "json") == 0
    assert json.loads(said())["report"] == digest


def test_signed_report_verifies_and_is_what_the_record_names(
    gate: Gate, said: Callable[[], str]
) -> None:
    path = put()
    Past(LEDGER).quiet()
    private, public = make_key(said)
    words = ("--output", "report.json", "--sign-with", private)
    assert gate("promote", "tf-bot", *WHO, *words) == 0
    assert "signed         report.json.dsse, by ledger.acme.example/gate" in said()
    key = read_key(Path(public).read_text().strip())
    payload, signers = unseal(Path("report.json.dsse").read_bytes(), PAYLOAD, (key,))
    assert payload == Path("report.json").read_bytes()
    assert [signer.name for signer in signers] == ["ledger.acme.example/gate"]
    named = yaml.safe_load(path.read_text())["promotion"]["report"]
    assert hashlib.sha256(payload).hexdigest() == named


def test_report_made_before_is_taken_while_the_ledger_says_the_same(
    gate: Gate, said: Callable[[], str]
) -> None:
    path = put()
    past = Past(LEDGER)
    past.quiet()
    private, public = make_key(said)
    assert (
        gate("promote", "tf-bot", "--check", "--output", "report.json", "--sign-with", private) == 0
    )
    past.decided(9, day(30))
    Path("other.json").write_text(Path("report.json").read_text().replace('"pulls":6', '"pulls":7'))
    assert gate("promote", "tf-bot", *WHO, "--report", "other.json") == 2
    assert "the ledger says otherwise: pulls" in said()
    assert gate("promote", "tf-bot", *WHO, "--report", "report.json.dsse") == 2, "no key"
    signed = ("--report", "report.json.dsse", "--key", public)
    assert gate("promote", "tf-bot", *WHO, *signed, now=day(31)) == 0
    digest = hashlib.sha256(Path("report.json").read_bytes()).hexdigest()
    assert yaml.safe_load(path.read_text())["promotion"]["report"] == digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"until":"2026-', '"until":"soon-'),
        ('"seq":6', '"seq":-1'),
        ('"stream":"main"', '"stream":"../main"'),
        ('"agent":"tf-bot"', '"agent":"other"'),
        ('"ledger":[', '"ledger":[{"stream":"org/kill","seq":9,"hash":"x"},'),
    ],
)
def test_report_that_was_edited_is_refused(
    gate: Gate, before: str, after: str, said: Callable[[], str]
) -> None:
    put()
    Past(LEDGER).quiet()
    assert gate("promote", "tf-bot", "--check", "--output", "report.json") == 0
    text = Path("report.json").read_text()
    assert before in text
    Path("report.json").write_text(text.replace(before, after, 1))
    assert gate("promote", "tf-bot", *WHO, "--report", "report.json") == 2
    assert "internal error" not in said()


def test_clean_report_of_before_does_not_help_an_agent_that_is_dirty_now(
    gate: Gate, said: Callable[[], str]
) -> None:
    put()
    past = Past(LEDGER)
    past.quiet()
    assert gate("promote", "tf-bot", "--check", "--output", "report.json") == 0
    past.killed("killed", "agent", "tf-bot", day(30))
    assert gate("promote", "tf-bot", *WHO, "--report", "report.json", now=day(31)) == 1
    assert "killed: agent tf-bot was killed on 2026-10-31 by bob and still is" in said()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{}", "not the report of an observation"),
        (b"\xff", "not the report of an observation"),
        (b'{"payloadType": "x"}', "not an envelope"),
        (None, "No such file"),
    ],
)
def test_report_that_is_none_is_bad_usage(
    gate: Gate, data: bytes | None, message: str, said: Callable[[], str]
) -> None:
    put()
    Path(".gate/keys").mkdir()
    Past(LEDGER).quiet()
    make_key(said)
    Path("gate.pub").rename(".gate/keys/gate.pub")
    if data is not None:
        Path("report.json").write_bytes(data)
    assert gate("promote", "tf-bot", *WHO, "--report", "report.json") == 2
    assert message in said()


@pytest.mark.parametrize(
    ("words", "ledger", "message"),
    [
        (WHO, "", "needs --ledger"),
        ((), LEDGER, "needs --by LOGIN and --reason TEXT"),
        (("--by", "tf-bot[bot]", "--reason", "x"), LEDGER, "not a person"),
    ],
)
def test_promotion_without_ledger_or_person_is_bad_usage(
    gate: Gate, words: tuple[str, ...], ledger: str, message: str, said: Callable[[], str]
) -> None:
    put()
    assert gate("promote", "tf-bot", *words, ledger=ledger) == 2
    assert message in said()


def test_only_an_observed_agent_is_promoted(gate: Gate, said: Callable[[], str]) -> None:
    put()
    past = Past(LEDGER)
    past.quiet()
    past.event("suspended", day(20))
    assert gate("promote", "tf-bot", *WHO) == 2
    assert "agent tf-bot is suspended" in said()


def test_file_in_actions_is_exit_2_and_a_ledger_of_all_runs_is_not(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: Callable[[], str]
) -> None:
    put()
    past = Past(LEDGER)
    past.quiet()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert gate("promote", "tf-bot", *WHO) == 2
    assert "a promotion in Actions needs a ledger that all runs share" in said()
    shared = f"git:{tmp_path / 'governance.git'}"
    assert gate("promote", "tf-bot", *WHO, ledger=shared) == 2
    assert "the pull request itself" in said()


@pytest.mark.parametrize("kind", [Git, Postgres], ids=["git", "postgres"])
def test_shared_ledger_knows_an_agent_over_every_repository(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Engine]
) -> None:
    """The life of an agent stands in `org/registry`, its decisions in a stream a repository."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    engine = kind(tmp_path)
    path = put()
    Past(engine.spec).quiet(5)
    assert gate("promote", "tf-bot", *WHO, ledger=engine.spec) == 0
    promotion = yaml.safe_load(path.read_text())["promotion"]
    assert open_store(engine.spec).get_blob(promotion["report"]) is not None
    assert gate("suspend", "tf-bot", *WHO, ledger=engine.spec) == 0
    words = ("--close", "tf-bot", "--by", "alice", "--until", "2026-12-24")
    assert gate("review", *words, ledger=engine.spec) == 0
    found = [entry.body["event"] for entry in open_store(engine.spec).read("org/registry")]
    assert found == ["registered", "promoted", "suspended", "reviewed"]
    engine.close()


# What was granted, against what was used.

GRANTS = [
    {"surfaces": ["network"], "environments": ["staging"], "why": "Subnets change"},
    {"surfaces": ["iam"], "environments": ["staging"], "actions": ["delete"], "why": "Old roles"},
]


def use_it(ungranted: bool = False) -> None:
    """Two pull requests: one let through, one refused."""
    past = Past(LEDGER)
    used = [{"surface": "network", "environment": "staging", "action": "update"}]
    more = [{"surface": "data", "environment": "prod", "action": "delete"}]
    past.decided(1, day(10), used=used + (more if ungranted else []))
    past.decided(2, day(12), "block", ("agents.outside_grants!",), used=more)


@pytest.mark.parametrize("ungranted", [False, True])
def test_s1_46_report_lists_what_is_not_used_and_is_exit_1_for_what_is_not_granted(
    gate: Gate, ungranted: bool, said: Callable[[], str]
) -> None:
    put(grants=GRANTS)
    use_it(ungranted)
    assert gate("report", "--format", "json") == int(ungranted)
    (found,) = json.loads(said())
    assert [(one["surface"], one["action"]) for one in found["unused"]] == [
        ("network", "create"), ("iam", "delete"),
    ]  # fmt: skip
    assert [one["surface"] for one in found["ungranted"]] == ["data"] * ungranted
    assert [one["surface"] for one in found["refused"]] == ["data"] * (not ungranted)
    assert (found["pulls"], found["denied"], found["last_activity"]) == (2, 1, day(12)[:10])
    assert found["denials"] == {"agents.outside_grants": 1}
    assert gate("report") == int(ungranted)
    out = said()
    assert "1 of 3 used" in out
    assert "all of: delete on iam" in " ".join(out.split())
    assert gate("report", "tf-bot") == int(ungranted)
    out = said()
    assert "delete on iam in staging" in out
    assert ("without a grant" if ungranted else "refused") in out


def test_report_without_agents_or_days_or_decisions(gate: Gate, said: Callable[[], str]) -> None:
    Path(".gate").mkdir()
    assert gate("report") == 0
    assert "no agent is registered" in said()
    put()
    assert gate("report", "tf-bot", ledger="") == 0
    assert "last active    never" in said()
    assert gate("report", "--days", "0") == 2
    assert gate("report", "nobody") == 2


def test_s1_46_review_shows_the_rights_and_records_their_digest(
    gate: Gate, said: Callable[[], str]
) -> None:
    put(grants=GRANTS)
    use_it()
    assert gate("review") == 0
    assert "all of: delete on iam in staging" in " ".join(said().split())
    assert gate("review", "--format", "json") == 0
    (due,) = json.loads(said())
    assert (due["what"], due["rights"]["agent"]) == ("review", "tf-bot")
    words = ("--close", "tf-bot", "--by", "alice", "--until", "2026-12-24")
    assert gate("review", *words) == 0
    assert "1 of 3 used" in said()
    streams = Streams(LEDGER)
    last = list(streams.store.read("main"))[-1]
    assert (last.body["event"], last.body["until"]) == ("reviewed", "2026-12-24")
    data = streams.store.get_blob(last.body["report"])
    assert data is not None
    assert json.loads(data)["denials"] == {"agents.outside_grants": 1}
