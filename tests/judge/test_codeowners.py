"""CODEOWNERS as GitHub reads it, and what it asks of votes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge.scene import Scene, approves, facts, need

from gate.judge import codeowners
from gate.judge.codeowners import parse_codeowners


def owns(pattern: str, path: str) -> bool:
    return parse_codeowners(f"{pattern} @bob\n").owners(path) == ("@bob",)


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("*", ["a", "a/b", "a/b/c.tf"], []),
        ("*.js", ["a.js", "src/b.js"], ["a.jsx", "js"]),
        ("/build/logs/", ["build/logs/a", "build/logs/b/c"], ["src/build/logs/a", "build/logs"]),
        ("docs/*", ["docs/a.md"], ["docs/b/a.md", "src/docs/a.md"]),
        ("docs/", ["docs/a", "src/docs/b/c"], ["docs", "documents/a"]),
        ("apps/", ["apps/a", "x/apps/b"], ["apps"]),
        ("/docs/", ["docs/a"], ["src/docs/a"]),
        ("docs", ["docs", "docs/a", "src/docs/b"], ["docs2/a"]),
        ("/scripts", ["scripts", "scripts/a/b"], ["src/scripts"]),
        ("**/logs", ["logs", "logs/a", "build/x/logs/b"], ["mylogs"]),
        ("apps/github", ["apps/github", "apps/github/a/b"], ["x/apps/github"]),
        ("/a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["a/bb", "x/a/b"]),
        ("/infra/**", ["infra/a", "infra/a/b"], ["infra", "x/infra/a"]),
        ("/infra/**/*.tf", ["infra/a.tf", "infra/x/y/a.tf"], ["infra/a.tfvars"]),
        ("file-?.tf", ["file-1.tf", "x/file-a.tf"], ["file-.tf", "file-12.tf"]),
        ("/Docs/", ["Docs/a"], ["docs/a"]),
        (r"/my\ docs/", ["my docs/a"], ["my/a"]),
        ("/*", ["a.tf"], ["a/b.tf"]),
    ],
)
def test_pattern_matches_as_on_github(pattern: str, inside: list[str], outside: list[str]) -> None:
    assert [path for path in inside if not owns(pattern, path)] == []
    assert [path for path in outside if owns(pattern, path)] == []


def test_last_match_decides_and_may_take_owners_away() -> None:
    found = parse_codeowners("* @bob\n/infra/ @carol @acme/security\n/infra/docs/  # nobody\n")
    assert found.owners("a") == ("@bob",)
    assert found.owners("infra/a.tf") == ("@carol", "@acme/security")
    assert found.owners("infra/docs/a.md") == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("!a.tf @bob", "begin with !"),
        ("[ab].tf @bob", "[ ]"),
        ("\\#a @bob", "begin with #"),
        ("a.tf bob", "neither @login"),
        ("a.tf @bob/", "neither @login"),
        ("[Section][2] @bob", "[ ]"),
        ("a.tf @bob nobody", "neither @login"),
    ],
)
def test_line_that_github_skips_is_reported(line: str, says: str) -> None:
    found = parse_codeowners(f"* @carol\n\n{line}\n")
    assert len(found.rules) == 1
    assert found.problems[0].startswith("CODEOWNERS:3: ")
    assert says in found.problems[0]


def test_comments_bom_and_crlf_are_fine() -> None:
    found = parse_codeowners("\ufeff# owners\r\n\r\n*.tf @Bob bob@acme.test # why\r\n")
    assert found.owners("a.tf") == ("@bob", "bob@acme.test")
    assert not found.problems


def test_file_over_three_megabytes_is_not_read() -> None:
    found = parse_codeowners("# " + "x" * 3_000_000)
    assert not found.readable
    assert "3 MB" in found.problems[0]


def test_hostile_patterns_never_blow_up() -> None:
    text = "".join(f"/{'**/*a*a*a' * 20}{n} @bob\n" for n in range(20))
    assert parse_codeowners(text).owners("/".join(["a" * 50] * 60)) == ()


OWNED = "/infra/ @bob @acme/security\n/docs/ docs@acme.test\n/free/\n"
ASKS = (need(1, code_owners=True),)


@pytest.mark.parametrize(
    ("name", "scene", "unowned"),
    [
        (
            "owner approved",
            Scene(
                facts(codeowners=OWNED, reviews=[approves("bob")], teams={"acme/security": []}),
                counted=("bob",),
                touched=("infra/a.tf", "free/a", "other/a"),
                required=ASKS,
                missing=0,
            ),
            (),
        ),
        (
            "member of the owning team approved",
            Scene(
                facts(
                    codeowners=OWNED,
                    reviews=[approves("carol")],
                    teams={"acme/security": ["Carol"]},
                ),
                counted=("carol",),
                touched=("infra/a.tf",),
                required=ASKS,
                missing=0,
            ),
            (),
        ),
        (
            "somebody else approved",
            Scene(
                facts(codeowners=OWNED, reviews=[approves("dave")], teams={"acme/security": []}),
                counted=("dave",),
                touched=("infra/a.tf", "infra/b.tf"),
                required=ASKS,
                missing=1,
            ),
            ("infra/a.tf", "infra/b.tf"),
        ),
        (
            "nobody can see into the owning team",
            Scene(
                facts(codeowners=OWNED, reviews=[approves("dave")]),
                counted=("dave",),
                touched=("infra/a.tf",),
                required=ASKS,
                missing=1,
                gaps=("cannot tell who is in team acme/security",),
            ),
            ("infra/a.tf",),
        ),
        (
            "the owner is an address",
            Scene(
                facts(codeowners=OWNED, reviews=[approves("dave")]),
                counted=("dave",),
                touched=("docs/a.md",),
                required=ASKS,
                missing=1,
                gaps=("cannot tell whose address docs@acme.test",),
            ),
            ("docs/a.md",),
        ),
        (
            "there is no file",
            Scene(
                facts(codeowners="", reviews=[approves("dave")]),
                counted=("dave",),
                touched=("docs/a.md",),
                required=ASKS,
                missing=1,
                gaps=("CODEOWNERS is not on the base branch",),
            ),
            ("docs/a.md",),
        ),
        (
            "the file was not read",
            Scene(
                facts(reviews=[approves("dave")]),
                counted=("dave",),
                touched=("docs/a.md",),
                required=ASKS,
                missing=1,
                gaps=("CODEOWNERS was not read",),
            ),
            ("docs/a.md",),
        ),
        (
            "nobody asks",
            Scene(
                facts(codeowners=OWNED, reviews=[approves("dave")]),
                counted=("dave",),
                touched=("infra/a.tf",),
                required=(need(1),),
                missing=0,
            ),
            (),
        ),
        (
            "the owner is not in the team that the row asks for, and serves as owner only",
            Scene(
                facts(
                    codeowners=OWNED,
                    reviews=[approves("bob"), approves("dave")],
                    teams={"acme/security": [], "acme/platform": ["dave"]},
                ),
                counted=("bob", "dave"),
                touched=("infra/a.tf",),
                required=(need(1, code_owners=True, teams=("acme/platform",)),),
                missing=0,
            ),
            (),
        ),
        (
            "the owner is an author",
            Scene(
                facts(
                    codeowners="* @mona\n", reviews=[approves("dave")], teams={"acme/security": []}
                ),
                counted=("dave",),
                touched=("infra/a.tf",),
                required=ASKS,
                missing=1,
            ),
            ("infra/a.tf",),
        ),
    ],
)
def test_requirement_of_code_owners(name: str, scene: Scene, unowned: tuple[str, ...]) -> None:
    scene.check()
    assert scene.count()[1].unowned == unowned, name


NAMES = st.sampled_from(["a", "b", "a.b", "*.b", "*", "**", "a*", "?", "*a.b", ".b", "a.*", ""])
GLOBS = st.builds(
    lambda root, parts, end: f"{root}{'/'.join(parts)}{end}",
    st.sampled_from(["", "/"]),
    st.lists(NAMES, min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
PATHS = st.lists(st.sampled_from(["a", "b", "a.b", "xa.b", ".b", "a."]), min_size=1, max_size=4)


@settings(max_examples=500, deadline=None)
@given(st.lists(GLOBS, max_size=6), PATHS)
def test_owner_is_that_of_the_last_rule_that_matches(globs: list[str], path: list[str]) -> None:
    found = parse_codeowners("\n".join(f"{glob} @o{n}" for n, glob in enumerate(globs)))
    matching = [rule.owners for rule in found.rules if codeowners._matches(rule.segments, path)]
    assert found.owners("/".join(path)) == (matching[-1] if matching else ())


@pytest.mark.parametrize("glob", ["/svc/team{}/**", "file{}.go", "*.e{}", "/svc/team{}/*.go"])
def test_large_file_is_not_searched_line_by_line(
    glob: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = parse_codeowners("\n".join(f"{glob.format(n)} @u{n}" for n in range(20_000)))
    looked_at: list[object] = []
    plain = codeowners._matches

    def noted(segments: Sequence[str], path: Sequence[str]) -> bool:
        looked_at.append(segments)
        return plain(segments, path)

    monkeypatch.setattr(codeowners, "_matches", noted)
    for number in range(100):
        found.owners(f"svc/team{number}/a/f.e{number}")
    assert len(looked_at) <= 100
