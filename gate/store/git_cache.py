"""Run git for the ledger: a governance repository, seen through a bare cache of the gate's own."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import NamedTuple

from gate import config
from gate.errors import ConflictError, ProcessError, RecordError, UnknownOutcomeError
from gate.process import Completed, run
from gate.store.git_place import TOKEN, environment_for, read_place
from gate.store.lock import locked
from gate.text import neutralise

SECONDS = 120.0
"""Time limit of one git process."""
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.fsync=none",
    "core.attributesFile=/dev/null",
    "credential.helper=",
    "http.followRedirects=false",
    "transfer.fsckObjects=true",
    "gc.autoDetach=false",
)
_RECEIVE = (
    "git -c core.hooksPath=/dev/null -c core.fsync=committed,reference -c gc.autoDetach=false"
    " receive-pack"
)
"""The other end of a push to a path: without hooks, and durable before it answers."""
_RACES = (
    "failed to update ref",
    "cannot lock ref",
    "incorrect old value",
    "already exists",
    "(non-fast-forward)",
)
_PAUSES = (0.02, 0.1, 0.3, 0.6, 1.2)
"""Seconds between the tries of a fetch whose ref somebody else moves meanwhile."""
_NO_REF = "couldn't find remote ref"


class TreeFile(NamedTuple):
    """One entry of a commit's tree."""

    mode: str
    """Git mode."""
    name: str
    """File name; bytes that are no UTF-8 are escaped."""
    oid: str
    """Object id."""


