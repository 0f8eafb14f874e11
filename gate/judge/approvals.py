"""The votes of a pull request: who may vote, what counts, what is missing."""

from __future__ import annotations

from gate.judge.ballot import Ballot, StaleVote, count_votes
from gate.judge.electorate import Franchise
from gate.judge.eligible import eligible_people
from gate.judge.labels import count_labels, label_gaps, label_notes
from gate.judge.tally import tally, vote_gaps
from gate.judge.what_if import apply_what_if, split_what_if

__all__ = [
    "Ballot",
    "Franchise",
    "StaleVote",
    "apply_what_if",
    "count_labels",
    "count_votes",
    "eligible_people",
    "label_gaps",
    "label_notes",
    "split_what_if",
    "tally",
    "vote_gaps",
]
