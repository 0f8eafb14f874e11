"""Reservations: what is written, what is taken again, and what a lease means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from enquire.ledger import NOON, ask, limit, outcome

from gate.enquire.limits import weigher
from gate.errors import ConflictError, RecordError, UnknownOutcomeError
from gate.record import reservation
from gate.record.reservation import Reservation, commit, look, release, reserve
from gate.schema.entry import Entry
from gate.schema.question import Question
from gate.schema.site import Limit
from gate.store.streams import LIMITS, Streams

TWO_PULLS = limit("pulls", 2)
LATER = "2026-03-02T12:10:00Z"
AFTER_THE_LEASE = "2026-03-02T12:15:00Z"


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


def take(
    streams: Streams, question: Question, *limits: Limit, now: str = NOON, settle: bool = True
) -> Reservation:
    taken = reserve(streams, question, weigher(question, limits or (TWO_PULLS,)), now)
    if settle:
        commit(streams, taken, "d" * 64, now)
    return taken


def kinds(streams: Streams) -> list[str]:
    return [entry.kind for entry in streams.store.read(LIMITS)]


def test_reserves_commits_and_says_what_others_used(streams: Streams) -> None:
    assert take(streams, ask(1)).uses[0].used == 0
    assert take(streams, ask(2)).uses[0].used == 1
    third = take(streams, ask(3))
    assert (third.id, third.uses[0].exceeded) == ("", True)
    assert kinds(streams) == ["reserve", "commit"] * 2


def test_look_takes_nothing(streams: Streams) -> None:
    seen = look(streams, ask(1), weigher(ask(1), [TWO_PULLS]), NOON)
    assert (seen.id, seen.uses[0].wanted) == ("", 1)
    assert kinds(streams) == []


@pytest.mark.parametrize(
    ("question", "limits"),
    [
        (ask(1), ()),
        (ask(1, agent="", registered=""), (TWO_PULLS,)),
        (ask(1), (limit("pulls", 1, agents=("devin",)),)),
    ],
    ids=["no limits", "a person's change", "limits of another agent"],
)
def test_change_that_no_limit_speaks_of_writes_nothing(
    streams: Streams, question: Question, limits: Sequence[Limit]
) -> None:
    taken = reserve(streams, question, weigher(question, limits), NOON)
    commit(streams, taken, "d" * 64, NOON)
    assert (taken, kinds(streams)) == (Reservation("", ()), [])


def test_over_the_limit_of_surfaces_is_reserved_all_the_same(streams: Streams) -> None:
    question = ask(1, surfaces=("iam",))
    taken = take(streams, question, limit("surfaces", 0))
    assert taken.uses[0].exceeded
    assert kinds(streams) == ["reserve", "commit"]


def test_same_head_again_takes_nothing_new(streams: Streams) -> None:
    first = take(streams, ask(1, files=3, environments={"prod": (2, 1)}))
    again = take(streams, ask(1, files=3, environments={"prod": (2, 1)}), now=LATER)
    assert (again.id, again.settled) == (first.id, True)
    assert kinds(streams) == ["reserve", "commit"]


@pytest.mark.parametrize(
    "again",
    [
        ask(1, "b"),
        ask(1, files=4),
        ask(1, surfaces=("iam",)),
        ask(1, environments={"prod": (3, 1)}),
        ask(1, environments={"prod": (2, 2)}),
        ask(1, environments={"dev": (1, 0)}),
        ask(1, plans=("1" * 64,)),
        ask(1, requester="bob"),
    ],
    ids=["head", "files", "surface", "changed", "destroyed", "environment", "plan", "requester"],
)
def test_what_grew_is_reserved_anew(streams: Streams, again: Question) -> None:
    take(streams, ask(1, files=3, environments={"prod": (2, 1)}))
    take(streams, again, now=LATER)
    assert kinds(streams) == ["reserve", "commit"] * 2


def test_reservation_outside_of_the_shortest_window_is_made_anew(streams: Streams) -> None:
    limits = (limit("pulls", 9, window="5m"), limit("files", 9, window="7d"))
    take(streams, ask(1), *limits)
    take(streams, ask(1), *limits, now="2026-03-02T12:05:00Z")
    assert kinds(streams) == ["reserve", "commit"] * 2


def test_leased_reservation_of_another_run_is_left_to_it(streams: Streams) -> None:
    first = take(streams, ask(1), settle=False)
    second = take(streams, ask(1), settle=False)
    assert first.id != second.id
    assert second.uses[0].used == 0


def test_released_share_is_free_again(streams: Streams) -> None:
    one = limit("pulls", 1)
    taken = take(streams, ask(1), one, settle=False)
    assert take(streams, ask(2), one).id == ""
    release(streams, taken, "the decision is error\u202e", NOON)
    assert take(streams, ask(2), one).id
    reason = next(e for e in streams.store.read(LIMITS) if e.kind == "release").body["reason"]
    assert "\u202e" not in reason


def test_lease_holds_for_a_quarter_of_an_hour(streams: Streams) -> None:
    one = limit("pulls", 1)
    take(streams, ask(1), one, settle=False)
    assert take(streams, ask(2), one, now="2026-03-02T12:14:59Z").id == ""
    assert take(streams, ask(2), one, now=AFTER_THE_LEASE).id


def test_decision_after_its_lease_is_refused(streams: Streams) -> None:
    one = limit("pulls", 1)
    slow = take(streams, ask(1), one, settle=False)
    assert take(streams, ask(2), one, now=AFTER_THE_LEASE).id
    with pytest.raises(RecordError, match="had run out"):
        commit(streams, slow, "d" * 64, NOON)


def test_settling_twice_writes_once(streams: Streams) -> None:
    taken = take(streams, ask(1))
    commit(streams, taken, "d" * 64, NOON)
    release(streams, taken, "late", LATER)
    assert kinds(streams) == ["reserve", "commit"]
    assert take(streams, ask(2), limit("pulls", 1)).uses[0].used == 1


def test_time_never_goes_back(streams: Streams) -> None:
    one = limit("pulls", 1)
    take(streams, ask(1), one, now=LATER)
    late = take(streams, ask(2), one, now="2026-02-01T00:00:00Z")
    assert (late.id, late.uses[0].used) == ("", 1)
    take(streams, ask(3), limit("pulls", 9), now="2026-02-01T00:00:00Z")
    moments = [entry.at for entry in streams.store.read(LIMITS)]
    assert moments == sorted(moments)


def test_run_in_a_wrong_year_empties_no_window_and_stops_no_time(streams: Streams) -> None:
    for number in (1, 2, 3):
        take(streams, ask(number), limit("pulls", 9))
    take(streams, ask(4), limit("pulls", 9), now="2099-01-01T00:00:00Z")
    next_one = take(streams, ask(5), limit("pulls", 4), now=LATER)
    assert (next_one.id, next_one.uses[0].used) == ("", 4)
    assert next_one.uses[0].fits_at == "2026-03-03T12:00:00Z"
    two_days_on = take(streams, ask(5), limit("pulls", 2), now="2026-03-04T12:00:00Z")
    assert two_days_on.uses[0].used == 1
    assert two_days_on.id
    assert [entry.at for entry in streams.store.read(LIMITS)][-1] == "2026-03-04T12:00:00Z"


@pytest.mark.parametrize("now", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_end_of_time_is_an_error(streams: Streams, now: str) -> None:
    with pytest.raises(RecordError, match="at the end of time"):
        take(streams, ask(1), now=now)


@pytest.mark.parametrize("then", [(), ("opened",)])
def test_same_head_opened_again_is_open_to_the_limit_of_open_ones(
    streams: Streams, then: Sequence[str]
) -> None:
    one = limit("open_pulls", 1, window="7d")
    take(streams, ask(1), one)
    for what in ("closed", *then):
        made = outcome(1, what)
        streams.ledger(LIMITS).append(made.kind, made.at, made.body)
    assert take(streams, ask(1), one).id
    other = take(streams, ask(2), one)
    assert (other.id, other.uses[0].used) == ("", 1)


def test_time_that_is_none_is_refused(streams: Streams) -> None:
    with pytest.raises(RecordError, match="not a time"):
        take(streams, ask(1), now="soon")


class Interfering:
    """A store whose appends meet what others do first."""

    def __init__(self, streams: Streams, *acts: Callable[[], None]) -> None:
        self._store = streams.store
        self._acts = list(acts)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def append(self, *arguments: object) -> tuple[Entry, ...]:
        if self._acts:
            self._acts.pop(0)()
        return self._store.append(*arguments)  # type: ignore[arg-type]


def interfere(streams: Streams, *acts: Callable[[], None]) -> Streams:
    other = Streams(streams.spec)
    other._store = Interfering(streams, *acts)  # type: ignore[assignment]
    return other


def untimely(streams: Streams, number: int) -> Callable[[], None]:
    """Somebody else reserves between the look and the append."""

    def act() -> None:
        question = ask(number)
        tail = reservation._Tail(streams.store, NOON, reservation.LEASE)
        body = reservation.share(question, NOON, reservation.LEASE)
        draft = reservation.Draft(kind="reserve", at=NOON, body=body, id=f"other{number}")
        assert tail.append(draft, reservation.Tries(reservation.LIMITS))

    return act


def test_reads_on_and_weighs_again_where_others_write_first(streams: Streams) -> None:
    taken = take(interfere(streams, untimely(streams, 2)), ask(1), settle=False)
    assert taken.uses[0].used == 1
    lost = take(interfere(streams, untimely(streams, 3)), ask(4), settle=False)
    assert (lost.id, lost.uses[0].used) == ("", 2)


def test_others_who_took_the_last_place_win(streams: Streams) -> None:
    late = take(interfere(streams, untimely(streams, 2)), ask(1), limit("pulls", 1), settle=False)
    assert (late.id, late.uses[0].others) == ("", ("acme/infra#2",))
    assert kinds(streams) == ["reserve"]


@pytest.mark.parametrize("written", [True, False])
def test_lost_answer_is_looked_up_by_its_event_id(streams: Streams, written: bool) -> None:
    class Losing(Interfering):
        lost = False

        def append(self, *arguments: object) -> tuple[Entry, ...]:
            if self.lost:
                return self._store.append(*arguments)  # type: ignore[arg-type]
            self.lost = True
            if written:
                self._store.append(*arguments)  # type: ignore[arg-type]
            raise UnknownOutcomeError("the line broke")

    other = Streams(streams.spec)
    other._store = Losing(streams)  # type: ignore[assignment]
    taken = take(other, ask(1), settle=False)
    assert [entry.id for entry in streams.store.read(LIMITS)] == [taken.id]


def test_gives_up_where_others_write_all_the_time(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(Interfering):
        def append(self, *arguments: object) -> tuple[Entry, ...]:
            raise ConflictError("somebody else wrote first")

    monkeypatch.setattr("gate.store.tries.PATIENCE", 0.0)
    other = Streams(streams.spec)
    other._store = Refusing(streams)  # type: ignore[assignment]
    with pytest.raises(RecordError, match="no entry could be written"):
        take(other, ask(1))
