"""Tell from a path alone what kind of file it is, with the surfaces that a change of it touches."""

from __future__ import annotations

import posixpath
import unicodedata
from functools import lru_cache

from gate.decode.path_names import (
    AGENT_FOLDERS,
    AGENT_NAMES,
    AGENT_PATHS,
    AGENT_SUFFIXES,
    CODE_SUFFIXES,
    CODEOWNERS_FOLDERS,
    GATE_WORKFLOWS,
    LOOKALIKES,
    MANIFEST_NAMES,
    MANIFEST_SUFFIXES,
    PIPELINE_FOLDERS,
    PIPELINE_NAMES,
    PIPELINE_PREFIXES,
    STATE_SUFFIXES,
    TERRAFORM_NAMES,
    TERRAFORM_SUFFIXES,
)
from gate.keywords import Keywords

_KINDS = ("gate", "workflow", "agent_instructions", "terraform", "manifest", "other")
"""Kinds by precedence: a path, or the two ends of a rename, take the first that fits."""

_YAML = (".yml", ".yaml")
_PIPELINE_ROOTS = tuple(folder + "/" for folder in PIPELINE_FOLDERS)
_AGENT_ENDS = frozenset(wanted.split("/")[-1] for wanted in AGENT_PATHS)
"""Last names of the paths that instruct agents: a path without one of them is none."""
_REQUIREMENTS = ("requirements", "constraints")
_HINTS = Keywords(
    word.encode()
    for word in (
        *(".gate", "codeowners", ".github", ".augment"),
        *PIPELINE_FOLDERS,
        *PIPELINE_NAMES,
        *PIPELINE_PREFIXES,
        *AGENT_NAMES,
        *AGENT_SUFFIXES,
        *AGENT_FOLDERS,
        *AGENT_PATHS,
        *TERRAFORM_NAMES,
        *TERRAFORM_SUFFIXES,
        *STATE_SUFFIXES,
        *MANIFEST_NAMES,
        *MANIFEST_SUFFIXES,
        *_REQUIREMENTS,
    )
)
"""Every path of a kind, or with a surface, has one of these in it; most paths have none."""


