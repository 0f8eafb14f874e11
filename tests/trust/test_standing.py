"""Which record is behind a change, and what follows from it (S1-01, S1-02, S1-15, S1-43)."""

from __future__ import annotations

from typing import Any

import pytest
from detect.signing import ED25519 as SSH
from detect.signing import ED25519_KEY as SSH_KEY
from detect.signing import PGP
from detect.signing import PGP_FINGERPRINT as PGP_KEY
from trust.samples import NOW, facts, provenance, record, touch

from gate.schema.agents import AgentRecord
from gate.schema.facts import PullFacts
from gate.schema.gate_input import AgentFacts, Touch
from gate.schema.provenance import Provenance
from gate.trust.history import Standing
from gate.trust.owners import owner_notes
from gate.trust.standing import agent_facts, match

ACCOUNT = record(id="by-account", identities={"logins": ["tf-bot[bot]"]})
APP = record(id="by-app", identities={"app_ids": [77]})
KEY = record(id="by-key", identities={"keys": [SSH_KEY, PGP_KEY]})
EMAIL = record(id="by-email", identities={"emails": ["Bot@acme.dev"]})
TRAILER = record(id="by-trailer", identities={"trailers": ["Assisted-by: acme-coder:v2"]})
KIND = record(id="by-kind", identities={"agents": ["claude-code"]})
BRANCH = record(id="by-branch", identities={"logins": ["nobody[bot]"], "branches": ["acme/"]})
ALL = (ACCOUNT, APP, KEY, EMAIL, TRAILER, KIND, BRANCH)

HUMAN = provenance("human")
CLAUDE = provenance("co-authored", "claude-code", ("trailer", "claude-code", "strong"))
UNKNOWN = provenance("unknown")
TRAILED = "Change it\n\nWhy.\n\nassisted-by:  Acme-Coder:v2"


def signed(signature: str, verified: bool = True, **accounts: Any) -> dict[str, Any]:
    """A commit with a signature."""
    person = {"name": "A", "email": "a@b.c"}
    return {
        "commit": {
            "author": person,
            "committer": person,
            "verification": {"verified": verified, "signature": signature},
        },
        **accounts,
    }


@pytest.mark.parametrize(
    ("seen", "known", "by", "name"),
    [
        (facts(opener="tf-bot[bot]"), UNKNOWN, "account", "by-account"),
        (facts(opener="TF-BOT[bot]"), HUMAN, "account", "by-account"),
        (facts(pushes=[{"actor": {"login": "tf-bot[bot]"}}]), HUMAN, "account", "by-account"),
        (facts(app={"id": 77, "slug": "x"}), HUMAN, "app", "by-app"),
        (facts(app={"id": 1, "slug": "tf-bot"}), HUMAN, "app", "by-account"),
        (facts(commit=signed(SSH)), HUMAN, "key", "by-key"),
        (facts(commit=signed(PGP)), HUMAN, "key", "by-key"),
        (facts(email="bot@ACME.dev"), HUMAN, "email", "by-email"),
        (facts(email="9+tf-bot[bot]@users.noreply.github.com"), HUMAN, "email", "by-account"),
        (facts(message=TRAILED), HUMAN, "trailer", "by-trailer"),
        (facts(message="x\n\nCo-authored-by: B <bot@acme.dev>"), HUMAN, "trailer", "by-email"),
        (facts(), CLAUDE, "agent", "by-kind"),
        (facts(opener="tf-bot[bot]", email="bot@acme.dev"), UNKNOWN, "account", "by-account"),
        (facts(email="bot@acme.dev", message=TRAILED), CLAUDE, "email", "by-email"),
        (facts(message=TRAILED), CLAUDE, "trailer", "by-trailer"),
    ],
)
def test_surest_identity_decides(seen: PullFacts, known: Provenance, by: str, name: str) -> None:
    found = match(known, seen, ALL)
    assert (found.result, found.id, found.by) == ("registered", name, by)


@pytest.mark.parametrize(
    ("seen", "known", "result"),
    [
        (facts(), HUMAN, "none"),
        (facts(branch="acme/topic"), HUMAN, "none"),
        (facts(branch="acme/topic"), UNKNOWN, "unregistered"),
        (facts(), UNKNOWN, "unregistered"),
        (facts(), provenance("agent", "devin"), "unregistered"),
        (facts(), provenance("human", None, ("branch", "claude-code", "weak")), "none"),
        (facts(), provenance("unknown", None, ("branch", "claude-code", "weak")), "unregistered"),
        (facts(commit=signed(SSH, verified=False)), HUMAN, "none"),
        (facts(message="Assisted-by: acme-coder:v2"), HUMAN, "none"),
        (facts(message="x\n\n> Assisted-by: acme-coder:v2"), HUMAN, "none"),
        (facts(message="x\n\nAssisted-by: acme-coder:v3"), HUMAN, "none"),
        (facts(email="bot@acme.de"), HUMAN, "none"),
        (facts(opener="tf-bot"), HUMAN, "none"),
    ],
)
def test_anything_less_tells_no_record(seen: PullFacts, known: Provenance, result: str) -> None:
    assert match(known, seen, ALL).result == result


