"""`gate agents`: the registry at the command line, with a clock that tests set."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml
from audit.agent_history import Past, day
from docs.blocks import ROOT, Block, blocks
from trust.samples import document

from gate.cli import main
from gate.cli.agents_onboard import ask_for
from gate.errors import ConfigError
from gate.store.file import FileLedger
from gate.trust.history import read_history
from gate.trust.onboarding import STEPS, Answers
from gate.trust.registry import load_registry
from gate.yamldoc import parse_yaml

EXAMPLE = ROOT / "docs" / "examples" / "gate-agents"
PAGE = ROOT / "docs" / "agents.md"
IDENTITY = (
    "--kind", "coder", "--owner", "alice", "--backup", "bob", "--purpose",
    "Keeps the Terraform of staging up to date", "--justification",
    "Saves the platform team two days of updates", "--system", "aws", "--data-class", "none",
    "--risk-tier", "medium", "--login", "tf-bot[bot]", "--credential", "oidc:aws/role/tf-bot",
)  # fmt: skip
WHO = ("--by", "alice", "--reason", "because")

Gate = Callable[..., int]


@pytest.fixture
def gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Gate:
    """`gate agents` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(*words: str, now: str = "2026-11-24") -> int:
        capsys.readouterr()
        return main(["agents", words[0], "--now", now, *words[1:]])

    return run


def put(name: str, **over: object) -> Path:
    """A record in `.gate/agents`, one key a line."""
    whole = document(id=name, **over)
    lines = [f"{key}: {json.dumps(value)}" for key, value in whole.items() if value is not None]
    path = Path(".gate/agents") / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# Ours.\n" + "\n".join(lines) + "   # and nobody else's\n")
    return path


