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
