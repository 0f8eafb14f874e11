"""Who wrote each commit, what of it GitHub itself says, and the fault of an editor."""

from __future__ import annotations

import pytest

from gate.detect.agents import known_agents
from gate.detect.commits import view_commit
from gate.detect.provenance import detect
from gate.schema.facts import Actor, App, GitPerson, IssueEvent, Label

COPILOT = Actor(login="Copilot", id=198982749, type="Bot")
COPILOT_MAIL = "198982749+Copilot@users.noreply.github.com"
WEB = GitPerson(name="GitHub", email="noreply@github.com")
CLAUDE = {"name": "Claude", "email": "noreply@anthropic.com", "account": None}
LINE = "Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
DEPENDABOT = {
    "name": "dependabot[bot]",
    "email": "49699333+dependabot[bot]@users.noreply.github.com",
    "account": Actor(login="dependabot[bot]", id=49699333, type="Bot"),
}


@pytest.mark.parametrize(
    ("made", "author", "agent"),
    [
        ({}, "human", None),
        (CLAUDE, "agent", "claude-code"),
        ({"message": LINE}, "co-authored", "claude-code"),
        (
            {"committer": GitPerson(name="C", email="noreply@anthropic.com")},
            "co-authored",
            "claude-code",
        ),
        (DEPENDABOT, "automation", None),
        ({"parents": 2}, "merge", None),
        ({"parents": 2, **CLAUDE}, "merge", "claude-code"),
        ({"email": "1+acme-x[bot]@users.noreply.github.com", "account": None}, "unknown", None),
        (
            {"email": "41898282+github-actions[bot]@users.noreply.github.com", "account": None},
            "unknown",
            None,
        ),
        ({"name": "", "email": "", "account": None}, "human", None),
    ],
)
def test_each_commit_has_its_class(made, author, agent, facts, commit) -> None:
    (found,) = detect(facts([commit(**made)]), commits_complete=True).commits
    assert (found.author, found.agent, found.signed) == (author, agent, False)


def test_an_agent_s_merge_takes_part_and_writes_nothing(facts, commit) -> None:
    pull = facts([commit(), commit("Merge branch 'main'", parents=2, **CLAUDE)])
    assert detect(pull, commits_complete=True).authorship == "co-authored"
    mine = facts([commit(**CLAUDE), commit("Merge branch 'main'", parents=2)])
    assert detect(mine, commits_complete=True).authorship == "agent"


def test_commits_are_listed_oldest_first_and_not_without_end(facts, commit) -> None:
    pull = facts([commit(sha=f"{n:040x}") for n in range(300)])
    found = detect(pull, commits_complete=True).commits
    assert [c.sha for c in found] == [f"{n:040x}" for n in range(250)]


@pytest.mark.parametrize(
    ("made", "strength", "spoofable"),
    [
        ({"verified": True, "committer": WEB, "account": COPILOT}, "strong", False),
        ({"verified": True, "committer": WEB, "account": None}, "strong", True),
        ({"verified": False, "committer": WEB, "account": COPILOT}, "medium", True),
        (
            {"verified": True, "committer": GitPerson(name="M", email="m@x.test"), "account": None},
            "medium",
            True,
        ),
        (
            {
                "verified": True,
                "committer": GitPerson(name="web", email="w@x.test"),
                "account": COPILOT,
                "committed_by": Actor(login="web-flow", id=19864447),
            },
            "strong",
            False,
        ),
    ],
)
def test_an_author_is_proven_by_github_or_by_its_own_signature(
    made, strength, spoofable, commit
) -> None:
    view = view_commit(commit(name="Copilot", email=COPILOT_MAIL, **made), known_agents())
    signal = view.reading.signals[0]
    assert (signal.kind, signal.strength, signal.spoofable) == ("author_email", strength, spoofable)


def test_only_what_github_says_is_not_spoofable(facts, commit) -> None:
    event = IssueEvent(
        event="labeled",
        actor=Actor(login="alice"),
        label=Label(name="codex"),
        created_at="2026-11-20T10:00:02Z",
    )
    pull = facts(
        [commit(LINE), commit(**CLAUDE)],
        branch="codex/x",
        labels=["codex"],
        events=[event, IssueEvent(event="copilot_work_started", actor=Actor(login="bob", id=2))],
        app=App(slug="chatgpt-codex-connector"),
        body="https://chatgpt.com/codex/tasks/task_e_0a",
    )
    found = detect(pull, commits_complete=True)
    assert {(s.kind, s.agent) for s in found.signals if not s.spoofable} == {
        ("app", "codex-cloud"),
        ("app", "copilot-agent"),
        ("label", "codex-cloud"),
    }