@lru_cache(maxsize=65_536)
def classify(path: str, previous_path: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Kind and surfaces of a changed path; a rename counts for both of its ends.

    The gate's own workflow is of kind `workflow`, so that the workflow rules read it as well, and
    touches the surfaces `gate` and `pipeline`.

    Args:
        path: path at the head, as git stores it.
        previous_path: path before a rename or copy.

    Returns:
        The kind (terraform | workflow | gate | agent_instructions | manifest | other) and the
        surfaces, sorted.
    """
    kind, surfaces = _classify(path)
    if previous_path is not None and previous_path != path:
        former_kind, former_surfaces = _classify(previous_path)
        kind = min(kind, former_kind, key=_KINDS.index)
        surfaces = surfaces | former_surfaces
    return kind, tuple(sorted(surfaces))


def fold(path: str) -> str:
    """The path as the most lenient file system or reader would take it.

    NFKC with case folding, look-alike letters as Latin ones, invisible characters dropped,
    backslashes as slashes, `.` and `..` resolved, trailing dots and spaces of each name and NTFS
    stream names cut.
    """
    if _is_folded_but_for_case(path):
        return path.lower()
    if not path.isascii():
        path = unicodedata.normalize("NFKC", path)
        path = "".join(char for char in path if unicodedata.category(char) not in ("Cf", "Mn"))
    path = path.casefold().translate(LOOKALIKES).replace("\\", "/")
    names = [name.partition("::")[0].strip() for name in path.split("/")]
    kept = [name if name in ("", ".", "..") else name.rstrip(". ") for name in names]
    return posixpath.normpath("/" + "/".join(kept)).lstrip("/")


def _is_folded_but_for_case(path: str) -> bool:
    """Whether nothing in an ordinary path needs to be resolved, cut or replaced."""
    return (
        path.isascii()
        and path.isprintable()
        and not path.endswith((".", "/"))
        and path[:1] != "/"
        and "./" not in path
        and "//" not in path
        and " " not in path
        and "\\" not in path
        and "::" not in path
    )


def _classify(path: str) -> tuple[str, set[str]]:
    folded = fold(path)
    if not _HINTS.are_in(folded.encode("utf-8", "surrogatepass")):
        return "other", set()
    names = folded.split("/")
    pipeline_kind = "workflow" if _is_pipeline_document(names) else "other"
    kinds = ["other"]
    surfaces: set[str] = set()
    for found, kind, touched in (
        (_is_gate(names), "gate", ("gate",)),
        (_is_gate_workflow(names), "workflow", ("gate", "pipeline")),
        (_is_pipeline(names), pipeline_kind, ("pipeline",)),
        (_is_agent(names), "agent_instructions", ("agent",)),
        (_is_terraform(names), "terraform", ()),
        (names[-1].endswith(STATE_SUFFIXES), "other", ("state",)),
        (_is_manifest(names), "manifest", ()),
        (names == [".github"], "other", ("agent", "gate", "pipeline")),
    ):
        if found:
            kinds.append(kind)
            surfaces.update(touched)
    return min(kinds, key=_KINDS.index), surfaces


def _is_gate(names: list[str]) -> bool:
    """The gate's folder (or anything put in its place), or CODEOWNERS where a forge reads it."""
    owners = names[-1] == "codeowners" and "/".join(names[:-1]) in CODEOWNERS_FOLDERS
    return names[0] == ".gate" or owners


def _is_gate_workflow(names: list[str]) -> bool:
    if names[:2] != [".github", "workflows"] or len(names) < 3:
        return False
    stem, dot, suffix = names[-1].rpartition(".")
    return dot + suffix in _YAML and stem in GATE_WORKFLOWS


def _is_pipeline(names: list[str]) -> bool:
    path = "/".join(names)
    return (
        (path + "/").startswith(_PIPELINE_ROOTS)
        or names[-1] in PIPELINE_NAMES
        or names[-1].startswith(PIPELINE_PREFIXES)
    )


def _is_pipeline_document(names: list[str]) -> bool:
    """Whether the file is the configuration itself, not a script or picture beside it."""
    name = names[-1]
    if name in PIPELINE_NAMES or name.startswith(PIPELINE_PREFIXES):
        return True
    return len(names) > 1 and name.endswith(_YAML)


def _is_agent(names: list[str]) -> bool:
    name = names[-1]
    if name in AGENT_NAMES or name.endswith(AGENT_SUFFIXES):
        return True
    if any(part in AGENT_FOLDERS or part.startswith(".augment") for part in names):
        return True
    if _AGENT_ENDS.isdisjoint(names):
        return False
    path = "/" + "/".join(names) + "/"
    return any(f"/{wanted}/" in path for wanted in AGENT_PATHS)


def _is_terraform(names: list[str]) -> bool:
    return names[-1].endswith(TERRAFORM_SUFFIXES) or names[-1] in TERRAFORM_NAMES


def _is_manifest(names: list[str]) -> bool:
    name = names[-1]
    if name in MANIFEST_NAMES or name.endswith(MANIFEST_SUFFIXES):
        return True
    if not name.endswith((".txt", ".in")):
        return False
    return name.startswith(_REQUIREMENTS) or "requirements" in names[-2:-1]


def is_terraform(path: str) -> bool:
    """Whether a path is Terraform code (variables files are not)."""
    return path.endswith(CODE_SUFFIXES)


def is_configuration(path: str) -> bool:
    """Whether a path is Terraform code, or values that Terraform loads by itself."""
    return is_terraform(path) or is_values(path)


def is_values(path: str) -> bool:
    """Whether a path is a variables file that Terraform loads by itself.

    Source: https://developer.hashicorp.com/terraform/language/values/variables
    """
    if not path.endswith((".tfvars", ".tfvars.json")):
        return False
    name = path.rpartition("/")[2]
    return name in ("terraform.tfvars", "terraform.tfvars.json") or name.endswith(
        (".auto.tfvars", ".auto.tfvars.json")
    )
