"""`gate ledger as-of`: what was known then, and nothing that came later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from audit.evidence.history import INCIDENTS, append, pull, write

from gate.audit.as_of import as_of
from gate.audit.reading import read_all
from gate.cli import main
from gate.store.folder import FileStore

LIMITS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "reserve",
        "2026-10-02T10:00:00Z",
        {
            "pull": pull(7),
            "agent": "tf-bot",
            "measures": {"files": 3, "lines": 9, "resources": 2, "destroyed": 1},
            "lease": "2026-10-02T10:15:00Z",
        },
    ),
    ("commit", "2026-10-02T10:01:00Z", {"reservation": f"{0:026d}"}),
    (
        "reserve",
        "2026-10-03T10:00:00Z",
        {
            "pull": pull(8),
            "agent": "other",
            "measures": {},
            "lease": "2026-10-03T10:15:00Z",
        },
    ),
    ("release", "2026-10-03T10:05:00Z", {"reservation": f"{2:026d}", "reason": "blocked"}),
)
KILLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("kill", "2026-10-05T09:00:00Z", {"event": "lifted", "by": "bob", "reason": "looked"}),
)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    made = write(tmp_path / "ledger.jsonl", incidents=INCIDENTS[:1])
    append(made, "org/limits", LIMITS)
    append(made, "org/kill", (INCIDENTS[1], *KILLS))
    return made


@pytest.mark.parametrize(
    ("at", "state", "stopped", "held", "waivers"),
    [
        ("2026-08-01T00:00:00Z", None, 0, [], 0),
        ("2026-09-02T00:00:00Z", "", 0, [], 0),
        ("2026-10-02T10:00:30Z", "", 0, [("tf-bot", False)], 0),
        ("2026-10-02T11:00:00Z", "", 0, [("tf-bot", True)], 0),
        ("2026-10-03T10:01:00Z", "", 0, [("tf-bot", True), ("other", False)], 1),
        ("2026-10-03T10:06:00Z", "", 0, [("tf-bot", True)], 1),
        ("2026-10-04T09:29:59Z", "", 0, [("tf-bot", True)], 1),
        ("2026-10-04T09:30:00Z", "", 1, [("tf-bot", True)], 1),
        ("2026-10-04T12:00:00Z", "suspended", 1, [("tf-bot", True)], 1),
        ("2026-10-06T00:00:00Z", "suspended", 0, [("tf-bot", True)], 1),
    ],
)
def test_knows_what_was_known_then(
    store: FileStore, at: str, state: str | None, stopped: int, held: list[Any], waivers: int
) -> None:
    known = as_of(read_all(store), at)
    assert (known.agents["tf-bot"].state if known.agents else None) == state
    assert len(known.kills) == stopped
    assert [(one.agent, one.committed) for one in known.held] == held
    assert len(known.waivers) == waivers


def test_one_agent_alone(store: FileStore) -> None:
    known = as_of(read_all(store), "2026-10-03T10:01:00Z", "other")
    assert (list(known.agents), [one.agent for one in known.held]) == ([], ["other"])


class TestCommand:
    """`gate ledger as-of` as a person meets it."""

    def test_tells_it_in_lines(
        self, store: FileStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        spec = str(tmp_path / "ledger.jsonl")
        assert main(["ledger", "as-of", "2026-10-04T12:00:00Z", "--ledger", spec]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "as of 2026-10-04T12:00:00Z",
            "  agent     tf-bot: suspended",
            "  stopped   org since 2026-10-04T09:30:00Z by alice",
            "  limits    tf-bot acme/infra#7 since 2026-10-02T10:00:00Z: 2 resources, "
            "1 destroyed, 3 files, 9 lines",
            "  waiver    W-1 for a.b: 1 times, last 2026-10-03T10:00:00Z",
        ]

    def test_tells_it_in_json(
        self, store: FileStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        spec = str(tmp_path / "ledger.jsonl")
        words = ["ledger", "as-of", "2026-10-04", "--ledger", spec, "--format", "json"]
        assert main(words) == 0
        assert json.loads(capsys.readouterr().out)["at"] == "2026-10-04T00:00:00Z"

    @pytest.mark.parametrize("time", ["yesterday", "2026-13-01", ""])
    def test_no_time_is_2(self, store: FileStore, tmp_path: Path, time: str) -> None:
        assert main(["ledger", "as-of", time, "--ledger", str(tmp_path / "ledger.jsonl")]) == 2


def test_kills_stand_in_the_order_of_their_stream_and_in_either_case(tmp_path: Path) -> None:
    made = FileStore(str(tmp_path / "ledger.jsonl"))
    append(
        made,
        "org/kill",
        [
            (
                "kill",
                at,
                {"event": event, "scope": scope, "target": target, "by": "a", "reason": "b"},
            )
            for event, scope, target, at in (
                ("killed", "agent", "TF-Bot", "2026-10-01T09:00:00Z"),
                ("lifted", "agent", "tf-bot", "2026-10-01T09:00:01Z"),
                ("lifted", "repo", "acme/infra", "2026-10-01T09:00:09Z"),
                ("killed", "repo", "acme/infra", "2026-10-01T09:00:05Z"),
                ("killed", "repo", "ACME/infra", "2026-10-01T09:00:06Z"),
            )
        ],
    )
    known = as_of(read_all(made), "2026-10-02T00:00:00Z")
    assert [(one.target, one.at) for one in known.kills] == [("acme/infra", "2026-10-01T09:00:05Z")]