@pytest.mark.parametrize(
    ("app", "agent", "authorship"),
    [
        (App(slug="chatgpt-codex-connector"), "codex-cloud", "agent"),
        (App(slug="Copilot-SWE-Agent"), "copilot-agent", "agent"),
        (App(slug="claude", id=1), "claude-github-app", "agent"),
        (App(slug="factory-droid"), "factory-droid", "agent"),
        (App(slug="dependabot"), None, "human"),
        (App(slug="github-desktop"), None, "human"),
        (App(), None, "human"),
    ],
)
def test_the_app_that_opened_the_pull_is_a_signal(app, agent, authorship, facts) -> None:
    found = detect(facts(app=app), commits_complete=True)
    assert (found.agent, found.authorship) == (agent, authorship)


@pytest.mark.parametrize(
    ("slug", "user", "authorship", "strength"),
    [
        ("", None, "human", "weak"),
        ("copilot-pull-request-reviewer", None, "human", "weak"),
        ("copilot-swe-agent", None, "co-authored", "medium"),
        ("", COPILOT, "agent", "strong"),
    ],
)
def test_started_work_counts_once_the_agent_shows(slug, user, authorship, strength, facts) -> None:
    event = IssueEvent(
        event="copilot_work_started",
        actor=Actor(login="bob", id=2),
        performed_via_github_app=App(slug=slug) if slug else None,
    )
    pull = facts(events=[event], **({"user": user} if user else {}))
    found = detect(pull, commits_complete=True)
    (signal,) = [s for s in found.signals if s.kind == "app"]
    assert (found.authorship, signal.strength, signal.spoofable) == (authorship, strength, False)
    assert any("for a review too" in note for note in found.notes) is (strength == "weak")


@pytest.mark.parametrize(
    ("date", "strength"),
    [
        ("2026-04-21T23:59:59Z", "medium"),
        ("2026-04-22T00:00:00Z", "weak"),
        ("2026-05-06T23:59:59Z", "weak"),
        ("2026-05-07T00:00:00Z", "medium"),
        (None, "medium"),
        ("garbage", "medium"),
    ],
)
def test_an_editor_s_false_co_author_is_weak_for_two_weeks(date, strength, facts, commit) -> None:
    made = commit("Fix\n\nCo-authored-by: Copilot <copilot@github.com>", date=date)
    found = detect(facts([made]), commits_complete=True)
    assert [s.strength for s in found.signals] == [strength]
    assert found.authorship == ("human" if strength == "weak" else "co-authored")
    assert any("an editor added it" in note for note in found.notes) is (strength == "weak")


def test_an_editor_s_fault_weakens_nothing_else(facts, commit) -> None:
    made = commit(
        LINE + "\nCo-authored-by: Copilot <copilot@github.com>", date="2026-04-28T00:00:00Z"
    )
    found = detect(facts([made]), commits_complete=True)
    assert found.agent == "claude-code"


def test_a_dependency_program_s_quotation_is_weak_and_an_added_line_is_not(facts, commit) -> None:
    inside = commit(f"Bump x\n\n{LINE}\n\nSigned-off-by: d <support@github.com>", **DEPENDABOT)
    added = commit(f"Bump x\n\nNotes.\n\n{LINE.partition(chr(10) * 2)[2]}", **DEPENDABOT)
    assert detect(facts([inside]), commits_complete=True).authorship == "human"
    assert detect(facts([added]), commits_complete=True).authorship == "co-authored"


def test_a_history_s_credits_make_no_contradiction(facts, commit) -> None:
    people = "\n".join(f"Co-authored-by: P{n} <p{n}@x.test>" for n in range(30))
    agents = (
        "\nCo-authored-by: Claude <noreply@anthropic.com>\nCo-authored-by: Amp <amp@ampcode.com>"
    )
    found = detect(facts([commit(f"Sync\n\n{people}{agents}")]), commits_complete=True)
    assert (found.authorship, found.conflicts) == ("co-authored", ())
    assert any("credits 32 co-authors" in note for note in found.notes)


@pytest.mark.parametrize("login", ["openai-codex[bot]", "copilot[bot]"])
def test_a_login_that_anybody_could_have_registered_is_unclear(login, facts, commit) -> None:
    bot = Actor(login=login, type="Bot")
    mail = f"9+{login}@users.noreply.github.com"
    assert detect(facts(user=bot), commits_complete=True).authorship == "unknown"
    made = commit(name=login, email=mail, account=bot)
    assert detect(facts([made]), commits_complete=True).authorship == "unknown"
