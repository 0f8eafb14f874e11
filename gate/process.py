"""Run child processes: scrubbed environment, limits on time, memory and output, no orphans."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gate.errors import ProcessError

MAX_OUTPUT = 64 * 1024 * 1024
"""Bytes that stdout, and stderr, may hold; a child that writes more is killed."""
POLL_SECONDS = 0.05
"""How often a silent child is looked at."""
DRAIN_SECONDS = 2.0
"""How long pipes may stay open after the child itself has ended."""
PIPE_CHUNK = 1 << 18
"""Bytes per read and write."""

_PAGE = os.sysconf("SC_PAGE_SIZE")

try:
    import resource
except ImportError:  # pragma: no cover - only where the platform has no resource limits
    resource = None  # type: ignore[assignment]


class Completed(NamedTuple):
    """A child that ended by itself."""

    code: int
    """Exit code, 0 to 255."""
    stdout: bytes
    """Everything it wrote to stdout."""
    stderr: bytes
    """Everything it wrote to stderr."""


def run(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    timeout: float,
    memory: int | None = None,
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
) -> Completed:
    """Run a program to its end, as `Child` does.

    Args:
        argv: program and arguments; the program is looked up in PATH.
        stdin: fed to the child.
        timeout: wall-clock seconds.
        memory: resident bytes, looked at every 50 ms; `None`: unlimited.
        cwd: working directory.
        env: further variables.

    Returns:
        Exit code and output, whatever the code is.

    Raises:
        ProcessError: it did not start, ran too long, wrote or kept too much, or a signal
            ended it.
    """
    child = Child(argv, is_fed=bool(stdin), timeout=timeout, cwd=cwd, env=env)
    try:
        return child.finish(stdin, memory)
    finally:
        child.stop()


class Child:
    """A program that has been started, and is fed when its input is there.

    It sees only PATH, HOME (an empty folder, gone afterwards), LANG and `env`. It leads a process
    group of its own, and the whole group is killed when it ends, so nothing it started stays
    behind. CPU time and core files are limited with prlimit(2) right after the start; resident
    memory is watched, since a limit on address space is of no use here: a Go program reserves
    1.6 GB of it and regopy 256 GB before they use any (measured). Where there is no prlimit(2) and
    no /proc only the time limit holds.

    Args:
        argv: program and arguments; the program is looked up in PATH.
        is_fed: whether it reads its stdin; else that is empty.
        timeout: wall-clock seconds from the moment it is fed.
        cwd: working directory.
        env: further variables, which win over the three.

    Raises:
        ProcessError: it did not start.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        is_fed: bool,
        timeout: float,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._name = _plain(os.path.basename(argv[0])[:60])
        self._timeout = timeout
        with contextlib.ExitStack() as stack:
            home = stack.enter_context(_private_home())
            path = os.environ.get("PATH", os.defpath)
            environment = {"PATH": path, "HOME": home, "LANG": "C.UTF-8", **(env or {})}
            self._child = _start(argv, self._name, is_fed, cwd, environment)
            stack.callback(_end, self._child)
            _limit(self._child.pid, timeout)
            self._kept = stack.pop_all()

    def finish(self, stdin: bytes = b"", memory: int | None = None) -> Completed:
        """Feed it and wait for its end.

        Args:
            stdin: its input.
            memory: resident bytes, looked at every 50 ms; `None`: unlimited.

        Raises:
            ProcessError: it ran too long, wrote or kept too much, or a signal ended it.
        """
        output = _Exchange(self._child, stdin, self._name).finish(self._timeout, memory)
        self.stop()
        code = self._child.returncode
        if code < 0:
            raise ProcessError(
                f"{self._name}: ended by {_signal_name(-code)}",
                "It crashed or hit its memory or CPU limit.",
            )
        return Completed(code, output[0], output[1])

    def stop(self) -> None:
        """Kill what is left of it; nothing happens the second time."""
        self._kept.close()


def _start(
    argv: Sequence[str], name: str, is_fed: bool, cwd: str | None, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if is_fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment,
            process_group=0,
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        raise ProcessError(
            f"{name}: could not start: {_plain(str(error))}",
            "Is it installed, executable and on PATH?",
        ) from error


def _plain(text: str) -> str:
    """The text in printable ASCII; the layers forbid `gate.text` here."""
    return ascii(text)[1:-1]


@contextlib.contextmanager
def _private_home() -> Iterator[str]:
    parent = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - the folder below is private
    home = os.path.join(parent, f"gate-home-{os.urandom(8).hex()}")
    try:
        os.mkdir(home, 0o700)
    except OSError as error:
        raise ProcessError(
            f"could not make a folder in {_plain(parent)}: {_plain(str(error))}",
            "Set TMPDIR to a folder that can be written.",
        ) from error
    try:
        yield home
    finally:
        try:
            os.rmdir(home)
        except OSError:
            import shutil  # NOTE: costs 3 ms, and hardly a child leaves anything there

            shutil.rmtree(home, ignore_errors=True)


def _limit(pid: int, timeout: float) -> None:
    """Set the kernel's limits on a running child; it may have ended already."""
    prlimit = getattr(resource, "prlimit", None)
    if prlimit is None:  # pragma: no cover - macOS; the wall clock still holds
        return
    seconds = (int(timeout) + 1) * (os.cpu_count() or 1)
    for kind, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds)):
        with contextlib.suppress(ProcessLookupError):
            _, hard = prlimit(pid, kind)
            if hard != resource.RLIM_INFINITY:
                value = min(value, hard)
            prlimit(pid, kind, (value, hard if kind == resource.RLIMIT_CPU else value))


