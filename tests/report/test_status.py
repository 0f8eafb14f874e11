"""The commit status: what it says of a decision, and when it withholds a success."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from forge.reports import finding, held, report_of, unjudged
from forge.scenario import BASE, HEAD, make_state
from forge.server import Server, serve
from forge.state import Identity

from gate.errors import CollectError
from gate.forge import Forge
from gate.report.post_status import StatusOutcome, StatusPoster
from gate.report.status import (
    CONTEXT,
    JUDGING,
    MAX_DESCRIPTION,
    StatusDraft,
    render_status,
    withhold,
)
from gate.schema.facts import Pull, PullRef, Sibling
from gate.schema.forge import ForgeSettings
from gate.schema.votes import CountedVote, Requirement, Votes

RUN = "https://github.com/acme/app/actions/runs/"


def waiting(**votes: Any) -> Any:
    return report_of("hold", finding(1, enforcement="approve"), votes=Votes(**votes))


@pytest.mark.parametrize(
    ("report", "state", "words"),
    [
        (report_of("pass"), "success", "nothing to object to"),
        (report_of("warn", finding(1, enforcement="warn")), "success", "1 warning"),
        (held(2), "pending", "2 approvals missing (iam 2)"),
        (report_of("block", finding(1)), "failure", "1 blocking"),
        (unjudged("the plan ends early"), "error", "could not judge: the plan ends early"),
    ],
    ids=["pass", "warn", "hold", "block", "error"],
)
def test_status_of_a_decision(report: Any, state: str, words: str) -> None:
    draft = render_status(report)
    assert draft.state == state
    assert words in draft.description


@pytest.mark.parametrize(
    ("report", "state"),
    [(held(1), "success"), (report_of("block", finding(1)), "success"), (unjudged(), "error")],
    ids=["hold", "block", "error"],
)
def test_status_of_a_site_that_observes_stops_nothing_but_an_error(report: Any, state: str) -> None:
    import msgspec

    draft = render_status(msgspec.structs.replace(report, observe=True))
    assert draft.state == state
    assert ("observed only" in draft.description) == (state == "success")


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        (
            {
                "required": (Requirement(surface="iam", min=2, teams=("acme/security",)),),
                "missing": 1,
                "counted": (CountedVote(login="bob", via="review", at="", sha=HEAD),),
            },
            "1 approval missing, 1 counted (iam 2 of acme/security)",
        ),
        ({"objections": ("bob",)}, "bob requests changes"),
        ({"objections": ("bob", "carol")}, "bob, carol request changes"),
        ({"unowned": ("infra/main.tf",)}, "a code owner of infra/main.tf is missing"),
    ],
    ids=["people", "objection", "objections", "code owner"],
)
def test_status_of_a_hold_says_what_is_missing(votes: dict[str, Any], words: str) -> None:
    assert words in render_status(waiting(**votes)).description


def test_semantic_b8_83_description_fits_and_is_one_safe_line() -> None:
    hostile = "x\n::error::y \u202e @acme/everyone " + "z" * 500
    description = render_status(unjudged(hostile)).description
    assert len(description) == MAX_DESCRIPTION
    assert description.endswith("…")
    assert not set("\n\r\u202e") & set(description)


def pull_of(**more: Any) -> Pull:
    return Pull(
        number=7,
        base=PullRef(ref="main", sha=BASE),
        head=PullRef(ref="change", sha=HEAD),
        **more,
    )


GREEN = StatusDraft(state="success", description="nothing to object to")


@pytest.mark.parametrize(
    ("pull", "siblings", "base", "words"),
    [
        (
            pull_of(),
            (Sibling(number=8, base="release"),),
            "main",
            "open for another branch as well: #8 into release",
        ),
        (pull_of(), None, "main", "cannot tell whether another pull request has this commit"),
        (pull_of(), (), "old", "the base is main now, old was judged"),
        (pull_of(draft=True), (), "main", "a draft"),
        (pull_of(state="closed"), (), "main", "not open"),
    ],
    ids=["B7-73 sibling", "sibling unknown", "B7-36 retargeted", "B7-78 draft", "closed"],
)
def test_success_is_withheld(pull: Pull, siblings: Any, base: str, words: str) -> None:
    draft = withhold(GREEN, pull, siblings, base)
    assert draft.state == "pending"
    assert words in draft.description
    red = StatusDraft(state="failure", description="1 blocking")
    assert withhold(red, pull, siblings, base) == red


@pytest.mark.parametrize("siblings", [(), (Sibling(number=8, base="main"),)])
def test_success_stands_where_the_commit_goes_to_one_branch(siblings: Any) -> None:
    assert withhold(GREEN, pull_of(), siblings, "main") == GREEN


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_state({"a.txt": (b"a\n", b"b\n")})) as running:
        yield running
        assert running.violations == []


def poster(server: Server, run: int = 5, token: str = "writer", naps: Any = None) -> StatusPoster:
    settings = ForgeSettings(api_url=server.url, write_pause=0, backoff=0, retries=0)
    target = f"{RUN}{run}" if run else ""
    return StatusPoster(
        Forge("acme/app", token, settings), HEAD, target, (naps if naps is not None else []).append
    )


def states(server: Server) -> list[str]:
    return [status["state"] for status in server.state.statuses]


def seen(server: Server, state: str, run: int = 4, **more: Any) -> None:
    status = {"sha": HEAD, "context": CONTEXT, "state": state, "target_url": f"{RUN}{run}"}
    creator = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
    server.state.statuses.append({"creator": creator, **status, **more})


def test_status_is_written_under_its_own_name(server: Server) -> None:
    assert poster(server).write(GREEN) == StatusOutcome(action="written")
    (status,) = server.state.statuses
    assert (status["context"], status["state"]) == ("gate/decision", "success")
    assert status["target_url"] == f"{RUN}5"


def test_success_is_taken_back_before_it_is_judged_again(server: Server) -> None:
    seen(server, "success")
    assert poster(server).withdraw().action == "written"
    assert states(server) == ["success", "pending"]
    assert server.state.statuses[-1]["description"] == JUDGING.description


@pytest.mark.parametrize("state", ["pending", "failure", "error"])
def test_other_status_stands_until_the_decision(server: Server, state: str) -> None:
    seen(server, state)
    assert poster(server).withdraw().action == "none"
    assert states(server) == [state]


def test_success_of_another_name_or_account_is_not_ours_to_take_back(server: Server) -> None:
    seen(server, "success", context="ci/test")
    seen(server, "success", creator={"login": "mallory", "id": 9, "type": "User"})
    assert poster(server).withdraw().action == "none"


def test_status_that_somebody_else_wrote_is_replaced_and_named(server: Server) -> None:
    seen(server, "failure")
    seen(server, "success", creator={"login": "mallory", "id": 9, "type": "User"})
    outcome = poster(server).write(StatusDraft(state="failure", description="1 blocking"))
    assert (outcome.action, states(server)[-1]) == ("written", "failure")
    assert "mallory" in outcome.notes[0]


@pytest.mark.parametrize(
    ("newest", "ours", "action"),
    [(6, 5, "superseded"), (5, 5, "written"), (4, 5, "written"), (6, 0, "written")],
    ids=["newer", "same run", "older", "on a laptop"],
)
def test_semantic_b8_86_older_run_never_overwrites_a_newer_one(
    server: Server, newest: int, ours: int, action: str
) -> None:
    seen(server, "success", newest)
    assert poster(server, ours).write(JUDGING).action == action
    assert poster(server, ours).withdraw().action in (action, "none")


@pytest.mark.parametrize("url", [None, "", f"{RUN}x", "https://evil.example/9", f"{RUN}9/x"])
def test_status_without_a_run_orders_nothing(server: Server, url: Any) -> None:
    seen(server, "success", target_url=url)
    assert poster(server, 5).write(JUDGING).action == "written"


def test_token_without_the_right_is_a_note_not_a_crash(server: Server) -> None:
    server.state.tokens["reviewer"] = Identity(lacks=frozenset({"statuses"}))
    outcome = poster(server, token="reviewer").write(GREEN)
    assert outcome.action == "refused"
    assert "no commit status could be written" in outcome.notes[0]
    assert states(server) == []


def test_success_that_cannot_be_taken_back_is_said_loudly(server: Server) -> None:
    seen(server, "success")
    server.state.tokens["reviewer"] = Identity(lacks=frozenset({"statuses"}))
    outcome = poster(server, token="reviewer").withdraw()
    assert "STILL STANDS" in outcome.notes[0]


@pytest.mark.parametrize(
    ("status", "message", "nap"),
    [(502, "Server Error", 3.0), (403, "You have exceeded a secondary rate limit", 7.0)],
)
def test_status_is_sent_again_after_a_hiccup(
    server: Server, status: int, message: str, nap: float
) -> None:
    headers = {"Retry-After": "7"} if status == 403 else {}
    server.fail("POST", "/statuses/", status, message=message, headers=headers)
    naps: list[float] = []
    assert poster(server, naps=naps).write(GREEN).action == "written"
    assert naps == [nap]


def test_status_that_github_never_takes_is_given_up(server: Server) -> None:
    server.fail("POST", "/statuses/", 502, times=9)
    naps: list[float] = []
    assert poster(server, naps=naps).write(GREEN).action == "refused"
    assert (len(naps), server.count("POST")) == (2, 3)


def test_thousandth_status_is_refused_in_words(server: Server) -> None:
    for _ in range(1000):
        seen(server, "pending")
    outcome = poster(server).write(GREEN)
    assert outcome.action == "refused"
    assert "maximum number of statuses" in outcome.notes[0]


def test_statuses_that_cannot_be_read_are_an_error(server: Server) -> None:
    server.fail("GET", "/statuses", 500, times=9)
    with pytest.raises(CollectError, match="statuses"):
        poster(server).write(GREEN)
