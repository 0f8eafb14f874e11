"""Announce an outcome on the pull request it is about."""

from __future__ import annotations

import sys

import msgspec

from gate import config
from gate.collect.github import GithubSource
from gate.errors import GateError, UsageError
from gate.pipeline import Outcome
from gate.report.post import Posted, post
from gate.report.review import render_review
from gate.schema.collected import Source
from gate.text import neutralise


def post_review(source: Source, outcome: Outcome) -> Outcome:
    """Post the review of an outcome, or clear away what it replaces.

    The decision stands whether or not GitHub takes the review: what went wrong becomes a note of
    the report, and in Actions a warning.

    Args:
        source: where the pull request was read.
        outcome: the run; its decision is recorded already.

    Returns:
        The outcome, with notes on what became of the review.

    Raises:
        UsageError: the pull request was not read from GitHub.
    """
    inner = getattr(source, "inner", source)
    if not isinstance(inner, GithubSource):
        raise UsageError("--post review: only a pull request on GitHub can be reviewed")
    posted = _post(inner, outcome)
    if posted.annotation and config.environ().get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(posted.annotation + "\n")
    report = outcome.report
    notes = tuple(neutralise(f"review: {note}", 600) for note in posted.notes)
    return msgspec.structs.replace(
        outcome, report=msgspec.structs.replace(report, notes=(*report.notes, *notes))
    )


def _post(source: GithubSource, outcome: Outcome) -> Posted:
    server = config.environ().get("GITHUB_SERVER_URL") or "https://github.com"
    rules = outcome.evaluation.rules if outcome.evaluation else ()
    draft = render_review(outcome.report, outcome.changes, rules, server)
    try:
        return post(source.forge, source.number, outcome.report, draft)
    except GateError as error:
        return Posted(action="refused", notes=(error.message,))
