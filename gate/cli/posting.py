"""Post the review of an outcome, and say in the report what became of it."""

from __future__ import annotations

import sys

import msgspec

from gate import config
from gate.collect.github import GithubSource
from gate.errors import GateError, UsageError
from gate.outcome import Outcome
from gate.report.post import post
from gate.report.review import render_review
from gate.schema.collected import Source
from gate.text import neutralise


def post_review(source: Source, outcome: Outcome) -> Outcome:
    """Announce the decision on the pull request.

    A decision that is not in the ledger is not announced. A review that could not be posted does
    not change the decision: the job's result and summary carry it, and the report says so.

    Raises:
        UsageError: the source is no pull request on GitHub.
    """
    if not isinstance(source, GithubSource):
        raise UsageError("--post review: only a pull request on GitHub can be reviewed")
    report = outcome.report
    if report.entry is None:
        return _noted(outcome, "no review was posted: the decision is not in the ledger")
    rules = outcome.evaluation.rules if outcome.evaluation else ()
    server = config.environ().get("GITHUB_SERVER_URL") or "https://github.com"
    draft = render_review(report, outcome.changes, rules, server)
    try:
        posted = post(source.forge, source.number, report, draft)
    except GateError as error:
        sys.stderr.write(f"gate: {error.diagnostics()}\n")
        return _noted(outcome, f"no review was posted: {neutralise(error.message, 400)}")
    if posted.annotation and config.environ().get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(f"{posted.annotation}\n")
    return _noted(outcome, *posted.notes)


def _noted(outcome: Outcome, *notes: str) -> Outcome:
    report = msgspec.structs.replace(outcome.report, notes=(*outcome.report.notes, *notes))
    return msgspec.structs.replace(outcome, report=report)
