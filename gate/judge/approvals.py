"""The votes of a pull request: who may vote, what counts, what is missing."""

from __future__ import annotations

from gate.judge.votes.ballot import Ballot, StaleVote, count_votes
from gate.judge.votes.electorate import Franchise
from gate.judge.votes.eligible import eligible_people
from gate.judge.votes.labels import count_labels, label_gaps, label_notes
from gate.judge.votes.tally import tally, vote_gaps
from gate.judge.votes.what_if import apply_what_if, split_what_if

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
