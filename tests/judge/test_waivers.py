"""Waivers: what each covers, on which days, and what is said of one that does not hold."""

from __future__ import annotations

from typing import Any

import pytest

from gate.judge.waivers import expired, expired_note, matches, waiver_for, waiver_notes
from gate.schema.finding import Finding, Location
from gate.schema.rule import Rule, RuleCustom, RuleMetadata
from gate.schema.site import SiteConfig, Waiver

TODAY = "2026-11-24"
FINDING = Finding(
    id="0123456789abcdef",
    rule="terraform.open_ingress",
    severity="high",
    enforcement="block",
    surface="network",
    message="m",
    subject="aws_security_group.x",
    at=Location(path="infra/dmz/main.tf", line=3),
    values={},
    evidence="",
)


def rule(*, integrity: bool = False, formerly: tuple[str, ...] = ()) -> Rule:
    return Rule(
        id="terraform.open_ingress",
        metadata=RuleMetadata(
            title="t",
            description="d.",
            custom=RuleCustom(
                severity="high",
                enforcement="block",
                needs=("terraform",),
                message="m",
                remediation="r",
                integrity=integrity,
                formerly=formerly,
            ),
        ),
        engine="rego",
        path="x.rego",
    )


def waiver(**more: Any) -> Waiver:
    facts: dict[str, Any] = {
        "id": "W-1",
        "rule": "terraform.open_ingress",
        "paths": ("infra/dmz/**",),
        "reason": "r",
        "owner": "alice",
        "expires": "2027-01-31",
    }
    return Waiver(**{**facts, **more})


def exact(finding: str, **more: Any) -> Waiver:
    return waiver(rule=None, paths=(), finding=finding, **more)


@pytest.mark.parametrize(
    ("name", "one", "asked", "holds"),
    [
        ("B9-95 rule and paths, as design.md writes it", waiver(), rule(), True),
        ("B9-95 the exact finding", exact(FINDING.id), rule(), True),
        ("B9-95 another finding", exact("fedcba9876543210"), rule(), False),
        ("another rule", waiver(rule="terraform.public_storage"), rule(), False),
        (
            "a former id",
            waiver(rule="terraform.ingress"),
            rule(formerly=("terraform.ingress",)),
            True,
        ),
        ("another path", waiver(paths=("infra/dmz/*.md", "docs/**")), rule(), False),
        ("an integrity rule, by its paths", waiver(), rule(integrity=True), False),
        ("B9-95 an integrity finding, by its id", exact(FINDING.id), rule(integrity=True), False),
        ("the last day", waiver(expires=TODAY), rule(), True),
        ("the day after", waiver(expires="2026-11-23"), rule(), False),
        ("90 days ahead", waiver(expires="2027-02-22"), rule(), True),
        ("91 days ahead", waiver(expires="2027-02-23"), rule(), False),
        ("for ever", waiver(expires="9999-12-31"), rule(), False),
    ],
)
def test_waiver_for_holds(name: str, one: Waiver, asked: Rule, holds: bool) -> None:
    assert (waiver_for(FINDING, asked, (one,), TODAY) is one) is holds, name


def test_waiver_for_takes_the_first_that_holds() -> None:
    late, good = waiver(id="W-0", expires="2026-01-01"), waiver(id="W-2")
    assert waiver_for(FINDING, rule(), (late, good, waiver()), TODAY) is good


def test_waiver_for_reaches_as_far_as_the_site_says() -> None:
    far = waiver(expires="2027-11-24")
    assert waiver_for(FINDING, rule(), (far,), TODAY, 365) is far
    assert waiver_for(FINDING, rule(), (waiver(),), TODAY, 67) is None
    assert waiver_for(FINDING, rule(), (waiver(),), TODAY, 68) is not None
    assert SiteConfig().waiver_days == 90


def test_waiver_of_a_finding_without_a_place_goes_by_its_id_alone() -> None:
    nowhere = Finding(
        **{name: getattr(FINDING, name) for name in FINDING.__struct_fields__ if name != "at"},
        at=None,
    )
    assert waiver_for(nowhere, rule(), (waiver(paths=("**",)),), TODAY) is None
    assert waiver_for(nowhere, rule(), (exact(FINDING.id),), TODAY) is not None


@pytest.mark.parametrize(
    ("waivers", "note"),
    [
        ((waiver(expires="2026-10-01"),), "waiver W-1 expired 2026-10-01"),
        (
            (waiver(expires="2026-10-01"), exact(FINDING.id, id="W-2", expires="2026-11-01")),
            "waiver W-2 expired 2026-11-01",
        ),
        ((waiver(),), ""),
        ((waiver(expires="2026-10-01", paths=("docs/**",)),), ""),
        ((waiver(id="W\u202e1", expires="2026-10-01"),), "waiver W\\u{202e}1 expired 2026-10-01"),
    ],
)
def test_expired_note_says_that_the_finding_is_back(waivers: tuple[Waiver, ...], note: str) -> None:
    assert expired_note(FINDING, rule(), waivers, TODAY) == note
    assert expired_note(FINDING, rule(integrity=True), waivers, TODAY) == ""


def test_waiver_notes_name_every_waiver_that_does_not_hold() -> None:
    waivers = (
        waiver(),
        waiver(id="W-2", expires="2026-10-01"),
        waiver(id="W-3", expires="2027-02-23"),
    )
    assert waiver_notes(waivers, TODAY) == (
        "waiver W-2 has expired (2026-10-01)",
        "waiver W-3 does not hold: it reaches to 2027-02-23, further ahead than the 90 days that "
        "`waiver_days` allows",
    )
    assert expired(waivers, TODAY) == ("W-2",)


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("infra/**", "infra/a/b.tf", True),
        ("infra/**", "infra", False),
        ("infra/*", "infra/a/b.tf", False),
        ("infra/?.tf", "infra/a.tf", True),
        ("**/a.tf", "a.tf", True),
        ("**/a.tf", "x/y/a.tf", True),
        ("infra/**", "infra/a\nb.tf", True),
        ("infra/[a].tf", "infra/a.tf", False),
        ("**", "", False),
    ],
)
def test_matches_stays_within_a_folder_unless_told(glob: str, path: str, fits: bool) -> None:
    assert matches(glob, path) is fits
