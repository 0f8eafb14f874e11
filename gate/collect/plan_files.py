"""Read the Terraform plans that were handed in as files."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping

from gate.collect.plan_ahead import MAX_PLAN_BYTES
from gate.errors import CollectError
from gate.gitpath import is_inside
from gate.schema.collected import PlanFile
from gate.text import neutralise


def read_plans(plans: Mapping[str | None, str]) -> tuple[PlanFile, ...]:
    """Plans of `--plan [ROOT=]FILE`, sorted by root, the one for every other root last.

    Args:
        plans: root module directory (`None`: every root without a plan of its own) -> file.

    Raises:
        CollectError: a root that is no directory of the repository or is named twice; a file that
            is missing, too large or cannot be read.
    """
    found: dict[str | None, PlanFile] = {}
    for given, file in plans.items():
        root = None if given is None else to_root(given)
        if root in found:
            raise CollectError(f"two plans for {neutralise(root or 'the repository root', 120)}")
        found[root] = PlanFile(root=root, name=os.path.basename(file), data=_read(file))
    return tuple(found[root] for root in sorted(found, key=lambda root: (root is None, root or "")))


def to_root(given: str) -> str:
    """A root module directory in POSIX form, `""` for the repository root.

    Raises:
        CollectError: absolute, or outside the repository.
    """
    root = posixpath.normpath(given) if given else "."
    if root == ".":
        return ""
    if not is_inside(root):
        raise CollectError(
            f"plan root {neutralise(given, 120)}: not a directory of the repository",
            "Name it relative to the repository root, as `--plan infra/prod=plan.json`.",
        )
    return root


def _read(file: str) -> bytes:
    shown = neutralise(file, 120)
    try:
        with open(file, "rb") as stream:
            content = stream.read(MAX_PLAN_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error.__class__.__name__
        raise CollectError(
            f"plan {shown}: {reason}", "Make it with `terraform show -json PLANFILE > plan.json`."
        ) from error
    if len(content) > MAX_PLAN_BYTES:
        raise CollectError(f"plan {shown}: larger than {MAX_PLAN_BYTES} bytes")
    return content
