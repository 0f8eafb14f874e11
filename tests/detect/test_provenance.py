"""The weighed answer."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.detect.provenance import detect
from gate.schema.facts import Actor, IssueEvent, PullFacts

DEVIN = Actor(login="devin-ai-integration[bot]", id=158243242, type="Bot")
COPILOT = Actor(login="Copilot", id=198982749, type="Bot")
BOB = Actor(login="bob", id=12)
CLAUDE_LINE = "\n\nCo-Authored-By: Claude Opus 4.8 <noreply@anthropic.com>"
CLAUDE = {"name": "Claude", "email": "noreply@anthropic.com", "account": None}


def test_detect_finds_no_trace_in_a_person_s_change(facts) -> None:
    found = detect(facts(), commits_complete=True)
    assert (found.authorship, found.agent, found.confidence) == ("human", None, "none")
    assert found.requester is None
    assert found.signals == ()


@pytest.mark.parametrize("user", [None, Actor(login="ghost", id=10137), Actor(login="Ghost")])
def test_detect_an_opener_who_is_gone_is_not_known_to_be_a_person(user, facts) -> None:
    assert detect(facts(user=user), commits_complete=True).authorship == "unknown"


def test_detect_a_local_range_that_nobody_opened_is_its_author_s(facts) -> None:
    found = facts(user=None)
    found = msgspec.structs.replace(found, pull=msgspec.structs.replace(found.pull, number=0))
    assert detect(found, commits_complete=True).authorship == "human"


def test_detect_opened_by_an_agent_is_the_agent_s(facts, commit) -> None:
    found = detect(facts([commit()], user=DEVIN), commits_complete=True)
    assert (found.authorship, found.agent, found.confidence) == ("agent", "devin", "strong")


def test_detect_all_commits_by_an_agent_is_the_agent_s(facts, commit) -> None:
    merge = commit("Merge branch 'main'", parents=2)
    found = detect(facts([commit(**CLAUDE), merge]), commits_complete=True)
    assert (found.authorship, found.agent) == ("agent", "claude-code")
    assert (found.confidence, found.requester) == ("medium", "alice")


def test_detect_commits_of_both_are_co_authored(facts, commit) -> None:
    found = detect(facts([commit(), commit(**CLAUDE)]), commits_complete=True)
    assert found.authorship == "co-authored"


def test_detect_a_trailer_makes_co_authored_with_model_and_requester(facts, commit) -> None:
    found = detect(facts([commit("Fix" + CLAUDE_LINE)]), commits_complete=True)
    assert (found.authorship, found.agent) == ("co-authored", "claude-code")
    assert (found.model, found.requester, found.confidence) == (
        "Claude Opus 4.8",
        "alice",
        "strong",
    )
    assert found.signals[0].where == "commit aaaaaaaaaaaa"


def test_detect_a_run_link_is_the_agent_s(facts) -> None:
    found = detect(facts(body="https://chatgpt.com/codex/tasks/task_e_0a"), commits_complete=True)
    assert (found.authorship, found.agent) == ("agent", "codex-cloud")


def test_detect_weak_signals_alone_make_no_agent(facts, commit) -> None:
    weak = facts(
        [commit("Teach\n\nUse\nCo-authored-by: Claude <noreply@anthropic.com>\nhere.\n\nEnd.")],
        branch="claude/issue-12-20260101",
        labels=["codex", "sweep"],
        body="```\nhttps://claude.ai/code/session_1\n```",
    )
    found = detect(weak, commits_complete=True)
    assert (found.authorship, found.agent, found.requester) == ("human", None, None)
    assert found.confidence == "weak"
    assert {s.kind for s in found.signals} == {"branch", "label", "body", "trailer"}
    assert {s.strength for s in found.signals} == {"weak"}


def test_detect_incomplete_commits_without_a_trace_is_unknown(facts) -> None:
    assert detect(facts(), commits_complete=False).authorship == "unknown"
    assert detect(facts([]), commits_complete=True).authorship == "unknown"


def test_detect_incomplete_commits_with_a_trace_names_it(facts, commit) -> None:
    found = detect(facts([commit("Fix" + CLAUDE_LINE)]), commits_complete=False)
    assert found.authorship == "co-authored"
    assert detect(facts(user=COPILOT), commits_complete=False).authorship == "agent"


@pytest.mark.parametrize(
    ("login", "authorship"),
    [
        ("dependabot[bot]", "human"),
        ("renovate[bot]", "human"),
        ("acme-release[bot]", "unknown"),
        ("github-actions[bot]", "unknown"),
    ],
)
def test_detect_programs_are_no_agents(login, authorship, facts, commit) -> None:
    bot = Actor(login=login, type="Bot")
    mail = f"1+{login}@users.noreply.github.com"
    body = "Release notes: Generated with [Claude Code](https://claude.com/claude-code)"
    pull = facts(
        [commit(name=login, email=mail, account=bot)],
        user=bot,
        body=body if login == "renovate[bot]" else "",
    )
    assert detect(pull, commits_complete=True).authorship == authorship


def test_detect_an_agent_s_commit_on_a_dependency_bot_s_pull(facts, commit) -> None:
    bot = Actor(login="renovate[bot]", id=29139614, type="Bot")
    roo = {"name": "Roo", "email": "roomote@roocode.com", "account": None}
    pull = facts([commit(name="renovate[bot]", account=bot), commit(**roo)], user=bot)
    found = detect(pull, commits_complete=True)
    assert (found.authorship, found.agent) == ("co-authored", "roo")


def test_detect_two_agents_is_read_strictly_and_reported(facts, commit) -> None:
    cursor = "\n\nCo-authored-by: Cursor <cursoragent@cursor.com>"
    found = detect(
        facts([commit("Fix" + CLAUDE_LINE), commit("Fix" + cursor)]), commits_complete=True
    )
    assert found.authorship == "agent"
    assert found.conflicts == (
        "strong signals name different agents: claude-code (trailer at commit aaaaaaaaaaaa), "
        "cursor-agent (trailer at commit aaaaaaaaaaaa)",
    )


def test_detect_the_opener_s_agent_comes_first(facts, commit) -> None:
    found = detect(facts([commit("Fix" + CLAUDE_LINE)], user=DEVIN), commits_complete=True)
    assert found.agent == "devin"
    assert found.conflicts
    assert found.model == "Claude Opus 4.8"


def test_detect_one_family_is_no_conflict(facts, commit) -> None:
    line = "\n\nCo-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>"
    found = detect(facts([commit("Fix" + line)], user=COPILOT), commits_complete=True)
    assert found.conflicts == ()


def test_detect_a_wrapper_is_no_conflict_and_comes_second(facts, commit) -> None:
    happy = "\nCo-authored-by: Happy <yesreply@happy.engineering>"
    found = detect(facts([commit("Fix" + CLAUDE_LINE + happy)]), commits_complete=True)
    assert (found.agent, found.conflicts) == ("claude-code", ())


def test_detect_a_denial_against_signals_is_reported(facts, commit) -> None:
    pull = facts([commit("Fix" + CLAUDE_LINE)], body="- [x] AI was not used")
    assert "ticked box" in detect(pull, commits_complete=True).conflicts[0]


def test_detect_an_accepted_suggestion_of_a_reviewer_is_no_authorship(facts, commit) -> None:
    line = (
        "\n\nCo-authored-by: coderabbitai[bot] "
        "<136622811+coderabbitai[bot]@users.noreply.github.com>"
    )
    assert detect(facts([commit("Fix" + line)]), commits_complete=True).authorship == "human"


@pytest.mark.parametrize(
    ("body", "requester"),
    [
        ("Requested by: Bob (@bob)", "bob"),
        ("**Requested by:** Bob (@bob-2_acme)", "bob-2_acme"),
        (
            "*PR created automatically by Jules for task [1](https://jules.google.com/task/1) "
            "started by @bob*",
            "bob",
        ),
        ("created by @kiro-agent on behalf of @bob", "bob"),
        ("Requested by: Bob (bob@corp.test)", None),
        ("Requested by: @devin-ai-integration[bot]", None),
        ("nobody", None),
    ],
)
def test_detect_reads_the_requester_from_the_description(body, requester, facts) -> None:
    assert detect(facts(user=DEVIN, body=body), commits_complete=True).requester == requester


@pytest.mark.parametrize(
    ("trailer", "requester"),
    [
        ("Bob <12+bob@users.noreply.github.com>", "bob"),
        ("Bob <bob@users.noreply.github.com>", "bob"),
        ("Bob <bob@acme.test>", "bob"),
        ("Bob <unknown@acme.test>", None),
        ("bot_apk <apk@cognition.ai>", None),
        ("x[bot] <9+x[bot]@users.noreply.github.com>", None),
    ],
)
def test_detect_reads_the_requester_from_an_agent_s_commit(
    trailer, requester, facts, commit
) -> None:
    written = commit(
        f"Fix\n\nCo-authored-by: {trailer}",
        name="Devin",
        email="158243242+devin-ai-integration[bot]@users.noreply.github.com",
        account=DEVIN,
    )
    mine = commit(name="Bob", email="bob@acme.test", account=BOB)
    found = detect(facts([written, mine], user=DEVIN), commits_complete=True)
    assert found.requester == requester


def test_detect_believes_githubs_event_about_the_requester_first(facts) -> None:
    event = IssueEvent(event="copilot_work_started", actor=BOB)
    pull = facts(user=COPILOT, events=[event], body="on behalf of @mallory")
    assert detect(pull, commits_complete=True).requester == "bob"


def test_detect_takes_the_newest_model(facts, commit) -> None:
    old = commit("Fix\n\nCo-authored-by: Claude Sonnet 5 <noreply@anthropic.com>")
    found = detect(facts([old, commit("Fix" + CLAUDE_LINE)]), commits_complete=True)
    assert found.model == "Claude Opus 4.8"


def test_detect_is_the_same_in_any_order_of_events(facts, commit) -> None:
    commits = [commit("Fix" + CLAUDE_LINE, sha=str(n) * 40) for n in range(5)]
    one = detect(facts(commits), commits_complete=True)
    other = detect(facts(commits[::-1]), commits_complete=True)
    assert one.signals == other.signals


@pytest.mark.parametrize(
    ("message", "model", "version", "unknown"),
    [
        (CLAUDE_LINE, "Claude Opus 4.8", "4.8", ""),
        ("\n\nAssisted-by: Claude:claude-sonnet-latest", "claude-sonnet-latest", None, ""),
        (
            "\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
            None,
            None,
            "no trace names a model",
        ),
        (
            "\n\nAI-Model: house-brew",
            None,
            None,
            "a trace names a model that the gate does not know",
        ),
        ("", None, None, ""),
    ],
)
def test_detect_says_which_model_or_why_not(
    message, model, version, unknown, facts, commit
) -> None:
    found = detect(facts([commit("Fix" + message)]), commits_complete=True)
    assert (found.model, found.model_version, found.model_unknown) == (model, version, unknown)


def test_detect_reads_a_full_list_of_long_messages_in_little_time(facts, commit) -> None:
    seeds = (
        "word " * 13_200,
        "a: b\n\n",
        "Co-authored-by: Bob <bob@acme.test>\n",
        "```\n",
        "Made-with: x\nModel: y\nDrafted-by: z\n",
        "> > > Co-authored-by: Claude <noreply@anthropic.com>\n",
    )
    for seed in seeds:
        text = (seed * 65_536)[:65_500] + "\n\nSigned-off-by: A <a@b.test>"
        pull = facts([commit(text, sha=f"{n:040x}") for n in range(250)])
        start = time.process_time()
        detect(pull, commits_complete=True)
        assert time.process_time() - start < 4.0, seed


@given(body=st.text(max_size=300), message=st.text(max_size=300), branch=st.text(max_size=60))
def test_detect_values_are_neutral(body: str, message: str, branch: str) -> None:
    from_dict = {
        "pull": {
            "body": body,
            "base": {"ref": "main", "sha": "b"},
            "head": {"ref": "copilot/" + branch, "sha": "a"},
        },
        "commits": [
            {
                "sha": "\x1b" + "a" * 39,
                "commit": {
                    "author": {"name": message, "email": "noreply@anthropic.com"},
                    "message": message,
                },
            }
        ],
    }
    found = detect(msgspec.convert(from_dict, PullFacts), commits_complete=True)
    assert found.authorship == "agent"
    for signal in found.signals:
        assert signal.value.isprintable()
        assert signal.where.isprintable()
        assert len(signal.value) <= 200
