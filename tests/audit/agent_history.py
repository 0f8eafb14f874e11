"""Histories of one agent, written through the ledger's own door."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from trust.samples import record

from gate.record.alerts import raise_alerts
from gate.record.incidents import append_incidents, draft
from gate.schema.agents import AgentRecord
from gate.schema.bodies import EntryName, PullName
from gate.schema.entry import Entry
from gate.schema.events import AlertBody, IncidentBody, KillBody, OutcomeBody
from gate.store.streams import KILL, Streams
from gate.trust.history import AgentEntry, append_event

START = date(2026, 10, 1)
REPO = "acme/infra"


def day(number: int, hour: int = 12) -> str:
    """The moment at noon of a day of the observation."""
    return f"{START + timedelta(days=number)}T{hour:02}:00:00Z"


def observed(**over: Any) -> AgentRecord:
    """An agent that has been observed since 1 October."""
    return record(
        **{
            "state": "observing",
            "observing_since": START.isoformat(),
            "promotion": None,
            "sandbox": {"environments": ["sandbox"]},
            **over,
        }
    )


class Past:
    """Writes what happened.

    Args:
        spec: the ledger.
    """

    def __init__(self, spec: str) -> None:
        self.streams = Streams(spec)

    def registered(self, at: str = day(0), agent: str = "tf-bot") -> None:
        """The agent's first entry."""
        body = AgentEntry(agent=agent, event="registered", by="alice", reason="It saves us days")
        append_event(self.streams.registry(), at, body)

    def event(self, name: str, at: str) -> None:
        """A turn in the agent's life."""
        body = AgentEntry(agent="tf-bot", event=name, by="bob", reason="why")  # type: ignore[arg-type]
        append_event(self.streams.registry(), at, body)

    def decided(
        self, number: int, at: str, decision: str = "pass", rules: tuple[str, ...] = (), **over: Any
    ) -> Entry:
        """One decision; `rules` are those that had a finding, `rule!` one that blocked."""
        head = over.pop("head", f"{number:040x}")
        findings = [
            {
                "id": f"{rule}-{number}",
                "rule": rule.rstrip("!"),
                "enforcement": "block" if rule.endswith("!") else "warn",
                "waived_by": over.get("waived_by"),
            }
            for rule in rules
        ]
        over.pop("waived_by", None)
        body = {
            "decision": decision,
            "pull": {"origin": "github", "repo": REPO, "number": number, "head": head, "base": ""},
            "authorship": "agent",
            "registered": "tf-bot",
            "findings": findings,
            "measures": {"files": 2, "lines": 30, "directories": ["infra/staging"]},
            **over,
        }
        return self.streams.decisions(REPO).append("decision", at, body)

    def quiet(self, pulls: int = 6) -> None:
        """Thirty days to which nobody can object."""
        self.registered()
        for number in range(1, pulls + 1):
            self.decided(number, day(number * 3))

    def came_to(self, outcome: str, number: int, at: str, stream: str = "") -> None:
        """What became of a pull request."""
        body = OutcomeBody(
            pull=PullName(repo=REPO, number=number, head=f"{number:040x}"),
            outcome=outcome,  # type: ignore[arg-type]
            at=at,
        )
        ledger = self.streams.ledger(stream) if stream else self.streams.decisions(REPO)
        ledger.append("outcome", at, msgspec.to_builtins(body))

    def killed(self, event: str, scope: str, target: str, at: str) -> None:
        """A kill, or its end."""
        body = KillBody(event=event, scope=scope, target=target, by="bob", reason="why")  # type: ignore[arg-type]
        self.streams.ledger(KILL).append("kill", at, msgspec.to_builtins(body))

    def alerted(self, source: str, key: str, about: Entry, at: str, agent: str = "tf-bot") -> str:
        """An alert about a decision; returns the incident it opened or joined."""
        name = EntryName(stream=self.streams.decisions_name(REPO), seq=about.seq, hash=about.hash)
        pull = msgspec.convert(about.body["pull"], PullName)
        body = AlertBody(
            source=source,  # type: ignore[arg-type]
            key=key,
            severity="high",
            agent=agent,
            pull=pull,
            about=(name,),
            first_at=about.at,
            text="Something is unusual",
        )
        written = raise_alerts(self.streams, (body,), at)
        return next((str(entry.id) for entry in written if entry.kind == "incident"), "")

    def closed(self, incident: str, at: str) -> None:
        """The end of an incident."""
        body = IncidentBody(incident=incident, event="closed", by="bob", reason="A false alarm")
        append_incidents(self.streams.store, lambda _: [draft("incident", at, body)])


def anomaly(signal: str = "volume") -> list[dict[str, Any]]:
    """What a decision keeps of an anomaly."""
    return [
        {
            "signal": signal,
            "agent": "tf-bot",
            "value": 40.0,
            "expected": 1.0,
            "probability": 1e-9,
            "baseline": "rolling",
            "text": "40 pull requests on one day, 1 expected",
        }
    ]


def overridden(review_by: str = "2026-10-12T12:00:00Z") -> dict[str, Any]:
    """Votes with an emergency override in force."""
    glass = {
        "by": ["alice", "bob"],
        "reason": "Production is down",
        "at": "2026-10-11T12:00:00Z",
        "in_force": True,
        "review_by": review_by,
    }
    return {"break_glass": glass}