def test_signed_commit_proves_its_committer_and_not_its_author() -> None:
    bot, person = {"login": "tf-bot[bot]"}, {"login": "mallory"}
    by_person = signed("", author=bot, committer=person)
    assert match(UNKNOWN, facts(commit=by_person), ALL).by == "email"
    by_bot = signed("", author=person, committer=bot)
    assert match(UNKNOWN, facts(commit=by_bot), ALL).by == "account"
    in_browser = signed("", author=bot, committer={"login": "web-flow"})
    assert match(UNKNOWN, facts(commit=in_browser), ALL).by == "account"


def test_s1_01_two_records_that_fit_equally_well_are_ambiguous() -> None:
    twin = record(id="twin", identities={"agents": ["claude-code"]})
    found = match(CLAUDE, facts(), (KIND, twin))
    assert (found.result, found.id, found.candidates) == ("ambiguous", "", ("by-kind", "twin"))
    assert found == match(CLAUDE, facts(), (twin, KIND))


def test_two_agents_by_account_are_ambiguous() -> None:
    seen = facts(opener="tf-bot[bot]", app={"id": 77})
    assert match(UNKNOWN, seen, ALL).candidates == ("by-account", "by-app")


@pytest.mark.parametrize("records", [None, ()])
def test_nobody_is_registered_without_records(records: tuple[AgentRecord, ...] | None) -> None:
    found = match(CLAUDE, facts(), records)
    assert (found.result, found.has_registry) == ("unregistered", records is not None)
    assert match(HUMAN, facts(), records).result == "none"


def judged(
    records: tuple[AgentRecord, ...] | None,
    seen: PullFacts,
    known: Provenance = UNKNOWN,
    touches: tuple[Touch, ...] = (touch(),),
    history: dict[str, Standing] | None = None,
    today: str = NOW,
) -> AgentFacts | None:
    """Match, and what follows."""
    found = match(known, seen, records)
    return agent_facts(found, known, seen, touches, history or {}, today)


def expect(*args: Any, **keys: Any) -> AgentFacts:
    """The same, where an agent took part."""
    told = judged(*args, **keys)
    assert told is not None
    return told


BOT = facts(opener="tf-bot[bot]", permissions={"alice": "write", "bob": "write"})


def test_change_of_a_person_has_no_agent_facts() -> None:
    assert judged(ALL, facts(), HUMAN) is None


def test_active_agent_within_its_grants_has_nothing_against_it() -> None:
    assert expect((record(),), BOT) == AgentFacts(
        has_registry=True,
        match="registered",
        id="tf-bot",
        state="active",
        state_source="file",
        kind="coder",
        risk_tier="medium",
        owner="alice",
        environments=("staging",),
    )


def test_s1_02_forged_trailer_does_not_hide_who_opened_it() -> None:
    devin = provenance("agent", "devin", ("account", "devin", "strong"))
    honest = expect(ALL, facts(opener="devin-ai[bot]"), devin)
    assert (honest.match, honest.agent) == ("unregistered", "devin")
    forged = expect(ALL, facts(opener="devin-ai[bot]", message=TRAILED), devin)
    assert (forged.match, forged.id) == ("registered", "by-trailer")
    assert forged.others == ("devin",)


def test_unknown_bot_that_forges_an_address_is_named_as_well() -> None:
    told = expect(ALL, facts(opener="evil[bot]", email="bot@acme.dev"))
    assert (told.id, told.others) == ("by-email", ("evil[bot]",))


def test_engine_of_an_app_is_no_further_agent() -> None:
    told = expect((record(),), BOT, CLAUDE)
    assert (told.id, told.others) == ("tf-bot", ())


def test_kind_that_the_record_names_is_no_further_agent() -> None:
    one = record(identities={"emails": ["bot@acme.dev"], "agents": ["claude-code"]})
    claude = provenance("agent", "claude-code", ("author_email", "claude-code", "strong"))
    assert expect((one,), facts(email="bot@acme.dev"), claude).others == ()
    bare = record(identities={"emails": ["bot@acme.dev"]})
    assert expect((bare,), facts(email="bot@acme.dev"), claude).others == ("claude-code",)