def _widen(pipe: int) -> None:
    """Let a pipe hold one chunk whole, so that neither side waits for the other in between.

    NOTE: this process may be busy elsewhere; every further turn then costs up to 5 ms.
    """
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_CHUNK)


def _resident(pid: int) -> int:
    """Resident bytes of a process; 0 where that cannot be read."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as handle:
            return int(handle.read().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _has_ended(child: subprocess.Popen[bytes]) -> bool:
    """Whether the child is a zombie, without reaping it: its process group must outlive it."""
    try:
        seen = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return seen is not None


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the child's process group, reap the child, close the pipes."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class _Exchange:
    """Feeds stdin and collects stdout and stderr at once, so that no side can block the other."""

    def __init__(self, child: subprocess.Popen[bytes], stdin: bytes, name: str) -> None:
        self._child = child
        self._name = name
        self._rest = memoryview(stdin)
        self._poll = select.poll()
        self._chunks: dict[int, list[bytes]] = {}
        self._sizes: dict[int, int] = {}
        self._order: list[int] = []
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                self._watch(pipe.fileno(), select.POLLIN)
                self._order.append(pipe.fileno())
                self._chunks[pipe.fileno()] = []
                self._sizes[pipe.fileno()] = 0
        self._feeding = -1
        if child.stdin is not None:
            self._feeding = child.stdin.fileno()
            self._watch(self._feeding, select.POLLOUT)
        self._open = set(self._order)

    def _watch(self, number: int, event: int) -> None:
        os.set_blocking(number, False)
        _widen(number)
        self._poll.register(number, event | select.POLLERR | select.POLLHUP)

    def finish(self, timeout: float, memory: int | None) -> list[bytes]:
        """Everything the child wrote to stdout and to stderr.

        Raises:
            ProcessError: the time is up, or it wrote or kept too much.
        """
        deadline = time.monotonic() + timeout
        looked_at, ended_at = time.monotonic(), 0.0
        while self._open or not _has_ended(self._child):
            now = time.monotonic()
            if now >= deadline:
                raise ProcessError(
                    f"{self._name}: not finished after {timeout:g} s",
                    "It was stopped with everything it started.",
                )
            if ended_at and now > ended_at + DRAIN_SECONDS:
                break
            if memory is not None and now >= looked_at + POLL_SECONDS:
                looked_at = now
                self._check_memory(memory)
            if self._wait(min(POLL_SECONDS, deadline - now)) or ended_at:
                continue
            if _has_ended(self._child):
                ended_at = now
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._child.pid, signal.SIGKILL)
        return [b"".join(self._chunks[number]) for number in self._order]

    def _wait(self, seconds: float) -> bool:
        """Serve the pipes that are ready; whether any was."""
        if not self._open:
            time.sleep(0.001)
            return False
        ready = self._poll.poll(seconds * 1000)
        for number, _ in ready:
            self._serve(number)
        return bool(ready)

    def _check_memory(self, memory: int) -> None:
        used = _resident(self._child.pid)
        if used > memory:
            raise ProcessError(
                f"{self._name}: took {used >> 20} MB of memory, {memory >> 20} MB are allowed",
                "It was stopped; its input may be too large for this engine.",
            )

    def _serve(self, number: int) -> None:
        if number == self._feeding:
            self._feed()
            return
        try:
            chunk = os.read(number, PIPE_CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            self._poll.unregister(number)
            self._open.discard(number)
            return
        self._sizes[number] += len(chunk)
        if self._sizes[number] > MAX_OUTPUT:
            raise ProcessError(
                f"{self._name}: wrote more than {MAX_OUTPUT} bytes",
                "It was stopped; its output is not usable.",
            )
        self._chunks[number].append(chunk)

    def _feed(self) -> None:
        try:
            self._rest = self._rest[os.write(self._feeding, self._rest[:PIPE_CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            # NOTE: the child closed its stdin; its exit code tells whether that was right
            self._rest = self._rest[:0]
        if not self._rest and self._child.stdin is not None:
            self._poll.unregister(self._feeding)
            self._child.stdin.close()
            self._feeding = -1
