"""The authoritative engine: the OPA binary, one process per question."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from gate import process
from gate.config import environ
from gate.errors import EvaluateError, ProcessError
from gate.text import neutralise

PIN = "1.20.2"
"""The version that `gate opa install` installs."""
OLDEST, NEWEST = (1, 20, 2), (1, 22)
"""The versions our tests ran with: from OLDEST up to every patch of NEWEST."""
EVALUATION_SECONDS = 60
"""Time for one question; a plan of 20,000 resources takes 0.4 s reduced and 8 s raw."""
STALE_SECONDS = 5
"""How long a process may have waited for its input; OPA counts its own time from its start."""
MEMORY = 4 << 30
"""Memory for one question; the raw plan of 20,000 resources takes 1.9 GB."""
INSTALL_HINT = "Install the pinned version: gate opa install"
"""What to do about a missing or unfit OPA."""


class Opa(NamedTuple):
    """An OPA binary that may be used."""

    path: str
    """Absolute path."""
    version: str
    """Its version."""


class Problem(msgspec.Struct, frozen=True):
    """One error of OPA."""

    message: str
    """What OPA says."""
    code: str = ""
    """rego_parse_error, rego_type_error, eval_builtin_error, ... ."""
    location: dict[str, Any] | None = None
    """file, row, col."""

    @property
    def where(self) -> str:
        """`file:row`, neutralised; empty where OPA does not say."""
        if not self.location or not self.location.get("file"):
            return ""
        file = neutralise(str(self.location["file"]).removeprefix("./"), 200)
        return f"{file}:{self.location.get('row', 0)}"

    def __str__(self) -> str:
        text = f"{self.code}: {neutralise(self.message)}" if self.code else neutralise(self.message)
        return f"{self.where}: {text}" if self.where else text


class OpaError(EvaluateError):
    """OPA refused the policies or failed while evaluating them."""

    def __init__(self, message: str, hint: str, problems: Sequence[Problem]) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)


class Reply(NamedTuple):
    """What OPA answered to one query."""

    value: Any
    """Value of the query's one expression; `None` where it is undefined."""
    defined: bool
    """Whether the query is defined."""
    problems: tuple[Problem, ...]
    """Builtin errors, where they were asked for."""


class _Expression(msgspec.Struct):
    value: Any


class _Result(msgspec.Struct):
    expressions: list[_Expression]


class _Output(msgspec.Struct):
    result: list[_Result] = []
    errors: list[Problem] = []


