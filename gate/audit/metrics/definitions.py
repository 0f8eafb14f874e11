"""Define every metric: its name, its unit, what it counts, and which entries it comes from."""

from __future__ import annotations

from typing import Literal, NamedTuple

RUBBER_STAMP_SECONDS = 60
"""An approval this soon after the hold was hardly a review: the time it takes to open the page."""

Unit = Literal["count", "ratio", "mean", "seconds"]
"""`ratio`: 0 to 1, a share; `mean`: per change; `seconds`: a spread of durations."""


class Definition(NamedTuple):
    """What one metric is."""

    name: str
    """Its name; in Prometheus with `gate_` in front."""
    title: str
    """For people."""
    unit: Unit
    """What its figures are."""
    text: str
    """What is counted, against what."""
    source: str
    """Kinds of entries it is computed from."""
    label: str = ""
    """What tells its figures apart; empty: it has one."""


_DEFINED: tuple[Definition, ...] = (
    Definition(
        "changes",
        "Changes",
        "count",
        "Pull requests first judged in the period, by who wrote them; of several heads the one "
        "with most of an agent in it counts.",
        "decision",
        "authorship",
    ),
    Definition(
        "ai_changes",
        "AI changes",
        "count",
        "Changes in which an agent took part, or nobody can tell.",
        "decision",
    ),
    Definition("ai_share_ratio", "AI share", "ratio", "AI changes of all changes.", "decision"),
    Definition(
        "decisions",
        "Decisions",
        "count",
        "Judgements in the period, whoever wrote the change, re-runs included.",
        "decision",
        "decision",
    ),
    Definition(
        "unjudged_ratio",
        "Could not judge",
        "ratio",
        "Decisions that are `error`, of all decisions.",
        "decision",
    ),
    Definition(
        "policy_latency_seconds",
        "Policy latency",
        "seconds",
        "From the start of a run to its decision.",
        "decision",
    ),
    Definition(
        "blocked_ratio",
        "Blocked",
        "ratio",
        "AI changes that were blocked at least once, of all AI changes. A site that only observes "
        "blocks nothing.",
        "decision",
    ),
    Definition(
        "blocked_changes",
        "What became of the blocked",
        "count",
        "Blocked AI changes by what became of them. `fixed`: a later head is no longer blocked; "
        "`waived`: a waiver or an override covers it; `cleared`: the same head is no longer "
        "blocked, something else changed; `abandoned`: closed while blocked; `merged`: merged "
        "while blocked; `open`: none of these so far.",
        "decision, outcome",
        "fate",
    ),
    Definition(
        "held_changes",
        "Held",
        "count",
        "AI changes that waited for people at least once.",
        "decision",
    ),
    Definition(
        "waiting_changes",
        "Waiting now",
        "count",
        "AI changes that are held, neither merged nor closed.",
        "decision, outcome",
    ),
    Definition(
        "approvals_per_change",
        "Approvals per change",
        "mean",
        "Votes that counted, per AI change that asked for approval and may go in.",
        "decision",
    ),
    Definition(
        "approval_latency_seconds",
        "Approval latency",
        "seconds",
        "From the first hold of an AI change to the vote that completed it.",
        "decision",
    ),
    Definition(
        "rubber_stamp_ratio",
        "Rubber stamps",
        "ratio",
        f"Completed holds whose vote came less than {RUBBER_STAMP_SECONDS} seconds after the "
        "hold, of all completed holds.",
        "decision",
    ),
    Definition(
        "overridden_changes",
        "Overridden",
        "count",
        "AI changes that went on against a finding that blocks or asks for approval, by how: a "
        "`waiver`, `break_glass`, or `merged` while held, blocked or not judged.",
        "decision, outcome",
        "how",
    ),
    Definition(
        "override_ratio",
        "Override rate",
        "ratio",
        "Overridden AI changes, of those that were stopped or would have been.",
        "decision, outcome",
    ),
    Definition(
        "false_block_ratio",
        "False blocks",
        "ratio",
        "Blocked changes, whoever wrote them, of which somebody who may approve said that the "
        "block was wrong, of all blocked changes.",
        "decision, outcome",
    ),
    Definition(
        "lead_time_seconds",
        "Lead time",
        "seconds",
        "From the first judgement of an AI change to its merge, by the worst decision on the way.",
        "decision, outcome",
        "lane",
    ),
    Definition(
        "change_failure_ratio",
        "Change failures",
        "ratio",
        "AI changes that were reverted, of those that were merged.",
        "decision, outcome",
    ),
    Definition(
        "coverage_gap_ratio",
        "Coverage gap",
        "ratio",
        "Commits on the protected branches without a decision, of all commits walked. Of two "
        "walks from the same commit the later counts.",
        "reconciliation",
    ),
    Definition(
        "uncovered_commits",
        "Uncovered commits",
        "count",
        "Commits without a decision, by repository; a walk lists 1,000 at most.",
        "reconciliation",
        "repository",
    ),
    Definition(
        "anomalies",
        "Anomalies",
        "count",
        "AI changes on which something was unusual, by what; a change counts once for each.",
        "decision",
        "signal",
    ),
    Definition(
        "limited_changes",
        "Limits hit",
        "count",
        "AI changes that ran into a limit, by rule.",
        "decision",
        "rule",
    ),
    Definition("alerts", "Alerts", "count", "Alerts of the period.", "alert", "source"),
    Definition(
        "time_to_detect_seconds",
        "Time to detect",
        "seconds",
        "From the oldest entry that an alert names to the alert.",
        "alert, and what it names",
    ),
    Definition(
        "time_to_contain_seconds",
        "Time to contain",
        "seconds",
        "From an alert to the first kill that names it; alerts without one do not count.",
        "alert, kill",
    ),
    Definition("kills", "Kills", "count", "Kills ordered in the period.", "kill", "scope"),
    Definition(
        "time_to_acknowledge_seconds",
        "Time to acknowledge",
        "seconds",
        "From the opening of an incident to the first person who took it.",
        "incident",
    ),
    Definition(
        "time_to_resolve_seconds",
        "Time to resolve",
        "seconds",
        "From the opening of an incident to its closing.",
        "incident",
    ),
    Definition(
        "incidents_open",
        "Open incidents",
        "count",
        "Incidents that are open at the end of the period, whenever they began.",
        "incident",
    ),
)

DEFINITIONS: dict[str, Definition] = {one.name: one for one in _DEFINED}
"""Name -> definition, in the order in which they are shown."""
