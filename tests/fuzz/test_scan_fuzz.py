"""Paths, secrets and hidden characters under random and hostile input."""

from __future__ import annotations

import string
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.decode import paths
from gate.decode.paths import classify, fold
from gate.evaluate.native.secrets.added import find
from gate.evaluate.scan.added_text import AddedText
from gate.evaluate.scan.assignment import WORDS
from gate.evaluate.scan.hidden import find_oddities
from gate.evaluate.scan.plain import is_plain, is_plain_name
from gate.evaluate.scan.secret_files import may_name_secret, secret_file
from gate.evaluate.scan.secrets import find_secrets, may_hold_secrets
from gate.evaluate.scan.token_table import load_table
from gate.schema.changes import Changes, FileChange, Hunk
from gate.schema.facts import Pull, PullFacts, PullRef
from gate.schema.finding import SURFACES
from gate.schema.native import NativeInput

KINDS = {"terraform", "workflow", "gate", "agent_instructions", "manifest", "other"}
GUARDED = [
    ".github/workflows/ci.yml",
    ".github/workflows/gate.yml",
    ".gate/gate.yml",
    "CODEOWNERS",
    "AGENTS.md",
    ".claude/settings.json",
    ".cursor/rules/a.mdc",
    "Jenkinsfile",
    ".mcp.json",
]
BASE62 = string.ascii_letters + string.digits
TOKEN = st.text(BASE62, min_size=36, max_size=36).filter(
    lambda text: len(set(text)) > 20 and any(char.isdigit() for char in text)
)
FRAGMENTS = st.sampled_from(
    [
        b"password",
        b"token",
        b" = ",
        b'"',
        b"'",
        b":",
        b"eyJ",
        b".",
        b"-----BEGIN PRIVATE KEY-----",
        b"://",
        b"@",
        b"AKIA",
        b"sk-",
        b"\\n",
        b"\n",
        b"secret_key",
        b"${",
        b"Basic ",
        b"sig=",
        b"\xff",
        b"\x00",
        b'variable "',
        b"{",
        b"default",
        b"<",
        b">",
        b"curl -u ",
        b"=",
        b"a" * 20,
        b"Kq7Rw92mZpLx",
        b"machine",
        b" ",
        b",",
    ]
)
LINE = st.lists(
    FRAGMENTS.filter(lambda part: b"\n" not in part)
    | st.sampled_from([b"acr", b"+acr", b"aba", b"Key", b"_KEY", b"-us", "\u212aey".encode()])
    | st.binary(max_size=6).map(lambda part: part.replace(b"\n", b"")),
    max_size=6,
).map(b"".join)
NAMES = st.lists(
    st.sampled_from(
        [
            *(
                "/",
                "/",
                "//",
                "\\",
                ".",
                "..",
                " ",
                "::",
                "_",
                "\u212a",
                "\u0130",
                "\u0430",
                "-",
                "x",
            ),
            *(
                "id_rsa",
                ".pem",
                ".key",
                ".p12",
                ".pub",
                ".aws/credentials",
                "kubeconfig",
                ".tfstate",
            ),
            *(
                ".github",
                "workflows",
                "gate.yml",
                ".gate",
                "CODEOWNERS",
                "docs",
                "AGENTS.md",
                ".mdc",
            ),
            *(".claude", "Jenkinsfile", ".tf", ".tfvars", "requirements", "constraints", ".txt"),
            *(".in", "package.json", ".csproj", ".augment", ".vscode", "mcp.json", ".gitlab", "ci"),
        ]
    )
    | st.text(max_size=2),
    max_size=8,
).map("".join)
HIDDEN = "\u202e\u2066\U000e0041\u200b\u2060\ufeff\u2028\x1b\x00\x85\u3164\U000e0101\u00ad\ue000"


HIDDEN_TEXT = st.text("ab" + HIDDEN, max_size=2)


@given(st.text(max_size=80), st.none() | st.text(max_size=80))
def test_any_path_has_a_kind_and_known_surfaces(path: str, previous: str | None) -> None:
    kind, surfaces = classify(path, previous)
    assert kind in KINDS
    assert set(surfaces) <= set(SURFACES)
    assert surfaces == tuple(sorted(set(surfaces)))


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(path: str) -> None:
    assert fold(fold(path)) == fold(path)


@given(st.sampled_from(GUARDED), st.randoms(use_true_random=False))
def test_guarded_path_cannot_be_disguised(path: str, chance: object) -> None:
    pick = chance.choice  # type: ignore[attr-defined]
    names = []
    for name in path.split("/"):
        name = "".join(pick((char.upper(), char.lower())) for char in name)
        at = chance.randrange(len(name) + 1)  # type: ignore[attr-defined]
        name = name[:at] + pick(("", "\u200b", "\u00ad", "\ufeff")) + name[at:]
        names.append(pick(("", "./", "x/../")) + name + pick(("", " ", ".", "..", ". ")))
    disguised = pick(("/", "\\", "//")).join(names)
    assert set(classify(path)[1]) <= set(classify(disguised)[1])


