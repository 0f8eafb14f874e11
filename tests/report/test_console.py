"""What a person sees at a terminal."""

from __future__ import annotations

import io
import subprocess
import sys
import unicodedata

import msgspec
import pytest
from report import golden
from report.samples import IAM, SAMPLES, report

from gate.errors import ReportError
from gate.report import console
from gate.schema.report import Report
from gate.schema.section import Gap


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_render_equals_the_golden_file(name: str) -> None:
    with open(golden.path(name, "txt"), "rb") as file:
        assert golden.render(SAMPLES[name], "txt") == file.read()


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_render_fits_the_width(name: str, width: int) -> None:
    if SAMPLES[name].findings:
        shown = console.render(SAMPLES[name], width=width, color=False)
        assert max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_render_in_colour_says_the_same(name: str) -> None:
    import re

    plain = console.render(SAMPLES[name], width=100, color=False)
    colored = console.render(SAMPLES[name], width=100, color=True)
    assert "\x1b[1;" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


@pytest.mark.parametrize("width", [40, 100])
def test_render_shows_nothing_raw(poisoned: Report, canary: str, width: int) -> None:
    shown = console.render(poisoned, width=width, color=False)
    for line in shown.split("\n"):
        assert not any(unicodedata.category(char)[0] == "C" for char in line)
        assert not any(char in line for char in "\u2028\u2029\u3164\ufe00")
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert "##vso[" not in line.lower()
    assert "a1B2a1B2" not in shown


def test_render_never_hides_a_blocking_rule_and_caps_the_rest() -> None:
    block = SAMPLES["block"].findings[0]
    many = tuple(msgspec.structs.replace(block, subject=str(number)) for number in range(40))
    shown = console.render(report(decision="block", findings=many), width=100, color=False)
    assert shown.count("BLOCK    ") == 25
    assert "15 more of terraform.wildcard_iam (blocking)" in shown
    assert "--format json" in shown
    assert "40 blocking" in shown


def test_minor_warning_beside_a_block_is_told_without_its_reason() -> None:
    warned = msgspec.structs.replace(
        IAM, enforcement="warn", rule="agents.unregistered", why="Nobody answers for it."
    )
    for decision, is_told in (("block", False), ("hold", False), ("warn", True)):
        shown = console.render(
            report(decision=decision, findings=(IAM, warned)), width=100, color=False
        )
        assert ("Nobody answers for it." in shown) is is_told
        assert "agents.unregistered" in shown
    grave = msgspec.structs.replace(warned, severity="critical")
    told = console.render(report(decision="block", findings=(IAM, grave)), width=100, color=False)
    assert "Nobody answers for it." in told


def test_render_caps_gaps_and_waivers() -> None:
    gaps = tuple(Gap(section="hcl", reason=str(number)) for number in range(12))
    whole = SAMPLES["error"].completeness
    covered = tuple(msgspec.structs.replace(IAM, waived_by=f"W-{n}") for n in range(12))
    shown = console.render(
        report(
            decision="error",
            findings=covered,
            completeness=msgspec.structs.replace(whole, gaps=gaps),
        ),
        width=100,
        color=False,
    )
    assert shown.count("and 2 more: --format json") == 2


def test_render_of_a_clean_change_loads_no_terminal_library() -> None:
    code = (
        "import sys; from report.samples import SAMPLES; from gate.report import console; "
        "console.render(SAMPLES['pass'], width=80, color=True); assert 'rich' not in sys.modules"
    )
    paths = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=paths, check=False).returncode == 0


def test_emit_writes_utf_8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    console.emit("→ x\n")
    assert raw.getvalue() == "→ x\n".encode()


def test_emit_says_when_standard_output_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(ReportError, match="No space left"):
        console.emit("x")


def test_emit_outlives_a_reader_that_went_away() -> None:
    code = "from gate.report.console import emit\nfor _ in range(9): emit('x' * 100000 + '\\n')"
    paths = {"PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=paths, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.read(10)
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 0


def test_render_does_not_repeat_the_reason_of_an_error() -> None:
    text = console.render(SAMPLES["usage"], width=100, color=False)
    assert text.count("no such folder") == 1
