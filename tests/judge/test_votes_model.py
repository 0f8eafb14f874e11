"""Random histories: the count is that of a simple model that replays them from the start."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from judge.scene import IDS, commit, facts, who

from gate.judge.approvals import Ballot, Franchise, count_votes

PEOPLE = ("mona", "bob", "carol", "dave", "erin")
"""mona is the author, dave asked for the change; the others have no stake."""
BOT = {"login": "ci[bot]", "id": 50, "type": "Bot"}
FRANCHISE = Franchise(requesters=("dave",))

person = st.sampled_from(PEOPLE)
anybody = st.sampled_from((*PEOPLE, "ci[bot]"))
ACTIONS = st.one_of(
    st.tuples(st.just("approve"), person),
    st.tuples(st.just("object"), person),
    st.tuples(st.just("chat"), person),
    st.tuples(st.just("command"), person),
    st.tuples(st.just("command_by_app"), person),
    st.tuples(st.just("command_for_other"), person),
    st.tuples(st.just("edit"), person),
    st.tuples(st.just("delete"), person),
    st.tuples(st.just("revoke"), person),
    st.tuples(st.just("revoke_of"), person, person),
    st.tuples(st.just("dismiss"), anybody, person),
    st.tuples(st.just("push")),
    st.tuples(st.just("push_moving")),
    st.tuples(st.just("force_push_back")),
    st.tuples(st.just("retarget")),
    st.tuples(st.just("label"), anybody),
    st.tuples(st.just("unlabel"), anybody),
    st.tuples(st.just("permit"), person, st.sampled_from(("read", "write", "maintain", "none"))),
)
"""What happens, one after the other, a minute apart."""


@dataclass
class World:
    """What GitHub would tell at the end."""

    clock: datetime = datetime(2026, 11, 20, 10, tzinfo=UTC)
    heads: list[str] = field(default_factory=lambda: ["0" * 39 + "1"])
    head: str = "0" * 39 + "1"
    arrived: datetime | None = None
    pushed: datetime = datetime(2026, 11, 20, 8, tzinfo=UTC)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    permissions: dict[str, str] = field(
        default_factory=lambda: {**dict.fromkeys(PEOPLE, "write"), "carol": "admin"}
    )


@dataclass
class Model:
    """What the votes are, in the plainest way: everything that goes is gone."""

    voices: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in PEOPLE})
    objecting: set[str] = field(default_factory=set)
    label: str | None = None

    def nobody(self) -> None:
        for voices in self.voices.values():
            voices.clear()
        if self.label is not None:
            self.label = "stale"


class History:
    """Plays actions on both."""

    def __init__(self, seed: int) -> None:
        self.world = World()
        self.model = Model()
        self._chance = random.Random(seed)

    def play(self, actions: list[tuple[str, ...]]) -> None:
        for kind, *names in actions:  # permissions are those of the end
            if kind == "permit":
                self.world.permissions[names[0]] = names[1]
        for kind, *names in actions:
            self.world.clock += timedelta(minutes=1)
            getattr(self, f"_{kind}")(*names)

    def count(self) -> Ballot:
        world = self.world
        for many in (world.reviews, world.comments, world.events):
            self._chance.shuffle(many)
        return count_votes(
            facts(
                pull={"head": {"ref": "t", "sha": world.head}, "labels": world.labels},
                commits=[commit(date=_text(world.pushed), sha=world.head)],
                reviews=world.reviews,
                comments=world.comments,
                events=world.events,
                permissions=world.permissions,
                head_arrived_at=_text(world.arrived) if world.arrived else None,
            ),
            FRANCHISE,
        )

    def expected(self) -> tuple[set[str], set[str], bool]:
        able = {
            name
            for name in PEOPLE
            if name not in ("mona", "dave") and self.world.permissions[name] not in ("read", "none")
        }
        counted = {name for name, voices in self.model.voices.items() if voices} & able
        # a requester is who a description says it is, so an objection of theirs holds as well
        heard = able | (
            {"dave"} if self.world.permissions["dave"] not in ("read", "none") else set()
        )
        return counted, self.model.objecting & heard, self.model.label in able

    def _actor(self, name: str) -> dict[str, Any]:
        if name == "ci[bot]":
            return BOT
        return self._chance.choice([who(name), who(name.upper()), who(name, 0), who(name)]) | {
            "id": self._chance.choice([IDS[name], 0])
        }

    def _review(self, name: str, state: str) -> None:
        self.world.reviews.append(
            {
                "id": len(self.world.reviews) + 1,
                "user": self._actor(name),
                "state": state,
                "commit_id": self.world.head,
                "submitted_at": _text(self.world.clock),
                "_by": name,
            }
        )

    def _approve(self, name: str) -> None:
        self._review(name, "APPROVED")
        self.model.objecting.discard(name)
        self.model.voices[name].add("review")

    def _object(self, name: str) -> None:
        self._review(name, "CHANGES_REQUESTED")
        self.model.objecting.add(name)
        self.model.voices[name].clear()

    def _chat(self, name: str) -> None:
        self._review(name, "COMMENTED")
        self._say(name, "/gate is a nice word to begin with? no: > /gate approve")

    def _say(self, name: str, body: str, **more: Any) -> str:
        now = _text(self.world.clock)
        made = {"id": len(self.world.comments) + 1, "user": self._actor(name), "body": body}
        made |= {"created_at": now, "updated_at": now, "_by": name, "_key": f"c{now}"}
        self.world.comments.append({**made, **more})
        return f"c{now}"

    def _command(self, name: str) -> None:
        key = self._say(name, f"/gate approve {self.world.head}")
        if name not in self.model.objecting:
            self.model.voices[name].add(key)

    def _command_by_app(self, name: str) -> None:
        body = f"/gate approve {self.world.head}"
        self._say(name, body, performed_via_github_app={"id": 4})

    def _command_for_other(self, name: str) -> None:
        self._say(name, f"/gate approve {'f' * 40}")

    def _own_command(self, name: str) -> dict[str, Any] | None:
        own = [
            made
            for made in self.world.comments
            if made["_by"] == name and made["body"].startswith("/gate approve")
        ]
        return own[-1] if own else None

    def _edit(self, name: str) -> None:
        made = self._own_command(name)
        if made is not None:
            made["updated_at"] = _text(self.world.clock)
            self.model.voices[name].discard(made["_key"])

    def _delete(self, name: str) -> None:
        made = self._own_command(name)
        if made is not None:
            self.world.comments.remove(made)
            self.model.voices[name].discard(made["_key"])

    def _revoke(self, name: str) -> None:
        self._say(name, "/gate revoke")
        self.model.voices[name].clear()

    def _revoke_of(self, by: str, name: str) -> None:
        self._say(by, f"/gate revoke @{name}")
        if by == name or self.world.permissions[by] in ("maintain", "admin"):
            self.model.voices[name].clear()

    def _dismiss(self, by: str, name: str) -> None:
        own = [review for review in self.world.reviews if review["_by"] == name]
        decisive = [review for review in own if review["state"] != "COMMENTED"]
        if not decisive or decisive[-1]["state"] == "DISMISSED":
            return
        review = decisive[-1]
        was, review["state"] = review["state"], "DISMISSED"
        said = {"state": was.lower(), "review_id": review["id"]}
        self._event("review_dismissed", by, dismissed_review=said)
        if was == "APPROVED":
            self.model.voices[name].clear()
        elif by not in ("mona", "dave", "ci[bot]"):
            self.model.objecting.discard(name)

    def _event(self, kind: str, by: str, **more: Any) -> None:
        made = {"event": kind, "actor": self._actor(by), "created_at": _text(self.world.clock)}
        self.world.events.append({**made, **more})

    def _push(self) -> None:
        world = self.world
        world.head = f"{len(world.heads) + 1:040x}"
        world.heads.append(world.head)
        world.pushed = world.clock
        world.arrived = world.clock if self._chance.random() < 0.5 else None
        self.model.nobody()

    def _push_moving(self) -> None:
        self._push()
        self.world.arrived = self.world.clock
        for review in self.world.reviews:
            review["commit_id"] = self.world.head

    def _force_push_back(self) -> None:
        world = self.world
        world.head = self._chance.choice(world.heads)
        world.pushed = world.clock
        world.arrived = self._chance.choice([None, datetime(2026, 11, 20, 8, tzinfo=UTC)])
        self._event("head_ref_force_pushed", "mona")
        self.model.nobody()

    def _retarget(self) -> None:
        self._event("base_ref_changed", "mona")
        self.model.nobody()

    def _label(self, name: str) -> None:
        self.world.labels = [{"name": "iam-approved"}]
        self._event("labeled", name, label={"name": "iam-approved"})
        self.model.label = name

    def _unlabel(self, name: str) -> None:
        if self.world.labels:
            self.world.labels = []
            self._event("unlabeled", name, label={"name": "iam-approved"})
            self.model.label = None

    def _permit(self, *_: str) -> None:
        """Done before the rest: only what somebody may do in the end matters."""


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@settings(max_examples=1_500, deadline=None)
@given(st.lists(ACTIONS, max_size=25), st.integers(0, 2**32))
def test_votes_are_those_of_a_replay(actions: list[tuple[str, ...]], seed: int) -> None:
    history = History(seed)
    history.play(actions)
    ballot = history.count()
    counted, objecting, label = history.expected()
    assert {vote.login.lower() for vote in ballot.counted} == counted
    assert {login.lower() for login in ballot.objections} == objecting
    assert any(event.counts for event in ballot.labels) == label
    assert len(ballot.counted) == len(counted)
    assert not ballot.unknown
    assert not ballot.undecided