@given(st.text(max_size=40), st.sampled_from(GUARDED))
def test_rename_out_of_a_guarded_path_still_counts(path: str, previous: str) -> None:
    assert set(classify(previous)[1]) <= set(classify(path, previous)[1])


@given(st.lists(FRAGMENTS | st.binary(max_size=20), max_size=60).map(b"".join), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_text_gives_sorted_spans_apart(text: bytes, bare: bool) -> None:
    found = find_secrets(text, bare=bare)
    end = 0
    for secret in found:
        assert end <= secret.start < secret.end <= len(text)
        end = secret.end


@given(st.lists(st.tuples(st.sampled_from("+- "), LINE), min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_hunk_without_a_keyword_holds_no_secret(lines: list[tuple[str, bytes]]) -> None:
    body = b"\n".join(sign.encode() + line for sign, line in lines)
    added = AddedText(Hunk(1, 0, 1, len(lines), body)).text
    places = list(load_table(WORDS).keywords.places(added.lower()))
    assert may_hold_secrets(body) or places == find_secrets(added, bare=True) == []
    assert may_hold_secrets(added) == bool(places)
    assert len(places) == sum(
        any(line.lower().startswith(word, at) for word in load_table(WORDS).by_word)
        for sign, line in lines
        if sign == "+"
        for at in range(len(line))
    )


@given(st.lists(st.tuples(st.sampled_from("+- "), LINE), min_size=1, max_size=8), HIDDEN_TEXT)
@settings(deadline=None)
def test_plain_hunk_adds_plain_text(lines: list[tuple[str, bytes]], more: str) -> None:
    body = b"\n".join([sign.encode() + line for sign, line in lines] + [b" " + more.encode()])
    added = AddedText(Hunk(1, 0, 1, len(lines), body)).text
    assert is_plain(added) or not is_plain(body)


@given(st.text(string.printable + HIDDEN + "\xe9", max_size=20))
def test_plain_name_is_plain_text(name: str) -> None:
    assert is_plain(name.encode()) or not is_plain_name(name)


@given(NAMES, st.booleans(), st.booleans())
def test_path_without_a_hint_names_no_secret(path: str, text: bool, public: bool) -> None:
    assert may_name_secret(path) or not secret_file(path, holds_text=text, holds_public=public)


@given(NAMES)
@settings(max_examples=300)
def test_path_is_the_same_with_and_without_the_short_ways(path: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quick = (fold(path), classify.__wrapped__(path))
        patch.setattr(paths, "_HINTS", SimpleNamespace(are_in=lambda text: True))
        patch.setattr(paths, "_is_folded_but_for_case", lambda path: False)
        assert quick == (fold(path), classify.__wrapped__(path))


@given(st.text(string.printable, max_size=200), TOKEN, st.text(string.printable, max_size=200))
@settings(deadline=None)
def test_token_is_found_wherever_it_stands(before: str, token: str, after: str) -> None:
    text = f"{before}\nghp_{token}\n{after}".encode()
    spans = {text[one.start : one.end] for one in find_secrets(text, bare=False)}
    doubtful = any(word in token.lower() for word in ("xxxx", "fake", "dummy", "sample", "todo"))
    assert doubtful or any(token.encode() in span for span in spans)


@given(st.lists(TOKEN, min_size=1, max_size=4), st.sampled_from(["a.py", "tests/a.md", ".env"]))
@settings(deadline=None)
def test_no_part_of_a_token_reaches_a_finding(tokens: list[str], path: str) -> None:
    lines = [f"+password = 'ghp_{token}' # {token[:20]}" for token in tokens]
    hunk = Hunk(1, 0, 1, len(lines), "\n".join(lines).encode())
    end = PullRef(ref="main", sha="0" * 40)
    subject = NativeInput(
        input=None,  # type: ignore[arg-type]
        facts=PullFacts(pull=Pull(title=tokens[0], base=end, head=end), commits=()),
        changes=Changes((FileChange(path=path, status="modified", hunks=(hunk,)),)),
    )
    shown = msgspec.json.encode(list(find(subject))).decode()
    for token in tokens:
        assert not any(token[at : at + 8] in shown for at in range(len(token) - 7))


@given(st.text(max_size=200), st.sampled_from(["code", "prose", "message"]), st.booleans())
def test_any_text_has_oddities_within_it(text: str, place: str, starts: bool) -> None:
    for found in find_oddities(text, place, at_file_start=starts):  # type: ignore[arg-type]
        assert 0 <= found.at < len(text)


@given(st.text(string.printable, max_size=100).filter(lambda text: is_plain(text.encode())))
def test_plain_text_has_no_oddities(text: str) -> None:
    assert list(find_oddities(text, "code")) == []


@given(
    st.text(string.ascii_letters + " \n=", min_size=1, max_size=60),
    st.sampled_from(HIDDEN),
    st.integers(min_value=0, max_value=60),
)
def test_hidden_character_is_found_wherever_it_stands(text: str, char: str, at: int) -> None:
    text = text[:at] + char + text[at:]
    assert not is_plain(text.encode())
    assert {found.at for found in find_oddities(text, "code")} >= {text.index(char)}
