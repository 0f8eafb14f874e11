"""Write the golden files again: `PYTHONPATH=.:tests python -m report.golden`."""

from __future__ import annotations

import os

from report.samples import SAMPLES

from gate import __version__
from gate.report import console, json, sarif, summary
from gate.schema.report import Report

FOLDER = os.path.join(os.path.dirname(__file__), "golden")
FORMATS = ("txt", "json", "sarif", "md")


def render(report: Report, suffix: str) -> bytes:
    """One report in the format of a file suffix, without the gate's own version."""
    if suffix == "txt":
        return console.render(report, width=100, color=False).encode()
    if suffix == "json":
        return json.render(report)
    if suffix == "sarif":
        version = f'ersion": "{__version__}"'.encode()
        return sarif.render(report, ()).replace(version, b'ersion": "@@VERSION@@"')
    return summary.render(report).encode()


def path(name: str, suffix: str) -> str:
    """Where a golden file lies."""
    return os.path.join(FOLDER, f"{name}.{suffix}")


if __name__ == "__main__":
    for sample, wanted in SAMPLES.items():
        for ending in FORMATS:
            with open(path(sample, ending), "wb") as file:
                file.write(render(wanted, ending))
