"""secrets.added names kind and line of what a pull request adds, and never its value."""

from __future__ import annotations

import msgspec
import pytest

from gate.evaluate.native.secrets.added import MAX_PER_KIND, METADATA, find
from gate.schema.changes import Changes, FileChange, Hunk
from gate.schema.facts import CommitDetail, Pull, PullCommit, PullFacts, PullRef
from gate.schema.finding import RawFinding
from gate.schema.native import NativeInput

PASSWORD = "Kq7R" + "w92mZpL"
LINE = f'password = "{PASSWORD}"'
TOKEN = "ghp_" + "x1Yz" * 3 + "q8Zt4KxWm3Vb7RyLp2NcT5Ha"


def hunk(*lines: str, start: int = 1) -> Hunk:
    added = sum(line.startswith(("+", " ")) for line in lines)
    removed = sum(line.startswith(("-", " ")) for line in lines)
    return Hunk(start, removed, start, added, "\n".join(lines).encode())


def change(path: str, *hunks: Hunk, status: str = "modified", **more: object) -> FileChange:
    return FileChange(path=path, status=status, hunks=hunks, **more)  # type: ignore[arg-type]


def judge(
    *files: FileChange, title: str = "", body: str | None = None, message: str = ""
) -> list[RawFinding]:
    end = PullRef(ref="main", sha="0" * 40)
    facts = PullFacts(
        pull=Pull(title=title, body=body, base=end, head=end),
        commits=(PullCommit(sha="ab" * 20, commit=CommitDetail(message=message)),),
    )
    subject = NativeInput(input=None, facts=facts, changes=Changes(files))  # type: ignore[arg-type]
    return list(find(subject))


def test_added_secret_is_found_at_its_line() -> None:
    (finding,) = judge(change("app.py", hunk(" a", "-b", "+c", f"+{LINE}", " d", start=10)))
    assert finding.at is not None
    assert (finding.at.path, finding.at.line) == ("app.py", 12)  # type: ignore[union-attr]
    assert finding.evidence == "assigned_secret #1"
    assert finding.enforcement is None


def test_removed_and_context_lines_are_not_scanned() -> None:
    assert judge(change("app.py", hunk(f"-{LINE}", f" {LINE}", "+x"))) == []
    assert judge(change("app.py", hunk(f"-{LINE}"), status="removed")) == []


def test_second_secret_of_a_kind_has_the_next_ordinal_across_hunks() -> None:
    found = judge(change("app.py", hunk(f"+{LINE}"), hunk("+", f"+{LINE}", start=40)))
    assert [(one.evidence, one.at.line) for one in found] == [  # type: ignore[union-attr]
        ("assigned_secret #1", 1),
        ("assigned_secret #2", 41),
    ]


def test_private_key_spans_lines(tmp_path: object) -> None:
    word = "PRIVATE " + "KEY"
    body = [f"+{TOKEN[4:]}{TOKEN[6:]}" for _ in range(6)]
    (finding,) = judge(
        change("key.txt", hunk(f"+-----BEGIN {word}-----", *body, f"+-----END {word}-----"))
    )
    assert finding.evidence == "private_key #1"


@pytest.mark.parametrize("path", ["tests/test_db.py", "docs/setup.md", "examples/a.tf"])
def test_generic_literal_in_samples_only_warns(path: str) -> None:
    (finding,) = judge(change(path, hunk(f"+{LINE}")))
    assert finding.enforcement == "warn"


@pytest.mark.parametrize("path", ["tests/test_db.py", "docs/setup.md"])
def test_known_format_in_samples_blocks(path: str) -> None:
    (finding,) = judge(change(path, hunk(f"+x = '{TOKEN}'")))
    assert finding.enforcement is None


def test_title_body_and_commit_message_are_scanned() -> None:
    found = judge(title=TOKEN, body=f"use {TOKEN}", message=f"fix\n\n{LINE}")
    assert [one.subject for one in found] == [
        "pull request title",
        "pull request description",
        "commit abababababab",
    ]
    assert all(one.at is None for one in found)


def test_value_never_appears_in_a_finding() -> None:
    text = msgspec.json.encode(
        judge(change("app.py", hunk(f"+{LINE}", f"+t = '{TOKEN}'")), title=TOKEN, message=TOKEN)
    ).decode()
    for secret in (PASSWORD, TOKEN):
        for size in range(6, len(secret) + 1):
            assert secret[:size] not in text
            assert secret[-size:] not in text


@pytest.mark.parametrize(
    "path",
    [
        "id_rsa",
        "deploy/id_ed25519",
        "cert.p12",
        "a.pfx",
        "app.jks",
        "terraform.tfstate",
        "env/terraform.tfstate.backup",
        "kubeconfig",
        ".kube/config",
        ".aws/credentials",
        ".netrc",
        ".git-credentials",
        "vault.kdbx",
        "a.ppk",
        ".pgpass",
    ],
)
def test_file_name_of_a_secret_is_found(path: str) -> None:
    (finding,) = judge(change(path, status="added", binary=True))
    assert finding.evidence == "secret_file #1"
    assert finding.at is not None


@pytest.mark.parametrize(
    "path",
    ["id_rsa.pub", "main.tf", "state.py", ".env.example", "config", "docs/kubeconfig.md", "a.md"],
)
def test_ordinary_file_name_is_not_found(path: str) -> None:
    assert judge(change(path, hunk("+x"), status="added")) == []


def test_binary_pem_is_found_and_certificate_text_is_not() -> None:
    assert len(judge(change("a.pem", status="added", binary=True))) == 1
    assert judge(change("a.pem", hunk("+-----BEGIN CERTIFICATE-----"), status="added")) == []


def test_secret_file_in_fixtures_only_warns() -> None:
    (finding,) = judge(change("tests/fixtures/a.p12", status="added", binary=True))
    assert finding.enforcement == "warn"


def test_change_of_mode_alone_is_not_a_finding() -> None:
    assert judge(change("id_rsa", status="mode")) == []


def test_env_file_takes_bare_values() -> None:
    assert len(judge(change(".env", hunk(f"+DB_PASSWORD={PASSWORD}"), status="added"))) == 1
    assert judge(change("app.py", hunk(f"+DB_PASSWORD={PASSWORD}"), status="added")) == []


def test_flood_of_samples_does_not_hide_a_known_format() -> None:
    lines = [f'+password = "{PASSWORD}{n:05d}x"' for n in range(MAX_PER_KIND * 3)]
    found = judge(change("tests/a.py", hunk(*lines, f"+x = '{TOKEN}'")))
    assert len(found) == MAX_PER_KIND + 1
    assert any(one.enforcement is None for one in found)


def test_message_names_only_values_that_exist() -> None:
    (finding,) = judge(change("app.py", hunk(f"+{LINE}")))
    shown = METADATA.custom.message.format(subject=finding.subject, **finding.values)
    assert shown == (
        "app.py adds a secret: literal assigned to a secret's name (number 1 of this kind here)"
    )
