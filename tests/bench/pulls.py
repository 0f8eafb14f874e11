"""Write whole pull requests of any size as scenario folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.generate import generate

HEAD, BASE = "a" * 40, "b" * 40


def _facts(files: int) -> dict[str, Any]:
    person = {"login": "mona", "id": 11, "type": "User"}
    author = {"name": "Mona", "email": "mona@acme.test", "date": "2026-11-20T10:00:00Z"}
    repo = {"full_name": "acme/infra", "id": 1, "default_branch": "main"}
    commit = {"author": author, "committer": author, "message": "Grow the fleet"}
    return {
        "pull": {
            "number": 7,
            "title": "Grow the fleet",
            "body": "",
            "user": person,
            "base": {"ref": "main", "sha": BASE, "repo": repo},
            "head": {"ref": "mona/fleet", "sha": HEAD, "repo": repo},
            "labels": [],
            "changed_files": files,
            "commits": 1,
        },
        "commits": [{"sha": HEAD, "commit": commit, "author": person, "committer": person}],
        "reviews": [],
        "comments": [],
        "events": [],
        "permissions": {"mona": "write"},
        "teams": {},
    }


def _added(path: str, lines: list[str]) -> str:
    body = "".join(f"+{line}\n" for line in lines)
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\nindex 0000000..1111111\n"
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{body}"
    )


def _name(number: int, index: int) -> str:
    """The first block of a file is one that the plan knows, so that the plan is of this root."""
    return f"r{40 * (number + 1)}" if index == 0 else f"q{number}_{index}"


def _hcl(number: int) -> list[str]:
    lines: list[str] = []
    for index in range(4):
        lines += [
            f'resource "aws_sqs_queue" "{_name(number, index)}" {{',
            f'  name                    = "queue-{number}-{index}"',
            "  sqs_managed_sse_enabled = true",
            "  delay_seconds           = 5",
            "  tags = {",
            '    owner = "platform"',
            "  }",
            "}",
            "",
        ]
    return lines


def write_pull(
    folder: Path, resources: int, *, files: int, dirty: bool, hcl: int
) -> dict[str, list[str]]:
    """A pull request with a plan.

    Args:
        folder: where to write the scenario.
        resources: resource instances of the plan.
        files: changed files.
        dirty: plant violations in the plan.
        hcl: how many of the files are Terraform files.

    Returns:
        The truth about the plan: rule -> addresses.
    """
    folder.mkdir(parents=True)
    parts = [_added(f"infra/queue{n}.tf", _hcl(n)) for n in range(hcl)]
    parts += [
        _added(f"docs/page{n}.md", [f"Line {k} of page {n}." for k in range(40)])
        for n in range(files - hcl)
    ]
    (folder / "diff.patch").write_text("".join(parts))
    (folder / "facts.json").write_text(json.dumps(_facts(files)))
    return generate(folder / "plan.json", resources, dirty=dirty)


def write_diff(folder: Path, files: int) -> int:
    """A pull request with a very large diff and no plan; returns the diff's bytes."""
    folder.mkdir(parents=True)
    lines = [
        f"value {k} = some ordinary text of ordinary length, number {k * 7}" for k in range(28)
    ]
    with (folder / "diff.patch").open("w") as out:
        for number in range(files):
            out.write(_added(f"src/part{number % 97}/file{number:05d}.txt", lines))
    (folder / "facts.json").write_text(json.dumps(_facts(files)))
    return (folder / "diff.patch").stat().st_size
