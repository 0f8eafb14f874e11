"""Every question of the doctor: why it is asked, and what to do when the answer is no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gate.schema.doctor import Answer, Area

CONTEXT = "gate/decision"
"""The commit status that carries the decision."""


class Question(NamedTuple):
    """One question; `yes` is the safe answer."""

    area: Area
    text: str
    why: str
    fix: str
    """Path of the setting, or the line to write; `{branch}` and `{repository}` are filled in."""
    command: str = ""
    """The same as a call of `gh`."""


class Reply(NamedTuple):
    """An answer to one question."""

    id: str
    answer: Answer
    found: str
    permission: str = ""
    is_failure: bool = False


def say_yes(id: str, found: str) -> Reply:
    """The safe answer."""
    return Reply(id, "yes", found)


def say_no(id: str, found: str) -> Reply:
    """The unsafe answer."""
    return Reply(id, "no", found)


def cannot_tell(id: str, found: str, permission: str = "", *, is_failure: bool = False) -> Reply:
    """No answer, with what the token would need."""
    return Reply(id, "cannot-tell", found, permission, is_failure)


_RULESET = "Settings › Rules › Rulesets › a ruleset for {branch}"
_CHECKS = f"{_RULESET} › Require status checks to pass"
_REVIEWS = f"{_RULESET} › Require a pull request before merging"
_ACTIONS = "Settings › Actions › General › Workflow permissions"
_WORKFLOW = "In the workflow of the gate"
_SHOW = "gh api repos/{repository}"

QUESTIONS: Mapping[str, Question] = {
    "decision.required": Question(
        "required",
        f"Is the status {CONTEXT} required on {{branch}}?",
        "A decision that is not required stops nobody: red can be merged.",
        f"{_CHECKS} › Add checks: {CONTEXT}, source GitHub Actions",
        f"{_SHOW}/rules/branches/{{branch}}",
    ),
    "decision.source": Question(
        "required",
        "Does it have to come from one app?",
        "Without an expected source any token with write access can set a green status itself.",
        f"{_CHECKS}: choose GitHub Actions (or the gate's own app) beside {CONTEXT}",
    ),
    "decision.bypass": Question(
        "required",
        "Is nobody let past it?",
        "Whoever is on the bypass list merges a blocked change with one click.",
        f"{_RULESET} › Bypass list: remove every entry",
        f"{_SHOW}/rulesets",
    ),
    "decision.up_to_date": Question(
        "required",
        "Must branches be up to date before they are merged?",
        "A decision on an old base does not say what the merged result does.",
        f"{_CHECKS} › Require branches to be up to date, or turn a merge queue on",
    ),
    "decision.queue": Question(
        "required",
        "Does the merge queue get a decision?",
        "A required status that nobody sets on a merge group stops the queue for ever.",
        f"{_WORKFLOW}, under on: merge_group: {{types: [checks_requested]}}",
    ),
    "decision.forks": Question(
        "required",
        "Do pull requests from forks get a decision?",
        "A fork's own run has a read-only token: it judges and cannot set the status.",
        "Run the gate as the trusted workflow, which judges them with a token that may write"
        " statuses (docs/deployment.md)",
    ),
    "decision.auto_merge": Question(
        "required",
        "Does auto-merge wait for the gate?",
        "Auto-merge merges as soon as what is required is green, and the gate would not be.",
        f"Require {CONTEXT}, or turn off Settings › General › Allow auto-merge",
        "gh api -X PATCH repos/{repository} -F allow_auto_merge=false",
    ),
    "branch.pull_requests": Question(
        "branch",
        "Are pull requests required on {branch}?",
        "What is pushed straight to the branch is never judged.",
        _REVIEWS,
    ),
    "branch.history": Question(
        "branch",
        "Are force-pushes and deletion blocked?",
        "A rewritten branch no longer holds what was approved, nor the gate's own settings.",
        f"{_RULESET} › Block force pushes, Restrict deletions",
    ),
    "branch.stale_approvals": Question(
        "branch",
        "Does a push dismiss older approvals?",
        "Else GitHub counts, for its own rules, an approval of code that was not there yet.",
        f"{_REVIEWS} › Dismiss stale pull request approvals when new commits are pushed",
    ),
    "branch.last_push": Question(
        "branch",
        "Must somebody else approve the last push?",
        "Else an approver may push to the pull request and merge it.",
        f"{_REVIEWS} › Require approval of the most recent reviewable push",
    ),
    "job.present": Question(
        "workflow",
        "Does a workflow on {branch} run the gate, and is it switched on?",
        "Without it there is no decision, and a required status keeps everything waiting.",
        "Copy the workflows of docs/deployment.md to .github/workflows/; --action OWNER/NAME says"
        " how the gate is called here",
        "gh workflow enable gate.yml --repo {repository}",
    ),
    "job.events": Question(
        "workflow",
        "Does it run on everything that can change a decision?",
        "A vote, label or edit without a run leaves an old decision standing.",
        f"{_WORKFLOW}, under on: add what is missing (docs/deployment.md has the whole)",
    ),
    "job.unfiltered": Question(
        "workflow",
        "Does it run whatever the change touches?",
        "A change that a filter leaves out is never judged, and its check waits for ever.",
        f"{_WORKFLOW}: remove paths, paths-ignore and branch filters that leave {{branch}} out",
    ),
    "job.unconditional": Question(
        "workflow",
        "Does its job always run, and is red really red?",
        "A skipped job counts as passed, and continue-on-error turns red into green.",
        f"{_WORKFLOW}: remove if and continue-on-error; with needs, write if: always()",
    ),
    "job.pinned": Question(
        "workflow",
        "Is every action of its job pinned to a commit?",
        "A tag can be moved to other code, which then runs with the gate's token.",
        f"{_WORKFLOW}: uses: OWNER/NAME@<40 hex digits>",
    ),
    "job.permissions": Question(
        "workflow",
        "Does its token have only what the gate needs?",
        "Whatever else the token may do, a fault in the job may do too.",
        f"{_WORKFLOW}: permissions: {{}} at the top; in the job contents: read,"
        " pull-requests: write, statuses: write, checks: read",
    ),
    "job.may_post": Question(
        "workflow",
        "May it set the status and post the review?",
        f"Without statuses: write there is no {CONTEXT}, and red does not turn green by itself.",
        f"{_WORKFLOW}, in the job: statuses: write, pull-requests: write",
    ),
    "job.protected": Question(
        "workflow",
        "Is the workflow safe from the pull request it judges?",
        "Under pull_request a branch runs its own copy of the workflow, which may always be green.",
        "Run the gate as the trusted workflow (docs/deployment.md); or"
        f" {_RULESET} › Require workflows to pass; or code owners for .github/, with"
        " › Require a pull request before merging › Require review from Code Owners",
    ),
    "job.ledger": Question(
        "workflow",
        "Is the ledger kept?",
        "A ledger that ends with its job proves nothing afterwards.",
        f"{_WORKFLOW}: upload $RUNNER_TEMP/gate/ledger.jsonl under if: always(), or name a shared"
        " ledger",
    ),
    "actions.approve": Question(
        "actions",
        "Are workflows barred from approving pull requests?",
        "Else a workflow that an agent wrote approves what the agent wrote, for GitHub's rules.",
        f"{_ACTIONS}: clear Allow GitHub Actions to create and approve pull requests",
        "gh api -X PUT repos/{repository}/actions/permissions/workflow"
        " -F can_approve_pull_request_reviews=false",
    ),
    "actions.token": Question(
        "actions",
        "Is the default token of workflows read-only?",
        "Else every workflow without permissions can set statuses and push.",
        f"{_ACTIONS}: Read repository contents and packages permissions",
        "gh api -X PUT repos/{repository}/actions/permissions/workflow"
        " -f default_workflow_permissions=read",
    ),
    "actions.copilot": Question(
        "actions",
        "Are approvals by Copilot left uncounted by GitHub?",
        "The gate never counts them; GitHub's own rules do where this is turned on.",
        "Settings › Copilot › Code review: leave Count Copilot approvals toward merge requirements"
        " off",
    ),
    "owners.valid": Question(
        "owners",
        "Is there a CODEOWNERS file without errors?",
        "GitHub skips a line it does not understand: the paths of that line have no owner.",
        "Mend the lines, or add .github/CODEOWNERS",
        f"{_SHOW}/codeowners/errors?ref={{branch}}",
    ),
    "owners.cover": Question(
        "owners",
        "Do .gate/, the workflows and CODEOWNERS itself have owners whose review is required?",
        "Who may change the gate's own settings can turn it off.",
        "In CODEOWNERS, last: /.gate/, /.github/ and CODEOWNERS with a team of people; and"
        f" {_REVIEWS} › Require review from Code Owners",
    ),
    "owners.people": Question(
        "owners",
        "Are all code owners people?",
        "A bot or an agent that owns code approves it for GitHub's rules.",
        "In CODEOWNERS name people, or teams without bots and agents",
    ),
    "people.enough": Question(
        "people",
        "Are there enough people to approve?",
        "Who asked for a change, wrote or pushed it does not count, so one person alone can approve"
        " nothing.",
        "A second maintainer (Settings › Collaborators and teams); or a lower min under approvals"
        " in .gate/gate.yml; or a waiver in .gate/waivers.yml (docs/approvals.md)",
    ),
    "people.teams": Question(
        "people",
        "Can every team that must approve be read, and is there somebody in it?",
        "An approval by a team that cannot be read is an error, by an empty one impossible.",
        "Hand the gate an app's token with Members: read, and check the teams' names and members",
        "gh api orgs/ORG/teams/SLUG/members",
    ),
    "people.team_members": Question(
        "people",
        "Are those teams free of bots and agents?",
        "The gate counts no bot and no agent; GitHub's own rules count a team's every member.",
        "Take them out of the team",
    ),
    "people.agent_owners": Question(
        "people",
        "Is every registered agent's owner still here?",
        "An agent whose owner is gone answers to nobody; its changes are blocked.",
        "Name another owner in .gate/agents/<agent>.yml",
    ),
    "site.valid": Question(
        "site",
        "Is the .gate folder valid?",
        "A broken file makes every decision an error.",
        "Mend the file; `gate check . --config .gate` tries it before it is merged",
    ),
    "site.enforces": Question(
        "site",
        "Is the gate enforcing rather than observing?",
        "With observe: true everything is reported and nothing is stopped.",
        "In .gate/gate.yml: observe: false",
    ),
}
"""Id -> question, the most important first."""