def test_suspended_agent_gets_not_free_by_traces_of_another() -> None:
    other = record(id="other", identities={"logins": ["other[bot]"]}, grants=[])
    suspended = record(id="stopped", state="suspended", identities={"emails": ["s@acme.dev"]})
    told = expect((other, suspended), facts(opener="other[bot]", email="s@acme.dev"))
    assert (told.id, told.state) == ("stopped", "suspended")
    assert [item.subject for item in told.missing_grants] == ["aws_subnet.a"]


@pytest.mark.parametrize("state", ["proposed", "suspended", "decommissioned"])
def test_state_that_may_not_change_is_told(state: str) -> None:
    told = expect((record(state=state),), BOT)
    assert (told.state, told.state_source) == (state, "file")


def test_s1_03_ledger_stops_an_agent_between_two_runs() -> None:
    other = record(id="other", identities={"logins": ["other[bot]"]})
    stopped = {"tf-bot": Standing(state="suspended", seq=4)}
    assert expect((record(), other), BOT).state == "active"
    told = expect((record(), other), BOT, history=stopped)
    assert (told.state, told.state_source) == ("suspended", "ledger 4")
    assert expect((record(), other), facts(opener="other[bot]"), history=stopped).state == "active"


def test_promotion_that_the_ledger_does_not_know_is_told() -> None:
    assert not expect(
        (record(),), BOT, history={"tf-bot": Standing(lifecycle=True)}
    ).promotion_proven


def test_observed_agent_is_held_to_its_sandbox_and_its_grants() -> None:
    one = record(
        state="observing",
        observing_since="2026-11-01",
        promotion=None,
        sandbox={"environments": ["sandbox"]},
        grants=[],
    )
    told = expect((one,), BOT)
    assert [item.subject for item in told.outside_sandbox] == ["aws_subnet.a"]
    assert [item.subject for item in told.missing_grants] == ["aws_subnet.a"]
    inside = expect((one,), BOT, touches=(touch(environment="sandbox"),))
    assert inside.outside_sandbox == ()


def test_active_agent_is_not_held_to_its_sandbox() -> None:
    one = record(sandbox={"environments": ["sandbox"]})
    assert expect((one,), BOT).outside_sandbox == ()


@pytest.mark.parametrize("kind", ["reviewer", "triage", "assistant"])
def test_s1_15_read_only_agent_that_pushes_is_told(kind: str) -> None:
    told = expect((record(kind=kind, grants=[]),), BOT)
    assert told.read_only
    assert told.missing_grants == ()


def test_s1_15_agent_without_grants_that_pushes_is_told() -> None:
    told = expect((record(grants=[]),), BOT)
    assert told.read_only
    assert len(told.missing_grants) == 1
    assert not expect((record(grants=[]),), BOT, touches=()).read_only


def test_s1_15_suggestion_of_a_reviewer_that_a_person_took_is_no_push() -> None:
    one = record(kind="reviewer", grants=[], identities={"emails": ["review@acme.dev"]})
    seen = facts(message="Apply it\n\nCo-authored-by: R <review@acme.dev>")
    assert not expect((one,), seen, provenance("co-authored")).read_only


@pytest.mark.parametrize(
    ("permissions", "private", "exists", "notes"),
    [
        ({"alice": "admin", "bob": "write"}, True, True, 0),
        ({"alice": "none", "bob": "write"}, True, True, 1),
        ({"alice": "none", "bob": "none"}, True, False, 0),
        ({"ALICE": "none", "Bob": "none"}, True, False, 0),
        ({"alice": "read", "bob": "none"}, True, True, 1),
        ({"alice": "read", "bob": "read"}, False, False, 0),
        ({"alice": "triage", "bob": "read"}, False, True, 1),
        ({"alice": "none"}, True, True, 1),
        ({}, True, True, 2),
        (None, True, True, 2),
    ],
)
def test_s1_43_owner_who_left(
    permissions: dict[str, str] | None, private: bool, exists: bool, notes: int
) -> None:
    repo = {"full_name": "acme/infra", "private": private}
    pull = {"user": {"login": "tf-bot[bot]"}, "base": {"ref": "m", "sha": "a", "repo": repo},
            "head": {"ref": "t", "sha": "b"}}  # fmt: skip
    import msgspec

    seen = msgspec.convert({"pull": pull, "commits": [], "permissions": permissions}, PullFacts)
    assert expect((record(),), seen).owner_exists is exists
    assert len(list(owner_notes([record()], seen))) == notes


def test_environments_are_those_touched() -> None:
    touches = (touch(), touch(environment="production"), touch(environment=""))
    assert expect((record(),), BOT, touches=touches).environments == ("production", "staging")


def test_overdue_is_told() -> None:
    assert [item.what for item in expect((record(),), BOT, today="2027-02-01").overdue] == [
        "review"
    ]


def test_what_a_name_holds_is_neutralised() -> None:
    seen = facts(opener="a\u202e\x1b[31m[bot]")
    assert "\u202e" not in expect(ALL, seen).agent