def capabilities_path() -> str:
    """The builtins OPA may offer: none that reads network, environment, clock or chance."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "capabilities.json")


def cache_folder() -> str:
    """The gate's cache: `$XDG_CACHE_HOME/gate`, else `~/.cache/gate`.

    Raises:
        EvaluateError: it would lie in the workspace of an Actions run, where a pull request's own
            files are.
    """
    variables = environ()
    base = variables.get("XDG_CACHE_HOME") or os.path.join(
        variables.get("HOME") or os.path.expanduser("~"), ".cache"
    )
    folder = os.path.abspath(os.path.join(base, "gate"))
    if _in_workspace(folder):
        raise EvaluateError(
            f"the gate's cache {neutralise(folder)} lies in the workspace of the pull request",
            "Set XDG_CACHE_HOME to a folder outside it.",
        )
    return folder


def installed_path(version: str = PIN) -> str:
    """Where `gate opa install` puts a version."""
    return os.path.join(cache_folder(), "opa", version, "opa")


def find_opa(path: str | None = None) -> Opa | None:
    """The OPA binary to use: `path`, else GATE_OPA, the gate's cache, PATH.

    Args:
        path: a binary named by the caller.

    Returns:
        The binary, or `None` where there is none.

    Raises:
        EvaluateError: the binary named does not exist, cannot run, is not an accepted version, or,
            named by GATE_OPA in Actions, has not the SHA-256 of GATE_OPA_SHA256.
    """
    named = path or environ().get("GATE_OPA") or ""
    if named:
        found = os.path.abspath(named)
        if not os.path.isfile(found) or not os.access(found, os.X_OK):
            source = "the OPA binary" if path else "GATE_OPA"
            raise EvaluateError(f"{source} {neutralise(named)} is no program", INSTALL_HINT)
        if not path:
            _check_digest(found)
        return _accept(found)
    installed = installed_path()
    if os.path.isfile(installed) and os.access(installed, os.X_OK):
        return _accept(installed)
    for folder in environ().get("PATH", os.defpath).split(os.pathsep):
        candidate = os.path.join(folder, "opa")
        if not os.path.isabs(folder) or _in_workspace(folder):
            continue  # NOTE: a pull request could put its own `opa` there
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return _accept(candidate)
    return None


class Question:
    """One query to a process of its own, which starts at once and answers when it is fed.

    Args:
        opa: the binary.
        query: Rego.
        sources: files and folders of policies and data (`prefix:path` roots data at a prefix).
        folder: working directory, against which `sources` are read and files are named in errors.
        options: further flags; `--capabilities` where the default set does not fit.

    Raises:
        EvaluateError: OPA did not start.
    """

    def __init__(
        self,
        opa: Opa,
        query: str,
        *,
        sources: Sequence[str],
        folder: str,
        options: Sequence[str] = ("--strict-builtin-errors",),
    ) -> None:
        self.opa = opa
        """The binary."""
        self._options = options
        self._started = time.monotonic()
        argv = [opa.path, "eval", "--format", "json", "--timeout", f"{EVALUATION_SECONDS}s"]
        argv += ["--ignore", "*_test.rego", "--ignore", ".*", "--stdin-input", *options]
        if "--capabilities" not in options:
            argv += ["--capabilities", capabilities_path()]
        for source in sources:
            argv += ["--data", source]
        try:
            # NOTE: rare garbage collection takes a third off a small run (90 to 60 ms, measured);
            # near the memory limit Go collects as often as it must.
            self._child = process.Child(
                [*argv, query],
                is_fed=True,
                timeout=EVALUATION_SECONDS + 5,
                cwd=folder,
                env={"GOGC": "800", "GOMEMLIMIT": str(MEMORY // 4 * 3)},
            )
        except ProcessError as error:
            raise _unanswered(error) from error

    @property
    def is_stale(self) -> bool:
        """Whether it has waited so long that OPA's own clock has run too far."""
        return time.monotonic() - self._started > STALE_SECONDS

    def answer(self, document: bytes) -> Reply:
        """Feed it the `input`, JSON, and read what it says.

        Raises:
            OpaError: OPA refuses a policy, or a builtin fails under strict errors.
            EvaluateError: OPA crashed, was stopped, or did not answer in JSON.
        """
        try:
            done = self._child.finish(document, MEMORY)
        except ProcessError as error:
            raise _unanswered(error) from error
        return _read(done, tolerant="--show-builtin-errors" in self._options)

    def stop(self) -> None:
        """End the process, answered or not."""
        self._child.stop()


def ask(
    opa: Opa,
    query: str,
    *,
    sources: Sequence[str],
    folder: str,
    document: bytes,
    options: Sequence[str] = ("--strict-builtin-errors",),
) -> Reply:
    """Put a `Question` and answer it.

    Raises:
        OpaError: OPA refuses a policy, or a builtin fails under strict errors.
        EvaluateError: OPA crashed, was stopped, or did not answer in JSON.
    """
    question = Question(opa, query, sources=sources, folder=folder, options=options)
    try:
        return question.answer(document)
    finally:
        question.stop()


def _unanswered(error: ProcessError) -> EvaluateError:
    return EvaluateError(
        f"OPA did not answer: {error.message}",
        "A rule may loop over too much, or the machine is short of memory.",
    )


