"""Tell GitHub Actions: outputs, job summary, and one annotation with the decision."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence

from gate.errors import ReportError
from gate.outcome import Outcome
from gate.report.summary import render
from gate.text import workflow_data

_OUTPUT_OF = {"json": "report-json", "sarif": "sarif-file"}


def announce(outcome: Outcome, reports: Sequence[str], env: Mapping[str, str]) -> None:
    """Write the step's outputs and summary.

    Args:
        outcome: the run.
        reports: the `--report FORMAT=FILE` words, whose files become outputs.
        env: the environment: GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name the files.

    Raises:
        ReportError: a file of the runner cannot be written.
    """
    report = outcome.report
    if env.get("GITHUB_STEP_SUMMARY"):
        _append(env["GITHUB_STEP_SUMMARY"], render(report))
    if outcome.exit_code:
        title = f"gate: {report.decision}"
        text = workflow_data(report.reasons[0].text) if report.reasons else ""
        sys.stderr.write(f"::error title={title}::{text}\n")
    if env.get("GITHUB_OUTPUT"):
        values = {
            "decision": report.decision,
            "findings": str(len(report.findings)),
            "policy-digest": report.policy_digest,
        }
        for wish in reports:
            name, _, path = wish.partition("=")
            if name in _OUTPUT_OF:
                values[_OUTPUT_OF[name]] = path
        _append(env["GITHUB_OUTPUT"], "".join(_output(key, values[key]) for key in sorted(values)))


def announce_nothing(env: Mapping[str, str]) -> None:
    """Say that there was nothing to judge: decision `none`, which is no decision.

    Args:
        env: the environment: GITHUB_OUTPUT names the file.

    Raises:
        ReportError: a file of the runner cannot be written.
    """
    if env.get("GITHUB_OUTPUT"):
        _append(env["GITHUB_OUTPUT"], _output("decision", "none"))


def _output(key: str, value: str) -> str:
    """One output in heredoc form, whose delimiter nobody can guess."""
    mark = f"gate-{secrets.token_hex(16)}"
    if mark in value:
        raise ReportError(f"output {key}: holds its own delimiter")
    return f"{key}<<{mark}\n{value}\n{mark}\n"


def _append(path: str, text: str) -> None:
    try:
        with open(path, "a", encoding="utf-8") as handle:
            handle.write(text)
    except OSError as error:
        raise ReportError(
            f"the runner's file could not be written: {error.strerror or type(error).__name__}"
        ) from error
