"""The truth table of decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gate.errors import ConfigError
from gate.judge.approvals import Ballot
from gate.judge.decision import Case, decide, finding_id
from gate.judge.waivers import matches
from gate.schema.facts import PullFacts
from gate.schema.finding import Anchor, Location, RawFinding
from gate.schema.provenance import Provenance
from gate.schema.rule import Rule, RuleCustom, RuleMetadata
from gate.schema.section import Gap
from gate.schema.site import ApprovalRule, Site, SiteConfig, VotingSettings, Waiver
from gate.schema.votes import CountedVote

Make = Callable[..., PullFacts]


def rule(name: str, enforcement: str, surface: str | None = "iam", **more: Any) -> Rule:
    custom = RuleCustom(
        severity="high",
        enforcement=enforcement,  # type: ignore[arg-type]
        needs=("changes",),
        message="m",
        remediation="r",
        surface=surface,
        **more,
    )
    metadata = RuleMetadata(title="t", description="d", custom=custom)
    return Rule(id=name, metadata=metadata, engine="rego", path=name)


RULES = (
    rule("x.block", "block"),
    rule("x.approve", "approve"),
    rule("x.gate", "approve", "gate", integrity=True),
    rule("x.warn", "warn"),
    rule("x.observe", "observe"),
    rule("x.new", "block", formerly=("x.old",)),
)


def found(name: str, **more: Any) -> RawFinding:
    at = more.pop("at", Location(path="infra/a.tf", line=3))
    return RawFinding(rule=name, subject=more.pop("subject", "thing"), at=at, **more)


def case(facts: PullFacts, *findings: RawFinding, **more: Any) -> Case:
    settings: dict[str, Any] = {
        "origin": "github",
        "facts": facts,
        "provenance": Provenance(authorship=more.pop("authorship", "agent")),
        "ballot": Ballot(),
        "site": Site(present=True, config=more.pop("config", SiteConfig())),
        "rules": RULES,
        "findings": findings,
        "locations": {},
        "gaps": (),
        "now": "2026-11-24T10:00:00Z",
        **more,
    }
    return Case(**settings)


def render(_: Rule, raw: RawFinding) -> str:
    return f"{raw.rule} on {raw.subject}"


def vote(login: str) -> CountedVote:
    return CountedVote(login=login, via="review", at="2026-11-20T12:00:00Z", sha="a" * 40)


@pytest.mark.parametrize(
    ("names", "more", "expected"),
    [
        ([], {}, "pass"),
        (["x.observe"], {}, "pass"),
        (["x.warn"], {}, "warn"),
        (["x.approve"], {}, "hold"),
        (["x.approve", "x.warn"], {"ballot": Ballot(counted=(vote("bob"), vote("carol")))}, "warn"),
        (["x.approve"], {"ballot": Ballot(counted=(vote("bob"), vote("carol")))}, "pass"),
        (["x.approve"], {"ballot": Ballot(counted=(vote("bob"),))}, "hold"),
        (["x.approve"], {"authorship": "human"}, "warn"),
        (["x.approve"], {"authorship": "unknown"}, "hold"),
        (["x.approve"], {"authorship": "co-authored"}, "hold"),
        (["x.gate"], {"authorship": "human"}, "hold"),
        (["x.gate"], {"authorship": "human", "ballot": Ballot(counted=(vote("bob"),))}, "pass"),
        (["x.block"], {"authorship": "human"}, "block"),
        (["x.block", "x.approve"], {}, "block"),
        (["x.block"], {"gaps": (Gap(section="hcl", reason="unreadable"),)}, "error"),
        ([], {"gaps": (Gap(section="hcl", reason="unreadable"),)}, "error"),
        ([], {"ballot": Ballot(objections=("bob",))}, "hold"),
        (["x.block"], {"config": SiteConfig(rules={"x.block": "warn"})}, "warn"),
        (["x.warn"], {"config": SiteConfig(rules={"x.warn": "block"})}, "block"),
        (["x.new"], {"config": SiteConfig(rules={"x.old": "observe"})}, "pass"),
        (["x.approve"], {"config": SiteConfig(approvals={"iam": ApprovalRule(min=0)})}, "pass"),
        (
            ["x.approve"],
            {
                "authorship": "human",
                "config": SiteConfig(approvals={"iam": ApprovalRule(min=1, applies_to="everyone")}),
            },
            "hold",
        ),
    ],
)
def test_decide_follows_the_truth_table(
    make_facts: Make, names: list[str], more: dict[str, Any], expected: str
) -> None:
    decision = decide(case(make_facts(), *[found(name) for name in names], **dict(more)), render)
    assert decision.name == expected
    assert decision.reasons


@pytest.mark.parametrize("taken", [True, False])
def test_decide_says_whether_comments_are_taken(make_facts: Make, taken: bool) -> None:
    config = SiteConfig(voting=VotingSettings(comments=taken))
    assert decide(case(make_facts(), config=config), render).votes.comments is taken


def test_decide_keeps_findings_under_error(make_facts: Make) -> None:
    gap = Gap(section="terraform", reason="torn")
    decision = decide(case(make_facts(), found("x.block"), gaps=(gap,)), render)
    assert [finding.rule for finding in decision.findings] == ["x.block"]


@pytest.mark.parametrize(
    ("config", "waivers"),
    [
        (SiteConfig(rules={"x.gate": "warn"}), ()),
        (SiteConfig(rules={"x.unheard": "warn"}), ()),
        (SiteConfig(), ("x.gate",)),
        (SiteConfig(), ("x.unheard",)),
    ],
)
def test_decide_refuses_to_weaken_an_integrity_rule_or_an_unknown_one(
    make_facts: Make, config: SiteConfig, waivers: tuple[str, ...]
) -> None:
    entries = tuple(
        Waiver(id="W", rule=name, paths=("**",), reason="r", owner="o", expires="2027-01-01")
        for name in waivers
    )
    site = Site(present=True, config=config, waivers=entries)
    with pytest.raises(ConfigError, match=r"\.gate/(gate|waivers)\.yml:\d+"):
        decide(case(make_facts(), site=site), render)


def test_decide_may_raise_an_integrity_rule(make_facts: Make) -> None:
    config = SiteConfig(rules={"x.gate": "block"})
    assert decide(case(make_facts(), found("x.gate"), config=config), render).name == "block"


@pytest.mark.parametrize(
    ("waiver", "expected"),
    [
        ({"rule": "x.block", "paths": ("infra/**",)}, "pass"),
        ({"rule": "x.block", "paths": ("other/**",)}, "block"),
        ({"rule": "x.block", "paths": ("infra/**",), "expires": "2026-11-23"}, "block"),
        ({"rule": "x.block", "paths": ("infra/**",), "expires": "2026-11-24"}, "pass"),
        ({"finding": finding_id("x.block", "thing", "infra/a.tf", "")}, "pass"),
        ({"finding": "0" * 16}, "block"),
    ],
)
def test_decide_honours_a_waiver_only_in_its_scope_and_time(
    make_facts: Make, waiver: dict[str, Any], expected: str
) -> None:
    entry = Waiver(**{"id": "W-1", "reason": "r", "owner": "o", "expires": "2027-01-01", **waiver})
    site = Site(present=True, waivers=(entry,))
    decision = decide(case(make_facts(), found("x.block"), site=site), render)
    assert decision.name == expected
    assert decision.findings[0].waived_by == ("W-1" if expected == "pass" else None)


def test_decide_lets_a_finding_lower_but_never_raise_its_rule(make_facts: Make) -> None:
    lowered = decide(case(make_facts(), found("x.block", enforcement="warn")), render)
    raised = decide(case(make_facts(), found("x.warn", enforcement="block")), render)
    assert (lowered.name, raised.name) == ("warn", "warn")


def test_decide_merges_what_plan_and_hcl_both_saw(make_facts: Make) -> None:
    anchor = Anchor(root="infra", address="module.a.thing")
    planned = found("terraform.x", at=anchor, subject="module.a.thing")
    text = found("terraform.x", subject="thing")
    rules = (*RULES, rule("terraform.x", "block"))
    places = {anchor: Location(path="infra/a.tf", line=3)}
    decision = decide(case(make_facts(), text, planned, rules=rules, locations=places), render)
    assert [finding.subject for finding in decision.findings] == ["module.a.thing"]


def test_decide_takes_the_line_from_hcl_where_the_plan_leads_nowhere(make_facts: Make) -> None:
    planned = found("terraform.x", at=Anchor(root="elsewhere", address="thing"))
    rules = (*RULES, rule("terraform.x", "block"))
    decision = decide(case(make_facts(), planned, found("terraform.x"), rules=rules), render)
    assert [finding.at for finding in decision.findings] == [Location(path="infra/a.tf", line=3)]


def test_decide_keeps_the_stricter_of_two_findings_of_one_identity(make_facts: Make) -> None:
    twins = (found("x.block", enforcement="warn"), found("x.block"))
    assert decide(case(make_facts(), *twins), render).name == "block"


def test_finding_id_ignores_line_and_severity() -> None:
    assert finding_id("r", "s", "p", "e") == finding_id("r", "s", "p", "e")
    assert finding_id("r", "s", "p", "e") != finding_id("r", "s", "p", "f")
    assert len(finding_id("r", "s", "p", "e")) == 16


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("infra/**", "infra/a/b.tf", True),
        ("infra/*", "infra/a/b.tf", False),
        ("**/b.tf", "b.tf", True),
        ("**/b.tf", "a/b.tf", True),
        ("a?.tf", "ab.tf", True),
        ("a?.tf", "a/.tf", False),
        ("infra/**", "", False),
        ("a.tf", "axtf", False),
    ],
)
def test_matches_keeps_stars_within_a_segment(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected
