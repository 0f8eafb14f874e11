"""The site's folder, and the errors of a broken one."""

from __future__ import annotations

import pytest

from gate.errors import ConfigError
from gate.schema.collected import SiteFolder
from gate.site import load_site


def folder(**files: str) -> SiteFolder:
    names = {"gate": "gate.yml", "waivers": "waivers.yml"}
    content = {names.get(key, key): text.encode() for key, text in files.items()}
    return SiteFolder(files=content, ref="test")


def test_load_site_without_a_folder_means_the_defaults() -> None:
    site = load_site(None)
    assert not site.present
    assert site.config.rules == {}


def test_load_site_reads_levels_approvals_packs_and_waivers() -> None:
    site = load_site(
        folder(
            gate=(
                "version: 1\nrules: {terraform.open_ingress: warn}\n"
                "approvals:\n  iam: {min: 3, teams: [acme/security], applies_to: everyone}\n"
                "packs:\n  legacy: {input: plan, rego: v0, namespaces: ['main']}\n"
            ),
            waivers=(
                "version: 1\nwaivers:\n  - {id: W-1, rule: terraform.open_ingress,"
                " paths: ['infra/**'], reason: r, owner: alice, expires: 2027-01-31}\n"
            ),
        )
    )
    assert site.config.approvals["iam"].min == 3
    assert site.config.packs["legacy"].input == "plan"
    assert site.waivers[0].expires == "2027-01-31"


GOOD = "version: 1\n"


@pytest.mark.parametrize(
    ("name", "files", "where"),
    [
        ("unknown key", {"gate": "version: 1\nrulez: {}\n"}, r"gate\.yml:\d+: key rulez"),
        ("unknown nested", {"gate": "version: 1\napprovals:\n  iam:\n    mim: 2\n"}, "approvals"),
        ("duplicate", {"gate": "version: 1\nobserve: true\nobserve: false\n"}, r"gate\.yml:3"),
        ("type", {"gate": "version: 1\nobserve: 3\n"}, r"gate\.yml:2: key observe"),
        ("enum", {"gate": "version: 1\nrules:\n  a.b: maybe\n"}, r"gate\.yml:3: key rules"),
        ("no version", {"gate": "observe: true\n"}, "version is missing"),
        ("future", {"gate": "version: 2\n"}, r"gate\.yml:1: key version"),
        ("empty", {"gate": ""}, "empty"),
        ("list", {"gate": "- 1\n"}, "version"),
        ("surface", {"gate": "version: 1\napprovals:\n  moon: {min: 1}\n"}, r"gate\.yml:3.*moon"),
        ("min", {"gate": "version: 1\napprovals: {iam: {min: 99}}\n"}, "0 to 10"),
        ("team", {"gate": "version: 1\napprovals: {iam: {min: 1, teams: [x]}}\n"}, "org/slug"),
        ("syntax", {"gate": "version: 1\nrules: {a\n"}, r"gate\.yml:\d+"),
        ("tag", {"gate": "version: 1\nobserve: !!python/object:x {}\n"}, r"gate\.yml"),
        ("bomb", {"gate": "version: 1\na: &a [1]\nb: [" + "*a," * 200 + "]\n"}, "aliases"),
        ("not utf-8", {"gate": "version: 1\n# \udcff\n"}, "UTF-8"),
        ("misnamed", {"gate.yaml": "version: 1\n"}, "not a file the gate knows"),
        (
            "waiver twice",
            {
                "waivers": GOOD
                + "waivers:\n"
                + 2
                * "  - {id: W, rule: a.b, paths: [x], reason: r, owner: o, expires: 2027-01-01}\n"
            },
            "twice",
        ),
        (
            "waiver both",
            {
                "waivers": GOOD
                + "waivers:\n  - {id: W, rule: a.b, finding: f, paths: [x], reason: r, owner: o, expires: 2027-01-01}\n"
            },
            "not both",
        ),
        (
            "waiver wide",
            {
                "waivers": GOOD
                + "waivers:\n  - {id: W, rule: a.b, reason: r, owner: o, expires: 2027-01-01}\n"
            },
            "paths",
        ),
        (
            "waiver date",
            {
                "waivers": GOOD
                + "waivers:\n  - {id: W, finding: f, reason: r, owner: o, expires: someday}\n"
            },
            "not a date",
        ),
        (
            "waiver owner",
            {
                "waivers": GOOD
                + "waivers:\n  - {id: W, finding: f, reason: r, owner: ' ', expires: 2027-01-01}\n"
            },
            "owner is empty",
        ),
        *(
            (
                f"waiver of a program: {owner}",
                {
                    "waivers": GOOD
                    + f"waivers:\n  - {{id: W, finding: f, reason: r, owner: '{owner}', expires: 2027-01-01}}\n"
                },
                r"waivers\.yml:3: key waivers\[0\]\.owner: .* is a program",
            )
            for owner in ("dependabot[bot]", "Devin-AI[BOT]", "@renovate[bot]")
        ),
        *(
            (
                f"waiver until {day}",
                {
                    "waivers": GOOD
                    + f"waivers:\n  - {{id: W, finding: f, reason: r, owner: o, expires: '{day}'}}\n"
                },
                r"waivers\.yml:3: key waivers\[0\]\.expires: .* is not a date",
            )
            for day in ("20270101", "2027-W01-1", "2027-02-30", "2027-1-1", " 2027-01-01")
        ),
        (
            "gate alone",
            {"gate": GOOD + "approvals:\n  gate: {min: 0}\n"},
            r"3: key approvals\.gate\.min: 0 people",
        ),
        (
            "team of three",
            {"gate": GOOD + "approvals: {iam: {min: 1, teams: [a/b/c]}}\n"},
            r"teams\[0\]: 'a/b/c' is not org/slug",
        ),
        (
            "waiver days",
            {"gate": GOOD + "waiver_days: 0\n"},
            r"2: key waiver_days: 0 is not 1 to 366",
        ),
        ("waiver years", {"gate": GOOD + "waiver_days: 9999\n"}, r"2: key waiver_days"),
        (
            "machine",
            {"gate": GOOD + "voting:\n  machine_accounts:\n    - ' '\n"},
            r"4: key voting\.machine_accounts\[0\]",
        ),
        (
            "voting",
            {"gate": GOOD + "voting: {curent: head}\n"},
            r"2: key voting\.curent: .*unknown field",
        ),
    ],
)
def test_load_site_names_file_line_and_key_of_a_fault(
    name: str, files: dict[str, str], where: str
) -> None:
    content = {
        {"gate": "gate.yml", "waivers": "waivers.yml"}.get(key, key): text.encode(
            "utf-8", "surrogateescape"
        )
        for key, text in files.items()
    }
    with pytest.raises(ConfigError, match=where):
        load_site(SiteFolder(files=content, ref="test"))


MAPPED = """version: 1
environments:
  production: {paths: ["infra/prod/**"]}
  staging: {workspaces: ["*-staging"]}
matrix:
"""
"""Six lines; the first row of the matrix stands on the sixth."""


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        (
            ["{surfaces: [moon], min: 1}"],
            r"6: key matrix\[0\]\.surfaces\[0\]: 'moon': no such surface",
        ),
        (
            ["{environments: [prod], min: 1}"],
            r"6: key .*environments\[0\]: 'prod': no such environment",
        ),
        (
            ["{actions: [destroy], min: 1}"],
            r"6: key matrix\[0\]\.actions\[0\]: 'destroy': no such action",
        ),
        (["{surfaces: [], min: 1}"], r"6: key matrix\[0\]\.surfaces: names no surface"),
        (["{actions: [], min: 1}"], r"6: key matrix\[0\]\.actions: names no action"),
        (["{min: 11}"], r"6: key matrix\[0\]\.min: 11 is not 0 to 10"),
        (["{min: -1}"], r"6: key matrix\[0\]\.min: -1 is not 0 to 10"),
        (
            ["{surfaces: [data, gate], min: 0}"],
            r"6: key matrix\[0\]\.min: 0 people for the surface gate",
        ),
        (["{min: 0}"], r"6: key matrix\[0\]\.min: 0 people for the surface gate"),
        (["{min: 1, over: -1}"], r"6: key matrix\[0\]\.over: -1"),
        (["{min: 1, max_age_days: 0}"], r"6: key matrix\[0\]\.max_age_days: 0"),
        (["{min: 1, max_age_days: 400}"], r"6: key matrix\[0\]\.max_age_days: 400"),
        (
            ["{min: 1, teams: [security]}"],
            r"6: key matrix\[0\]\.teams\[0\]: 'security' is not org/slug",
        ),
        (["{min: 1, applies_to: humans}"], r"6: key matrix\[0\]\.applies_to"),
        (["{min: 1, surface: iam}"], r"6: key matrix\[0\]\.surface: .*unknown field"),
        (["{surfaces: [iam]}"], r"6: key matrix\[0\]\.min: .*missing"),
        (["{min: two}"], r"6: key matrix\[0\]\.min"),
        (
            ["{min: 2}", "{surfaces: [iam], min: 3}"],
            r"7: key matrix\[1\]: no change can reach this row: the row on line 6 comes first",
        ),
        (
            [
                "{environments: [production, staging], min: 2}",
                "{environments: [unmapped], min: 2}",
                "{min: 3}",
            ],
            r"8: key matrix\[2\]: .* the rows on lines 6 and 7 come first",
        ),
        (
            ["{surfaces: [iam], over: 5, min: 3}", "{surfaces: [iam], over: 5, min: 2}"],
            r"7: key matrix\[1\]: .* line 6 ",
        ),
        (
            ["{surfaces: [iam], over: 5, min: 3}", "{surfaces: [iam], over: 9, min: 4}"],
            r"7: key matrix\[1\]: .* line 6 ",
        ),
        (
            ["{surfaces: [iam], min: 2, applies_to: everyone}", "{surfaces: [iam], min: 3}"],
            r"7: key matrix\[1\]: .* line 6 ",
        ),
    ],
)
def test_lint_of_the_matrix_names_file_line_and_key(rows: list[str], where: str) -> None:
    text = MAPPED + "".join(f"  - {row}\n" for row in rows)
    with pytest.raises(ConfigError, match=r"^\.gate/gate\.yml:" + where):
        load_site(folder(gate=text))


