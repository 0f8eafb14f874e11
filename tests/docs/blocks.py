"""What the documents show: fenced blocks that a command printed, run again and compared.

`<!-- output: COMMAND -->` above a fenced block says that the block is what COMMAND prints;
`<!-- review: FOLDER -->` that it is the review of a scenario, `<!-- source: FILE -->` that it is what a
file holds. Commands run with a fixed clock, the
embedded engine unless the command names one, and a ledger of their own.
`PYTHONPATH=tests:. python -m docs.blocks` writes the blocks again.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
NOW = "2026-11-24T10:00:00Z"
BLOCK = re.compile(
    r"^<!-- (?P<kind>output|review|source|file|run): (?P<words>[^\n]+?) -->\n"
    r"(?P<fence>`{3,})(?P<language>[a-z]*)\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
PRINTED = ("output", "review", "source")
"""Kinds of blocks that are made again; the others are steps to follow."""
GATE = re.compile(r"(?:python3? -m )?gate\b")
NEEDS_OPA = re.compile(r"--engine opa|\bpolicies migrate\b")

_VARYING = (
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "<digest>"),
    (re.compile(r"\bledger entry \d+"), "ledger entry <number>"),
    (re.compile(r"\b\d+ rules\b"), "<number> rules"),
    (re.compile(r'"rules": ?\d+'), '"rules": <number>'),
    (re.compile(r"\b(opa|embedded|OPA) \d+\.\d+\.\d+"), r"\1 <version>"),
    (re.compile(r'"version": ?"\d+\.\d+\.\d+"'), '"version": "<version>"'),
)
"""What changes with every rule, release and further example, and is not compared."""


class Block(NamedTuple):
    """One marked block."""

    document: Path
    """Where it stands."""
    kind: str
    """output | review | source | file | run."""
    words: str
    """The command, folder or path of the marker."""
    body: str
    """The text between the fences."""

    @property
    def needs_opa(self) -> bool:
        """Whether the command asks the OPA binary."""
        return bool(NEEDS_OPA.search(self.words))


def documents() -> list[Path]:
    """README, CONTRIBUTING, SECURITY and everything in docs/, sorted."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])


def blocks(document: Path) -> Iterator[Block]:
    """The marked blocks of a document, in order."""
    for match in BLOCK.finditer(document.read_text(encoding="utf-8")):
        yield Block(document, match["kind"], match["words"], match["body"])


def same(shown: str, printed: str, *, is_help: bool) -> bool:
    """Whether two texts are the same but for what varies; of `--help` only the words count."""
    # NOTE: argparse wraps usage lines differently from one Python to the next
    if is_help:
        return shown.split() == printed.split()
    return _fixed(shown) == _fixed(printed)


def _fixed(text: str) -> str:
    for pattern, placeholder in _VARYING:
        text = pattern.sub(placeholder, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def perform(argv: Sequence[str], folder: Path, state: Path) -> str:
    """Do one step of a page that is followed from top to bottom; what it prints."""
    answer = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**surroundings(state), "GATE_LEDGER_KEY": ""},
        timeout=60,
        check=False,
    )
    assert "Traceback" not in answer.stderr, answer.stderr
    return answer.stdout + answer.stderr


def surroundings(state: Path, root: Path = ROOT) -> dict[str, str]:
    """An environment in which the gate prints the same everywhere."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GITHUB_", "GH_", "RUNNER_", "PYTEST_"))
    }
    return {
        **kept,
        "PYTHONPATH": str(root),
        "XDG_STATE_HOME": str(state),
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }


def printed(block: Block, state: Path) -> str:
    """What the marker's command prints now, on both channels."""
    if block.kind == "review":
        return _review(block.words)
    if block.kind == "source":
        return (ROOT / block.words).read_text(encoding="utf-8")
    words = shlex.split(block.words)
    assert GATE.match(block.words), f"not a command of the gate: {block.words}"
    words = words[words.index("gate") + 1 :]
    if words[0] == "check" and "--help" not in words:
        words += ["--now", NOW]
        if "--engine" not in words:
            words += ["--engine", "embedded"]
    answer = subprocess.run(
        [sys.executable, "-m", "gate", *words],
        capture_output=True,
        cwd=ROOT,
        env=surroundings(state),
        timeout=60,
        check=False,
    )
    said = answer.stdout + answer.stderr
    assert b"Traceback" not in said, said.decode()
    assert b"internal error" not in said, said.decode()
    return said.decode("utf-8")


def _review(folder: str) -> str:
    from gate.collect.files import FolderSource
    from gate.options import Options
    from gate.pipeline import check
    from gate.report.review import render_review
    from gate.store.streams import Streams

    with tempfile.TemporaryDirectory() as state:
        outcome = check(
            FolderSource(str(ROOT / folder), {}),
            Options(now=NOW, engine="embedded"),
            Streams(str(Path(state) / "ledger.jsonl")),
        )
    rules = outcome.evaluation.rules if outcome.evaluation else ()
    draft = render_review(outcome.report, outcome.changes, rules)
    assert draft is not None
    parts = [draft.body]
    for comment in draft.comments:
        place = f"{comment.path}:{comment.start_line or comment.line}"
        parts.append(f"[comment on {place}]\n\n{comment.body}")
    return "\n\n".join(parts) + "\n"


def body_for(block: Block, text: str) -> str:
    """The block's new body: a first line `$ command` stays."""
    first = block.body.partition("\n")[0]
    opening = f"{first}\n" if first.startswith("$ ") else ""
    return opening + text.strip("\n") + "\n"


def write(document: Path) -> bool:
    """Write the blocks of a document again; whether any changed."""
    text = document.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as state:

        def again(match: re.Match[str]) -> str:
            block = Block(document, match["kind"], match["words"], match["body"])
            if block.kind not in PRINTED:
                return match[0]
            own = Path(state) / ("opa" if block.needs_opa else "embedded")
            body = body_for(block, printed(block, own))
            if same(block.body, body, is_help="--help" in block.words):
                return match[0]
            start, end = match.start("body") - match.start(), match.end("body") - match.start()
            return match[0][:start] + body + match[0][end:]

        written = BLOCK.sub(again, text)
    document.write_text(written, encoding="utf-8")
    return written != text


if __name__ == "__main__":
    for path in documents():
        if write(path):
            print(f"wrote {path.relative_to(ROOT)}")