class GitCache:
    """What the gate knows of a governance repository; the cache can be made again at any time.

    Nothing of the user's is read: no configuration, no hooks, no prompts; HOME is empty.

    Args:
        place: path or URL (https, ssh, file).

    Raises:
        RecordError: it is neither.
    """

    def __init__(self, place: str) -> None:
        self.url, self._is_path = read_place(place)
        self.shown = neutralise(self.url, 200)
        name = hashlib.sha256(self.url.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self.folder = os.path.join(config.cache_folder(), "git", name)
        self._environment = environment_for(self.url)

    def turn(self, name: str) -> AbstractContextManager[None]:
        """A lock of its own for each name, of this machine."""
        return locked(os.path.join(f"{self.folder}.turns", name))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the cache, which is there then; nobody else of this machine changes it."""
        with locked(f"{self.folder}.lock"):
            self._make()
            yield

    def fetch(self, ref: str, into: str, *, forced: bool = False) -> bool:
        """Bring a ref into the cache.

        Returns:
            Whether the repository has it.

        Raises:
            RecordError: it cannot be read, or the ref was rewritten since it was last seen.
        """
        answer = self._settled_fetch(f"{'+' if forced else ''}{ref}:{into}")
        said = answer.stderr.decode("utf-8", "replace")
        if answer.code and _NO_REF in said:
            return False
        if answer.code and "(non-fast-forward)" in said:
            raise RecordError(
                f"{self.shown}: {ref} was rewritten: it no longer holds what it held before",
                f"Somebody forced it. The history before is in {neutralise(self.folder, 300)}.",
            )
        if answer.code:
            raise self._failed("could not be read", answer)
        return True

    def push(self, commit: str, ref: str) -> None:
        """Move a ref of the repository forward to a commit, or delete it where that is empty.

        Raises:
            ConflictError: somebody else was faster.
            UnknownOutcomeError: the answer was lost.
            RecordError: it was refused.
        """
        receive = ["--receive-pack", _RECEIVE] if self._is_path else []
        words = ["push", "--porcelain", "--no-verify", *receive, "gate", f"{commit}:{ref}"]
        try:
            answer = self.git(words)
        except ProcessError as error:
            raise UnknownOutcomeError(f"{self.shown}: {error.message}", error.hint) from error
        said = answer.stdout.decode("utf-8", "replace")
        status = [line for line in said.splitlines() if line[1:2] == "\t"]
        if answer.code == 0 and status:
            return
        refused = next((line for line in status if line.startswith("!")), "")
        if "[rejected]" in refused or any(word in refused for word in _RACES):
            raise ConflictError(f"{self.shown}: {ref} has moved on")
        if "[remote rejected]" in refused:
            reason = neutralise(refused.rpartition("\t")[2], 300)
            raise RecordError(
                f"{self.shown}: the push to {ref} was refused: {reason}",
                "Whoever writes the ledger has to be allowed to push to ledger/**.",
            )
        failed = self._failed("the push was not answered", answer)
        raise UnknownOutcomeError(failed.message, failed.hint)

    def refs(self, prefix: str) -> tuple[str, ...]:
        """Names of the repository's refs below a prefix, without it, as they stand now.

        Raises:
            RecordError: it cannot be read.
        """
        answer = self._run(["ls-remote", "--refs", "--quiet", "gate", f"{prefix}*"])
        if answer.code:
            raise self._failed("could not be read", answer)
        lines = answer.stdout.decode("utf-8", "replace").splitlines()
        names = [line.partition("\t")[2] for line in lines]
        return tuple(name.removeprefix(prefix) for name in names if name.startswith(prefix))

    def tree(self, ref: str) -> tuple[str, list[TreeFile]] | None:
        """The commit a ref of the cache stands at, and the files of its tree.

        Raises:
            RecordError: the cache cannot be read, or the ref is no commit.
        """
        answer = self._run(["cat-file", "--batch"], f"{ref}^{{commit}}\n{ref}^{{tree}}\n".encode())
        if answer.stdout.startswith(f"{ref}^{{commit}} missing\n".encode()):
            return None
        try:
            commit, _, rest = _object(answer.stdout, "commit")
            _, tree, _ = _object(rest, "tree")
            return commit, list(_tree(tree, len(commit) // 2))
        except ValueError as error:
            raise RecordError(f"{self.shown}: {ref} is not what the ledger is kept in") from error

    def content(self, oid: str) -> bytes:
        """The bytes of a blob.

        Raises:
            RecordError: they cannot be read, or are too many.
        """
        answer = self._run(["cat-file", "blob", oid])
        if answer.code:
            raise self._failed("an object is missing", answer)
        return answer.stdout

    def commit(self, parent: str, files: Mapping[str, bytes], at: int, message: str) -> str:
        """Make a commit whose tree is its parent's with these files, and return its id."""
        scratch = f"refs/gate/scratch/{os.urandom(8).hex()}"
        parts = [
            f"commit {scratch}\nmark :1\ncommitter gate <gate@localhost> {at} +0000\n".encode(),
            b"data %d\n%b\n" % (len(message.encode()), message.encode()),
            f"from {parent}\n".encode() if parent else b"",
        ]
        for name, data in files.items():
            parts.append(f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n")
        gone = "0" * (len(parent) or 40)
        parts.append(f"get-mark :1\nreset {scratch}\nfrom {gone}\n\n".encode())
        answer = self._run(["fast-import", "--quiet"], b"".join(parts))
        if answer.code:
            raise self._failed("no commit could be made", answer)
        return answer.stdout.decode("ascii", "replace").strip()

    def prune(self) -> None:
        """Remove what came into the cache just now and that no ref leads to.

        Raises:
            RecordError: it stays.
        """
        self._clean(["prune", "--expire=now"])

    def forget(self, ref: str) -> None:
        """Take a ref out of the cache, with everything that only it leads to.

        Raises:
            RecordError: it stays.
        """
        self._clean(["update-ref", "-d", ref])
        self._clean(["gc", "--quiet", "--prune=now"])

    def _clean(self, words: Sequence[str]) -> None:
        answer = self._run(words)
        if answer.code:
            raise self._failed("the cache keeps what it should forget", answer)

    def tidy(self) -> None:
        """Pack the cache, if it is time."""
        self._run(["gc", "--auto", "--quiet"])

    def git(self, words: Sequence[str], stdin: bytes = b"") -> Completed:
        """Run git in the cache.

        Raises:
            ProcessError: as `gate.process.run`.
        """
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        remote = ("-c", f"remote.gate.url={self.url}", "-c", f"remote.gate.fetch={_TRACKED}")
        argv = ["git", "--git-dir", self.folder, *settings, *remote, *words]
        return run(argv, stdin=stdin, timeout=SECONDS, env=self._environment)

    def _run(self, words: Sequence[str], stdin: bytes = b"") -> Completed:
        try:
            return self.git(words, stdin)
        except ProcessError as error:
            raise RecordError(f"{self.shown}: {error.message}", error.hint) from error

    def _settled_fetch(self, refspec: str) -> Completed:
        """A fetch that nobody came in between.

        NOTE: the lock of the cache is gone with a gate that was killed, while the git that it had
        started still runs to its end and moves the same ref: also past what this fetch was told,
        which looks like history rewritten. If it is, it still looks so after the last pause.
        """
        answer = self._fetch(refspec)
        for pause in _PAUSES:
            said = answer.stderr.decode("utf-8", "replace")
            if not answer.code or not (self._unlock() or any(word in said for word in _RACES)):
                break
            time.sleep(pause)
            answer = self._fetch(refspec)
        return answer

    def _fetch(self, refspec: str) -> Completed:
        words = ("--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap=")
        return self._run(["fetch", *words, "gate", refspec])

    def _make(self) -> None:
        if os.path.exists(os.path.join(self.folder, "HEAD")):
            return
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise RecordError(
                f"{neutralise(self.folder, 300)}: {error.strerror or type(error).__name__}",
                "Set XDG_CACHE_HOME to a folder that can be written.",
            ) from error
        answer = self._run(["init", "--quiet", "--bare", "--template=", self.folder])
        if answer.code:
            raise self._failed("no cache could be made", answer)

    def _unlock(self) -> bool:
        """Remove the lock files of a git that was killed; whether there were any.

        NOTE: whoever is here holds the cache. It is not made anew for them, as it remembers what
        the repository held, and what git says on failure may come from there.
        """
        left = [
            os.path.join(folder, name)
            for folder, _, names in os.walk(os.path.join(self.folder, "refs"))
            for name in names
            if name.endswith(".lock")
        ]
        for path in left:
            with suppress(OSError):
                os.unlink(path)
        return bool(left)

    def _failed(self, what: str, answer: Completed) -> RecordError:
        said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = next((line for line in said if line.startswith(("fatal:", "error:"))), "")
        told = f": {neutralise(reason.partition(': ')[2], 300)}" if reason else ""
        hint = f"Is it there, and may this job use it? For https the token is {TOKEN}."
        if not any(word in line for line in said for word in _UNREACHED):
            folder = neutralise(self.folder, 300)
            hint = f"{hint} After a crash of this machine remove {folder}."
        return RecordError(f"{self.shown}: {what}{told}", hint)


_UNREACHED = ("Could not read from remote repository", "unable to access", "Authentication failed")
"""What git says where the repository is to blame, and not the cache."""
_TRACKED = "refs/heads/ledger/*:refs/gate/heads/*"


def _object(answer: bytes, kind: str) -> tuple[str, bytes, bytes]:
    """(object id, content, rest) of what `cat-file --batch` says of one object.

    Raises:
        ValueError: it is missing or of another kind.
    """
    header, _, rest = answer.partition(b"\n")
    oid, found, size = header.decode("ascii").split(" ")
    if found != kind:
        raise ValueError(found)
    return oid, rest[: int(size)], rest[int(size) + 1 :]


def _tree(content: bytes, size: int) -> Iterator[TreeFile]:
    """The entries of a tree whose object ids have `size` bytes."""
    position = 0
    while position < len(content):
        end = content.index(b"\0", position)
        mode, _, name = content[position:end].partition(b" ")
        position = end + 1 + size
        oid = content[end + 1 : position].hex()
        yield TreeFile(mode.decode("ascii"), name.decode("utf-8", "backslashreplace"), oid)