@pytest.mark.parametrize(
    "rows",
    [
        ["{surfaces: [iam], over: 9, min: 4}", "{surfaces: [iam], over: 5, min: 3}", "{min: 2}"],
        ["{surfaces: [iam], min: 3}", "{surfaces: [iam], min: 2, applies_to: everyone}"],
        ["{surfaces: [iam], actions: [delete], min: 3}", "{surfaces: [iam], min: 2}"],
        ["{surfaces: [data], environments: [staging], min: 0}"],
        ["{environments: [unmapped], min: 3}", "{min: 1}"],
    ],
)
def test_lint_of_the_matrix_takes_rows_that_a_change_can_reach(rows: list[str]) -> None:
    site = load_site(folder(gate=MAPPED + "".join(f"  - {row}\n" for row in rows)))
    assert len(site.config.matrix) == len(rows)


def test_lint_of_the_matrix_knows_no_environment_without_a_mapping() -> None:
    text = "version: 1\nmatrix:\n  - {environments: [unmapped], min: 1}\n"
    with pytest.raises(ConfigError, match="no such environment") as caught:
        load_site(folder(gate=text))
    assert caught.value.hint == "Environments are none: `environments` maps none."


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        (["production: {}"], r"3: key environments\.production: nothing says how it is known"),
        (["Production: {paths: [x]}"], r"3: key environments\.Production: not a name"),
        (["unmapped: {paths: [x]}"], r"3: key environments\.unmapped: not a name"),
        (["'*': {paths: [x]}"], r"3: key environments\.\*: not a name"),
        (['"prod\\u202e": {paths: [x]}'], r"3: key .*prod\\u202e.*: not a name"),
        (["production: {paths: ['']}"], r"3: key environments\.production\.paths: an empty value"),
        (
            ["production: {tags: {env: []}}"],
            r"3: key environments\.production\.tags\.env: an empty",
        ),
        (["production: {tags: {'': [x]}}"], r"3: key environments\.production\.tags.*: an empty"),
        (["production: {accounts: [123456789012]}"], r"3: key environments.*`str`, got `int`"),
        ([f"ghp_{'a1' * 15}: {{paths: [x]}}"], r"3: key environments\.ghp_.*: looks like a cred"),
        (["production: {paths: [/infra/**]}"], r"3: key environments\.production\.paths.*fits no"),
        (
            ["production: {paths: [infra/]}"],
            r"3: key environments\.production\.paths.*fits no path",
        ),
        (
            ["production: {paths: [./infra]}"],
            r"3: key environments\.production\.paths.*fits no path",
        ),
        (
            ["production: {paths: [a/../b]}"],
            r"3: key environments\.production\.paths.*fits no path",
        ),
        (["production: {paths: [a//b]}"], r"3: key environments\.production\.paths.*fits no path"),
        (["production: {paths: ['{a,b}/**']}"], r"3: key environments\.production\.paths.*: only"),
        (["production: {paths: ['[ab]/**']}"], r"3: key environments\.production\.paths.*: only"),
        (["production: {paths: ['!a/**']}"], r"3: key environments\.production\.paths.*: only"),
        (["production: {pahts: [x]}"], r"3: key environments.*pahts"),
        (
            ["production: {paths: [x, y]}", "staging: {paths: [y, x]}"],
            r"4: key environments\.staging: known by just what production is known by",
        ),
    ],
)
def test_lint_of_environments_names_file_line_and_key(lines: list[str], where: str) -> None:
    text = "version: 1\nenvironments:\n" + "".join(f"  {line}\n" for line in lines)
    with pytest.raises(ConfigError, match=r"^\.gate/gate\.yml:" + where):
        load_site(folder(gate=text))


def test_team_that_looks_like_a_credential_is_refused() -> None:
    text = f"version: 1\napprovals:\n  iam: {{min: 1, teams: [acme/ghp_{'A1' * 15}]}}\n"
    with pytest.raises(
        ConfigError, match=r"^\.gate/gate\.yml:3: key approvals.*: looks like a cred"
    ):
        load_site(folder(gate=text))