def test_list_show_and_validate_take_the_example(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ("--config", str(EXAMPLE))
    assert gate("list", *folder) == 0
    assert "observing, day 19 of 30" in capsys.readouterr().out
    assert gate("list", *folder, "--format", "json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["state"]) for one in listed] == [
        ("docs-helper", "observing"), ("old-fixer", "decommissioned"), ("tf-bot", "active"),
    ]  # fmt: skip
    for name in ("docs-helper", "old-fixer", "tf-bot"):
        assert gate("show", name, *folder) == 0
        assert gate("show", name, *folder, "--format", "json") == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["record"]["id"] == name
    assert gate("validate", *folder, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "records": 3, "problems": []}


def test_without_an_action_it_lists(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put("tf-bot")
    assert main(["agents"]) == 0
    assert "tf-bot" in capsys.readouterr().out


def test_no_folder_is_bad_usage_and_an_empty_one_is_told(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate("list") == 2
    told = capsys.readouterr().err
    assert "no such folder" in told
    assert "`gate agents onboard ID` begins one" in told
    Path(".gate").mkdir()
    assert gate("list") == 0
    assert "no agent is registered" in capsys.readouterr().out
    assert gate("validate") == 0
    assert "no registry" in capsys.readouterr().out


def test_validate_tells_everything_that_is_wrong_and_is_exit_2(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    put("a", review_due="soon")
    put("b")
    assert gate("validate") == 2
    out = capsys.readouterr().out
    assert ".gate/agents/a.yml:15: key review_due: 'soon' is not a day" in out
    assert ".gate/agents/b.yml:10: key identities.logins: login 'tf-bot[bot]' is that of a" in out
    assert gate("validate", "--format", "json") == 2
    answer = json.loads(capsys.readouterr().out)
    assert [problem["key"] for problem in answer["problems"]] == ["review_due", "identities.logins"]
    assert gate("list") == 2


def test_grant_for_an_environment_that_the_site_does_not_map_is_refused(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    put("a", grants=[{"surfaces": ["iam"], "environments": ["prod"], "why": "x"}])
    assert gate("validate") == 0
    Path(".gate/gate.yml").write_text("version: 1\nenvironments: {production: {paths: [p/**]}}\n")
    assert gate("validate") == 2
    assert "'prod': no such environment" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("show", "nobody"), ("suspend", "nobody", *WHO), ("review", "--close", "nobody"),
              ("rotation", "--done", "x"), ("review", "--by", "alice")],
)  # fmt: skip
def test_what_is_not_there_is_bad_usage(gate: Gate, words: tuple[str, ...]) -> None:
    put("tf-bot")
    assert gate(*words) == 2


def test_clock_that_is_no_time_is_bad_usage(gate: Gate) -> None:
    put("tf-bot")
    assert gate("list", now="tomorrow") == 2
    assert gate("list", now="2026-02-30") == 2
    assert gate("list", now="2026-11-24T10:00:00Z") == 0


def test_symbolic_link_in_the_registry_is_refused(gate: Gate) -> None:
    path = put("tf-bot")
    Path(".gate/agents/other.yml").symlink_to(path.resolve())
    assert gate("list") == 2


# The five steps (S2-53, S2-55).


def step(gate: Gate, name: str) -> int:
    """One step of the onboarding of `tf-bot`."""
    words = {
        "identity": IDENTITY,
        "models": ("--model", "claude-opus-4.8"),
        "sandbox": ("--sandbox-environment", "sandbox"),
        "logging": ("--ledger", "l.jsonl"),
        "observation": ("--observe",),
    }[name]
    return gate("onboard", "tf-bot", *words)


def read() -> dict[str, object]:
    """The record as it is now, and that it is valid."""
    data = Path(".gate/agents/tf-bot.yml").read_bytes()
    assert load_registry({"agents/tf-bot.yml": data}, {})
    loaded: dict[str, object] = yaml.safe_load(data)
    return loaded


@pytest.mark.parametrize(
    ("done", "late"), [(done, late) for done in range(4) for late in range(done + 1, 5)]
)
def test_s2_53_later_step_before_an_earlier_one_is_refused(
    gate: Gate, done: int, late: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in STEPS[:done]:
        assert step(gate, name) == 0
    before = read() if done else None
    assert step(gate, STEPS[late]) == 2
    message = capsys.readouterr().err
    assert f"step {late + 1} ({STEPS[late]}) comes after step {done + 1} ({STEPS[done]})" in message
    assert (read() if done else None) == before


def test_s2_53_each_step_leaves_a_valid_record_and_the_next_resumes_there(gate: Gate) -> None:
    states = []
    for number, name in enumerate(STEPS, 1):
        assert step(gate, name) == 0
        record = read()
        assert list(record["onboarding"]) == list(STEPS[:number])  # type: ignore[call-overload]
        states.append(record["state"])
    assert states == ["proposed"] * 4 + ["observing"]
    assert read_history(FileLedger("l.jsonl"))["tf-bot"].lifecycle
    assert str(read()["observing_since"]) == "2026-11-24"
    assert str(read()["review_due"]) == "2027-02-24"


def test_whole_onboarding_in_one_go(gate: Gate, capsys: pytest.CaptureFixture[str]) -> None:
    words = (*IDENTITY, "--model", "m", "--sandbox-environment", "s", "--ledger", "l", "--observe")
    assert gate("onboard", "tf-bot", *words, "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [item["step"] for item in answer["done"]] == list(STEPS)
    assert answer["next"] is None
    assert gate("onboard", "tf-bot", *words) == 0
    told = capsys.readouterr().out
    assert "all five steps are done" in told
    assert "it has no grant yet, so whatever it changes is refused" in told


def test_onboarded_agent_with_a_grant_or_that_only_reads_is_told_of_none(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = ("--model", "m", "--sandbox-environment", "s", "--ledger", "l", "--observe")
    assert (
        gate("onboard", "tf-bot", *IDENTITY, *rest, "--grant", "{surfaces: [other], why: x y}") == 0
    )
    assert "no grant" not in capsys.readouterr().out
    reader = ["reviewer" if word == "coder" else word for word in IDENTITY]
    other = ["read-bot[bot]" if word == "tf-bot[bot]" else word for word in reader]
    assert gate("onboard", "read-bot", *other, *rest) == 0
    told = capsys.readouterr().out
    assert "all five steps are done" in told
    assert "no grant" not in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--max-files", "21"), "--max-files: 21 is not small"),
        (("--max-resources", "11"), "--max-resources: 11 is not small"),
        (("--max-files", "many"), "--max-files: 'many' is not a number"),
        (("--grant", "everything"), "--grant 'everything': not a grant"),
        (("--grant", "{surfaces: [money], why: x}"), "'money': no such surface"),
    ],
)
def test_s2_55_sandbox_is_small(
    gate: Gate, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in STEPS[:2]:
        assert step(gate, name) == 0
    before = read()
    assert gate("onboard", "tf-bot", "--sandbox-environment", "s", *words) == 2
    assert message in capsys.readouterr().err
    assert read() == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("alice", "dependabot[bot]", "'dependabot[bot]' is a bot"),
        ("bob", "ALICE", "is the owner again"),
        ("oidc:aws/role/tf-bot", "hunter2", "a reference is needed"),
        ("Keeps the Terraform of staging up to date", "Terraform", "at least 20 are needed"),
    ],
)
def test_refused_answer_writes_nothing(
    gate: Gate, old: str, new: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [new if word == old else word for word in IDENTITY]
    assert gate("onboard", "tf-bot", *words) == 2
    assert message in capsys.readouterr().err
    assert not Path(".gate").exists()


@pytest.mark.parametrize("name", ["TF", "../evil", "a/b", "", "x" * 65])
def test_id_that_is_no_file_name_is_refused(gate: Gate, name: str) -> None:
    assert gate("onboard", name, *IDENTITY) == 2
    assert not Path(".gate").exists()


def test_record_written_by_hand_is_not_onboarded_over(gate: Gate) -> None:
    path = put("tf-bot")
    before = path.read_bytes()
    assert gate("onboard", "tf-bot", *IDENTITY) == 2
    assert path.read_bytes() == before


def test_identity_of_another_record_is_refused(gate: Gate) -> None:
    put("other")
    assert gate("onboard", "tf-bot", *IDENTITY) == 2
    assert not Path(".gate/agents/tf-bot.yml").exists()


def test_terminal_is_asked_for_what_is_missing() -> None:
    said = iter(
        ["coder", "alice", "bob", "Keeps it up to date", "Saves two days", "aws, gcp", "none",
         "low", "oidc:x", "tf-bot[bot]", "m1, m2", ""]
    )  # fmt: skip
    answers = Answers()
    ask_for(None, answers, "", lambda question: next(said))
    assert (answers.kind, answers.owner, answers.system) == ("coder", "alice", ["aws", "gcp"])
    assert answers.model == ["m1", "m2"]
    assert answers.sandbox_environment == []


# From one state to the next (S1-03, S1-47).


@pytest.mark.parametrize("by", ["tf-bot[bot]", "dependabot[bot]", " "])
def test_only_people_decide(gate: Gate, by: str) -> None:
    path = put("tf-bot")
    before = path.read_text()
    assert gate("suspend", "tf-bot", "--by", by, "--reason", "x") == 2
    assert path.read_text() == before


def test_state_that_the_ledger_decides_names_the_entry(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put("tf-bot")
    before = path.read_text()
    assert gate("suspend", "tf-bot", *WHO, "--ledger", "l.jsonl") == 0
    path.write_text(before)
    assert gate("list", "--ledger", "l.jsonl") == 0
    assert "suspended (ledger entry 0)" in " ".join(capsys.readouterr().out.split())


def test_suspend_changes_one_word_and_resume_takes_it_back(gate: Gate) -> None:
    path = put("tf-bot")
    before = path.read_text()
    assert gate("suspend", "tf-bot", *WHO, "--ledger", "l.jsonl") == 0
    assert path.read_text() == before.replace('"active"', "suspended")
    assert read_history(FileLedger("l.jsonl"))["tf-bot"].state == "suspended"
    assert gate("resume", "tf-bot", *WHO, "--ledger", "l.jsonl") == 0
    assert path.read_text() == before.replace('"active"', "active")
    assert read_history(FileLedger("l.jsonl"))["tf-bot"].state == ""
    assert gate("resume", "tf-bot", *WHO, "--ledger", "l.jsonl") == 2


def test_agent_whose_record_cannot_be_edited_is_still_stopped_by_the_ledger(gate: Gate) -> None:
    path = put("tf-bot")
    path.write_text(path.read_text().replace('state: "active"', "state: >-\n  active"))
    assert gate("suspend", "tf-bot", *WHO, "--ledger", "l.jsonl") == 2
    assert read_history(FileLedger("l.jsonl"))["tf-bot"].state == "suspended"


def test_ledger_that_cannot_be_written_changes_nothing(gate: Gate) -> None:
    path = put("tf-bot")
    before = path.read_text()
    Path("l.jsonl").write_text("not a ledger\n")
    assert gate("suspend", "tf-bot", *WHO, "--ledger", "l.jsonl") == 2
    assert path.read_text() == before


def test_s1_47_retire_waits_for_every_credential_and_leaves_a_tombstone(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    held = [
        {"ref": "vault:a", "tier": "high", "rotated_at": "2026-11-01"},
        {"ref": "vault:b", "tier": "low", "rotated_at": "2026-11-01"},
    ]
    path = put("tf-bot", credentials=held)
    before = path.read_text()
    words = ("retire", "tf-bot", *WHO, "--ledger", "l.jsonl")
    assert gate(*words) == 1
    assert gate(*words, "--revoked", "vault:a") == 1
    assert "[x] credential vault:a revoked\n  [ ] credential vault:b" in capsys.readouterr().out
    assert gate(*words, "--revoked", "vault:c") == 2
    assert path.read_text() == before
    assert gate(*words, "--revoked", "vault:a", "--revoked", "vault:b", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["credential"] == "vault:a, vault:b"
    (record,) = load_registry({"agents/tf-bot.yml": path.read_bytes()}, {}) or ()
    assert (record.state, record.credentials) == ("decommissioned", ())
    assert record.identities.logins == ("tf-bot[bot]",)
    assert gate(*words) == 2
    assert gate("suspend", "tf-bot", *WHO) == 2
    with pytest.raises(ConfigError, match="decommissioned agent tf-bot"):
        load_registry(
            {"agents/tf-bot.yml": path.read_bytes(), "agents/a.yml": put("a").read_bytes()}, {}
        )


# Reviews and rotations (S1-46, S1-03).


@pytest.mark.parametrize(
    ("today", "code"), [("2027-01-30", 0), ("2027-01-31", 0), ("2027-02-01", 1), ("2027-05-03", 1)]
)
def test_review_is_exit_1_once_it_is_overdue(
    gate: Gate, today: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    put("tf-bot")
    assert gate("review", now=today) == code
    assert gate("review", "--format", "json", now=today) == code
    (item,) = json.loads(capsys.readouterr().out)
    assert item["overdue"] is bool(code)


@pytest.mark.parametrize(
    ("by", "until", "code"),
    [("alice", "2027-02-24", 0), ("BOB", "2026-11-25", 0), ("mallory", "2027-02-24", 2),
     ("alice", "2027-02-25", 2), ("alice", "2026-11-24", 2), ("alice", "soon", 2)],
)  # fmt: skip
def test_s1_46_only_owner_or_backup_closes_a_review_for_a_quarter(
    gate: Gate, by: str, until: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put("tf-bot")
    before = path.read_text()
    words = ("--close", "tf-bot", "--by", by, "--until", until, "--ledger", "l.jsonl")
    assert gate("review", *words) == code
    if code:
        assert path.read_text() == before
    else:
        assert "ledger entry 0 in l.jsonl\n" in capsys.readouterr().out
        assert path.read_text() == before.replace('"2027-01-31"', until)
        assert read_history(FileLedger("l.jsonl"))["tf-bot"].review_due == until


def test_rotation_lists_by_tier_and_notes_what_was_done(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    held = [
        {"ref": f"vault:{tier}", "tier": tier, "rotated_at": "2026-08-01"}
        for tier in ("low", "high", "medium")
    ]
    path = put("tf-bot", credentials=held)
    # NOTE: one credential a line, since three on one cannot be told apart
    path.write_text(re.sub(r"(credentials: \[|}, )(?={)", "\\1\n    ", path.read_text()))
    assert gate("rotation", "--format", "json") == 1
    listed = json.loads(capsys.readouterr().out)
    assert [(item["tier"], item["overdue"]) for item in listed] == [
        ("high", True), ("medium", True), ("low", False),
    ]  # fmt: skip
    before = path.read_text()
    words = ("--agent", "tf-bot", "--by", "alice", "--ledger", "l.jsonl")
    assert gate("rotation", "--done", "vault:high", *words) == 0
    high = before.index("vault:high")
    assert path.read_text() == before[:high] + before[high:].replace(
        '"2026-08-01"', "2026-11-24", 1
    )
    assert gate("rotation", "--done", "vault:none", *words) == 2
    assert gate("rotation", "--done", "vault:medium", *words) == 0
    assert gate("rotation", "--ledger", "l.jsonl") == 0


# Agents that nobody registered (S1-45).


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A repository to commit to."""
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q", "."], check=True)

    def commit(email: str, day: str, message: str = "Change it") -> None:
        moment = f"{day}T12:00:00Z"
        env = {**os.environ, "GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        who = ["-c", f"user.email={email}", "-c", "user.name=A"]
        words = ["commit", "-q", "--allow-empty", "--no-gpg-sign", "-m", message]
        subprocess.run([*git, *who, *words], check=True, env=env)

    return commit


CLAUDE = "Change it\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
DEVIN = "158243242+devin-ai-integration[bot]@users.noreply.github.com"
FIXER = "99+night-fixer[bot]@users.noreply.github.com"
DEPENDABOT = "49699333+dependabot[bot]@users.noreply.github.com"


def test_s1_45_history_with_three_unregistered_agents_lists_all_three(
    gate: Gate, history: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    history("alice@example.com", "2026-01-01")
    history("alice@example.com", "2026-02-01", CLAUDE)
    history(DEVIN, "2026-03-01")
    history(FIXER, "2026-04-01")
    history(DEPENDABOT, "2026-04-02")
    history("alice@example.com", "2026-05-01", CLAUDE)
    assert gate("discover", "--format", "json") == 1
    answer = json.loads(capsys.readouterr().out)
    found = [(i["agent"], i["first"], i["last"], i["commits"]) for i in answer["unregistered"]]
    assert found == [
        ("claude-code", "2026-02-01", "2026-05-01", 2),
        ("devin", "2026-03-01", "2026-03-01", 1),
        ("night-fixer[bot]", "2026-04-01", "2026-04-01", 1),
    ]
    assert answer["commits"] == 6
    assert gate("discover") == 1
    told = capsys.readouterr().out
    assert "night-fixer[bot]" in told
    assert "author_email" not in told
    assert "Register each of them with `gate agents onboard ID --agent AGENT`." in told


def test_registered_agent_is_not_listed_and_one_that_was_not_seen_is(
    gate: Gate, history: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    history(FIXER, "2026-04-01")
    put("fixer", identities={"logins": ["night-fixer[bot]"]})
    put("idle", identities={"logins": ["idle[bot]"]})
    put("gone", identities={"logins": ["gone[bot]"]}, state="decommissioned")
    assert gate("discover", "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["unregistered"] == []
    assert answer["seen"] == {"fixer": "2026-04-01"}
    assert answer["idle"] == ["idle"]


def test_discover_keeps_to_a_range_and_to_days(
    gate: Gate, history: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    history(DEVIN, "2026-03-01")
    history(FIXER, "2026-04-01")
    assert gate("discover", "HEAD~1...HEAD", "--format", "json") == 1
    assert len(json.loads(capsys.readouterr().out)["unregistered"]) == 1
    assert gate("discover", "--since", "2026-03-15", "--format", "json") == 1
    assert len(json.loads(capsys.readouterr().out)["unregistered"]) == 1
    assert gate("discover", "--since", "2026-05-01") == 0
    for words in (("--since", "May"), ("nowhere",), ("a..b",), ("--", "--output=x")):
        assert gate("discover", *words) == 2


def test_workflow_that_runs_an_agent_is_listed(
    gate: Gate, history: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(".github/workflows")
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text("steps:\n  - uses: 'OpenAI/codex-action@v1'\n")
    (folder / "b.yml").write_text("steps:\n  - uses: actions/checkout@v4\n")
    (folder / "c.txt").write_text("  - uses: openai/codex-action@v1\n")
    subprocess.run(["git", "add", "."], check=True)
    history("alice@example.com", "2026-01-01")
    assert gate("discover", "--format", "json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["workflows"] == [
        {"path": ".github/workflows/a.yml", "action": "openai/codex-action", "agent": "codex-cli"}
    ]
    put("codex", identities={"agents": ["codex-cli"]})
    assert gate("discover") == 0


def test_outside_of_a_repository_is_exit_2(gate: Gate) -> None:
    assert gate("discover") == 2


# The page.

STEPS_OF_THE_PAGE = [block for block in blocks(PAGE) if block.kind == "run"]


def shown(block: Block) -> str:
    """What a block says that the command prints: what follows the command's lines."""
    lines = block.body.split("\n")
    while lines[0].endswith("\\"):
        lines.pop(0)
    return "\n".join(lines[1:])


_DIGEST = re.compile(r"[0-9a-f]{64}")


def test_page_shows_what_the_commands_print(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert len(STEPS_OF_THE_PAGE) >= 8
    promotions = [block for block in STEPS_OF_THE_PAGE if " promote " in block.words]
    for block in STEPS_OF_THE_PAGE:
        if block is promotions[0]:
            watch_quietly()
        main(shlex.split(block.words)[1:])
        printed = capsys.readouterr()
        said = _DIGEST.sub("<digest>", printed.out + printed.err)
        assert said == _DIGEST.sub("<digest>", shown(block)), block.words


def watch_quietly() -> None:
    """The six pull requests that the page speaks of."""
    past = Past("ledger.jsonl")
    used = [{"surface": "network", "environment": "staging", "action": "update"}]
    for number in range(1, 7):
        past.decided(number, day(number * 3), used=used)


def test_page_names_every_rule_of_the_family(repository_rules: set[str]) -> None:
    text = PAGE.read_text()
    assert {rule for rule in repository_rules if f"| `{rule}` |" not in text} == set()


@pytest.fixture
def repository_rules() -> set[str]:
    """Ids of the rules about agents."""
    folder = ROOT / "rego" / "rules" / "agents"
    return {
        f"agents.{path.stem}" for path in folder.glob("*.rego") if not path.stem.endswith("_test")
    }


def test_example_fits_the_published_schema() -> None:
    schema = json.loads((ROOT / "gate/schema/v1/agent.schema.json").read_text())
    for path in sorted((EXAMPLE / "agents").glob("*.yml")):
        jsonschema.validate(parse_yaml(path.read_bytes(), path.name), schema)


@pytest.mark.parametrize("name", ["tf-bot[bot]", "TF-Bot", "", " ", "a\nstate: active", "x" * 300])
def test_who_decides_has_a_login_that_is_no_agent_s(gate: Gate, name: str) -> None:
    path = put("tf-bot")
    before = path.read_text()
    words = ("suspend", "tf-bot", "--by", name, "--reason", "because", "--ledger", "l.jsonl")
    assert gate(*words) == 2
    assert path.read_text() == before
    assert not Path("l.jsonl").exists()


def test_registry_behind_a_link_is_refused(gate: Gate) -> None:
    put("tf-bot")
    Path(".gate/agents").rename("elsewhere")
    Path(".gate/agents").symlink_to(Path("elsewhere").resolve())
    assert gate("list") == 2