def _read(done: process.Completed, *, tolerant: bool) -> Reply:
    try:
        output = msgspec.json.decode(done.stdout, type=_Output)
    except msgspec.DecodeError as error:
        detail = neutralise(done.stderr[-300:].decode("utf-8", "replace").strip())
        raise EvaluateError(
            f"OPA did not answer in JSON (exit {done.code}): {detail or 'no output'}", INSTALL_HINT
        ) from error
    soft = tolerant and all(problem.code == "eval_builtin_error" for problem in output.errors)
    if output.errors and not soft:
        raise _refusal(output.errors)
    if done.code != 0:
        raise EvaluateError(f"OPA ended with exit code {done.code} and no reason", INSTALL_HINT)
    if not output.result:
        return Reply(None, False, tuple(output.errors))
    return Reply(output.result[0].expressions[0].value, True, tuple(output.errors))


def _refusal(problems: Sequence[Problem]) -> OpaError:
    shown = "; ".join(str(problem) for problem in problems[:3])
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    hint = "Mend the policy; `opa check` shows the same."
    if any("undefined function" in problem.message for problem in problems):
        hint = "The gate offers no builtin that reads network, environment, clock or chance."
    elif any(problem.code == "eval_cancel_error" for problem in problems):
        hint = f"Stopped after {EVALUATION_SECONDS} s: a rule loops over too much."
    elif any(problem.code == "rego_parse_error" for problem in problems):
        hint = "Rego v1 is expected; `gate policies migrate FILE` rewrites v0."
    return OpaError(f"OPA: {shown}{more}", hint, problems)


def _accept(path: str) -> Opa:
    version = _version(path)
    numbers = tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())
    if len(numbers) != 3 or numbers < OLDEST or numbers[:2] > NEWEST:
        raise EvaluateError(
            f"OPA {neutralise(version, 40)} at {neutralise(path)} is not accepted: "
            f"{'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}.x are",
            INSTALL_HINT,
        )
    return Opa(path, version)


def _version(path: str) -> str:
    """Version of a binary; asked once, then remembered by path, size and time of change."""
    try:
        seen = os.stat(path)
    except OSError as error:
        raise EvaluateError(f"{neutralise(path)}: {error.strerror}", INSTALL_HINT) from error
    key = f"{path}|{seen.st_size}|{seen.st_mtime_ns}|{seen.st_ino}"
    memory = os.path.join(cache_folder(), "opa", "versions.json")
    known = _remembered(memory)
    if key in known:
        return known[key]
    try:
        done = process.run([path, "version"], timeout=20, memory=MEMORY)
    except ProcessError as error:
        raise EvaluateError(f"{neutralise(path)}: {error.message}", INSTALL_HINT) from error
    words = done.stdout.decode("utf-8", "replace").split()
    version = words[1] if words[:1] == ["Version:"] and len(words) > 1 else "unknown"
    _remember(memory, {**dict(list(known.items())[-20:]), key: version})
    return version


def _remembered(memory: str) -> dict[str, str]:
    try:
        with open(memory, "rb") as handle:
            return msgspec.json.decode(handle.read(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        return {}


def _remember(memory: str, known: Mapping[str, str]) -> None:
    draft = f"{memory}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(memory), mode=0o700, exist_ok=True)
        with open(draft, "wb") as handle:
            handle.write(msgspec.json.encode(known))
        os.replace(draft, memory)
    except OSError:
        return  # NOTE: without a cache the version is asked every time; nothing else changes


def _check_digest(path: str) -> None:
    variables = environ()
    if variables.get("GITHUB_ACTIONS") != "true":
        return
    wanted = variables.get("GATE_OPA_SHA256", "").lower()
    with open(path, "rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    if digest != wanted:
        raise EvaluateError(
            f"GATE_OPA {neutralise(path)} has not the SHA-256 that GATE_OPA_SHA256 names",
            "In Actions GATE_OPA needs its digest; `gate opa install` needs nothing.",
        )


def _in_workspace(folder: str) -> bool:
    workspace = environ().get("GITHUB_WORKSPACE")
    if not workspace:
        return False
    inside, outside = os.path.realpath(folder), os.path.realpath(workspace)
    return inside == outside or inside.startswith(outside + os.sep)