AGENT = """version: 1
id: tf-bot
kind: coder
owner: {human: alice, backup: bob}
purpose: Keeps the modules of the platform team up to date.
systems: [aws]
data_classes: [none]
justification: Saves the platform team a day of work every week.
identities: {logins: ["tf-bot[bot]", "tf-machine"]}
risk_tier: low
state: proposed
review_due: 2027-02-01
"""


def test_load_site_reads_the_registry_and_refuses_its_agents_as_owners() -> None:
    site = load_site(folder(**{"agents/tf-bot.yml": AGENT}))
    assert site.agents is not None
    assert [agent.id for agent in site.agents] == ["tf-bot"]
    assert load_site(folder(gate=GOOD)).agents is None
    waived = (
        "version: 1\nwaivers:\n  - {id: W, finding: f, reason: r, owner: TF-machine,"
        " expires: 2027-01-01}\n"
    )
    with pytest.raises(
        ConfigError, match=r"waivers\.yml:3: key .*owner: 'TF-machine' is a program"
    ):
        load_site(folder(waivers=waived, **{"agents/tf-bot.yml": AGENT}))


@pytest.mark.parametrize("owner", ["tf-bot", "TF-Bot", "@tf-bot"])
def test_owner_of_a_waiver_is_no_agent_without_its_suffix_either(owner: str) -> None:
    waived = (
        f"version: 1\nwaivers:\n  - {{id: W, finding: f, reason: r, owner: '{owner}',"
        " expires: 2027-01-01}\n"
    )
    with pytest.raises(ConfigError, match="is a program"):
        load_site(folder(waivers=waived, **{"agents/tf-bot.yml": AGENT}))


def test_load_site_reads_the_plan_for_incidents_and_refuses_one_that_cannot_be_carried_out() -> (
    None
):
    contact = "contacts: [{name: oncall, via: webhook, url_variable: ONCALL_URL}]\n"
    step = "escalation: {high: [{after_minutes: 0, tell: [%s]}]}\n"
    files = {"response.yml": ("version: 1\n" + contact + step % "oncall").encode()}
    site = load_site(SiteFolder(files=files, ref="test"))
    assert site.response is not None
    assert site.response.contacts[0].name == "oncall"
    files = {"response.yml": ("version: 1\n" + contact + step % "nobody").encode()}
    with pytest.raises(ConfigError, match=r"response\.yml:3: key escalation\.high\[0\]\.tell\[0\]"):
        load_site(SiteFolder(files=files, ref="test"))


LIMIT = "version: 1\nlimits:\n  - {name: daily, count: pulls, max: 5}\n"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{name: Daily, count: pulls, max: 5}", r"gate\.yml:4: key limits\[1\]\.name: 'Daily'"),
        ("{name: daily, count: pulls, max: 5}", r"limits\[1\]\.name: 'daily' is there twice"),
        ("{name: a, count: pullz, max: 5}", r"gate\.yml:4: key limits"),
        ("{name: a, count: pulls, max: -1}", r"limits\[1\]\.max: -1"),
        ("{name: a, count: pulls, max: 5, window: 1w}", r"limits\[1\]\.window: '1w'"),
        ("{name: a, count: pulls, max: 5, window: 0d}", "not a window"),
        ("{name: a, count: pulls, max: 5, window: 91d}", "'91d' is not a window"),
        ("{name: a, count: pulls, max: 5, window: 2161h}", "'2161h' is not a window"),
        ("{name: a, count: pulls, max: 5, per: [agent, agent]}", r"per\[1\]: agent is there twice"),
        ("{name: a, count: pulls, max: 5, per: [environment]}", "the site maps none"),
        ("{name: a, count: files, max: 5, environments: [prod]}", "prod.*no such environment"),
        ("{name: a, count: attempts, max: 5, per: [repository]}", "counted per agent"),
        (
            "{name: a, count: pulls, max: 5, agents: [tf-bot]}",
            r"agents\[0\]: 'tf-bot': not registered",
        ),
    ],
)
def test_load_site_refuses_limits_that_cannot_hold(text: str, where: str) -> None:
    with pytest.raises(ConfigError, match=where):
        load_site(folder(gate=f"{LIMIT}  - {text}\n"))


def test_load_site_reads_limits() -> None:
    environments = "environments: {prod: {paths: ['prod/**']}}\n"
    more = (
        "  - {name: gone-a-week, count: destroyed, max: 3, window: 90d,"
        " per: [agent, environment], environments: [prod]}\n"
    )
    site = load_site(folder(gate=LIMIT + more + environments))
    assert [limit.window for limit in site.config.limits] == ["1d", "90d"]
    assert site.config.needs_shared_ledger
