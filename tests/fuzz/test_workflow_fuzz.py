"""Whatever bytes arrive as a workflow: they are decoded or refused in bounded time, no more."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.decode.workflow import decode_workflow
from gate.decode.workflow_expression import expressions, untrusted
from gate.errors import DecodeError
from gate.schema.workflow import Workflow

FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules" / "workflow"
BOUNDED = settings(max_examples=300, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
PATHS = [".github/workflows/ci.yml", "action.yml", "Jenkinsfile"]
PIECES = [
    "${{",
    "}}",
    "'",
    "github",
    ".event",
    "['issue']",
    ".title",
    "[0]",
    ".*",
    "[",
    "]",
    "(",
    ")",
    "toJSON(",
    "contains(",
    "==",
    "&&",
    "||",
    "!",
    "env.T",
    "on:",
    "permissions: write-all",
    "\n",
    "  ",
    "- run: |",
    "- uses: a/b@c",
    "&a",
    "*a",
    "\t",
    "\u2028",
    "\x85",
]
KEYS = st.sampled_from(
    ["on", "true", "jobs", "permissions", "steps", "run", "uses", "with", "env", "a", "ref", "runs"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["write-all", "actions/checkout@v4", "${{ github.head_ref }}", "write"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


def originals() -> list[bytes]:
    """The workflows of the rule fixtures (other files stand only in those that start with p)."""
    found = set()
    for path in sorted(FIXTURES.glob("[!p]*.yaml")):
        document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        for case in (*document["bad"], *document["good"]):
            for sides in case["files"].values():
                found |= {text.encode() for text in sides.values() if text}
    return sorted(found)


REAL = originals()


def decode(before: bytes | None, after: bytes | None, path: str = PATHS[0]) -> Workflow | None:
    """The view, or `None` where it is refused."""
    try:
        return decode_workflow(path, before, after, repository="acme/infra")
    except DecodeError as error:
        message = error.message
    assert message.count("\n") == 0
    return None


def check_lines(view: Workflow | None, content: bytes) -> None:
    """Every line is a line of the file."""
    if view is None:
        return
    last = content.count(b"\n") + content.count(b"\r") + 1
    last += content.count("\u2028".encode()) + content.count("\x85".encode())
    entries = (*view.triggers, *view.permissions, *view.uses, *view.injections)
    assert all(1 <= entry.line <= last for entry in entries)


@BOUNDED
@given(st.binary(max_size=300), st.sampled_from(PATHS))
def test_any_bytes_are_decoded_or_refused(content: bytes, path: str) -> None:
    check_lines(decode(None, content, path), content)


@BOUNDED
@given(VALUES, st.sampled_from(PATHS))
def test_any_document_is_decoded_or_refused(document: object, path: str) -> None:
    content = json.dumps(document).encode()
    check_lines(decode(None, content, path), content)


@BOUNDED
@given(st.sampled_from(REAL), st.data())
def test_mutated_workflow_is_decoded_or_refused(original: bytes, draw: st.DataObject) -> None:
    mutated = bytearray(original)
    for _ in range(draw.draw(st.integers(1, 5))):
        place = draw.draw(st.integers(0, len(mutated)))
        cut = draw.draw(st.integers(0, 5))
        mutated[place : place + cut] = draw.draw(st.sampled_from(PIECES)).encode()
    check_lines(decode(original, bytes(mutated)), bytes(mutated))
    decode(bytes(mutated), original)


@BOUNDED
@given(st.sampled_from(REAL))
def test_the_same_workflow_twice_raises_nothing(original: bytes) -> None:
    view = decode(original, original)
    assert view is not None
    assert all(item.stood for item in (*view.triggers, *view.uses, *view.injections))
    assert not any(item.raised for item in view.permissions)


@BOUNDED
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_expression_is_taken_apart(pieces: list[str]) -> None:
    text = "".join(pieces)
    for part in expressions(text):
        assert part.source in text
        assert all(isinstance(name, str) for name in untrusted(part.body, {"t": "github.head_ref"}))


def test_hostile_texts_take_bounded_time() -> None:
    head = b"on: push\njobs:\n  a:\n    steps:\n      - run: |\n          "
    for text in (
        b"${{" * 300_000,
        b"${{ " + b"''" * 200_000 + b" }}",
        b"${{ '" * 50_000,
        b"${{ github" + b"[a" * 9_000 + b" }}",
        b"git " * 200_000,
        b"${{ github.event.issue.title }}" * 20_000,
    ):
        decode(None, head + text)
