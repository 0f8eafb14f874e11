"""gate.process: environment, limits and clean-up of child processes."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from gate import process
from gate.errors import ProcessError


def python(code: str, **options: object) -> process.Completed:
    options.setdefault("timeout", 20.0)
    return process.run([sys.executable, "-I", "-c", code], **options)  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_run_returns_code_and_both_streams() -> None:
    done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert done == (3, b"out\n", b"err\n")


def test_environment_is_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_CANARY", "secret")
    done = python("import os, json; print(sorted(os.environ))", env={"EXTRA": "1"})
    seen = set(eval(done.stdout))
    assert seen - {"LC_CTYPE"} == {"PATH", "HOME", "LANG", "EXTRA"}


def test_home_is_private_and_removed() -> None:
    done = python(
        "import os; h = os.environ['HOME']; open(h + '/x', 'w').write('1');"
        "print(h, oct(os.stat(h).st_mode & 0o777))"
    )
    home, mode = done.stdout.decode().split()
    assert mode == "0o700"
    assert not os.path.exists(home)


def test_large_stdin_and_stdout_do_not_deadlock() -> None:
    data = os.urandom(3_000_000)
    done = python("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", stdin=data)
    assert done.stdout == data


def test_child_that_does_not_read_stdin_is_no_failure() -> None:
    assert python("print(1)", stdin=b"x" * 5_000_000).stdout == b"1\n"


def test_timeout_kills_the_whole_group(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(PATH, 'w').write(str(c.pid))\n"
        "time.sleep(60)\n"
    )
    path = tmp_path / "pid"
    begin = time.monotonic()
    with pytest.raises(ProcessError, match="not finished after"):
        python(f"PATH = {str(path)!r}\n" + code, timeout=1.5)
    assert time.monotonic() - begin < 10
    grandchild = int(path.read_text())
    time.sleep(0.1)
    assert not alive(grandchild)


def test_child_left_behind_is_killed_when_its_parent_ends() -> None:
    code = (
        "import subprocess, sys\n"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(c.pid, flush=True)\n"
    )
    begin = time.monotonic()
    done = python(code)
    assert time.monotonic() - begin < 10
    time.sleep(0.1)
    assert not alive(int(done.stdout))


def test_output_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MAX_OUTPUT", 1000)
    with pytest.raises(ProcessError, match="wrote more than 1000 bytes"):
        python("print('x' * 100000)")


def test_memory_is_limited() -> None:
    code = "import time; x = bytearray(b'x' * 300_000_000); time.sleep(20); print(len(x))"
    with pytest.raises(ProcessError, match="200 MB are allowed"):
        python(code, memory=200 << 20)


def test_death_by_signal_is_an_error() -> None:
    with pytest.raises(ProcessError, match="SIGKILL"):
        python("import os; os.kill(os.getpid(), 9)")


def test_missing_program_is_an_error_with_a_hint() -> None:
    with pytest.raises(ProcessError, match="could not start") as caught:
        process.run(["/nonexistent/tool"], timeout=1)
    assert "installed" in caught.value.hint


def test_working_directory_is_used() -> None:
    assert python("import os; print(os.getcwd())", cwd="/").stdout == b"/\n"


def test_child_may_be_fed_later(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    code = f"import sys; open({str(mark)!r}, 'w').close(); print(sys.stdin.read() + '!')"
    child = process.Child([sys.executable, "-I", "-c", code], is_fed=True, timeout=20.0)
    deadline = time.monotonic() + 20
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert child.finish(b"late") == (0, b"late!\n", b"")


def test_child_that_is_never_fed_leaves_nothing(tmp_path: Path) -> None:
    told = tmp_path / "told"
    code = (
        "import os, sys; home = os.environ['HOME'];"
        f"open({str(tmp_path / 'draft')!r}, 'w').write(f'{{os.getpid()}} {{home}}');"
        f"os.rename({str(tmp_path / 'draft')!r}, {str(told)!r}); sys.stdin.read()"
    )
    child = process.Child([sys.executable, "-I", "-c", code], is_fed=True, timeout=20.0)
    deadline = time.monotonic() + 20
    while not told.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    pid, home = told.read_text().split()
    assert alive(int(pid))
    child.stop()
    child.stop()
    assert not alive(int(pid))
    assert not os.path.exists(home)
