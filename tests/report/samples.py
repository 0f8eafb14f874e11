"""Reports as users get them."""

from __future__ import annotations

from gate.schema.finding import Enforcement, Finding, Location, Severity
from gate.schema.gate_input import Completeness
from gate.schema.provenance import Provenance, Signal
from gate.schema.report import EngineInfo, EntryRef, PullRefInfo, Reason, Report
from gate.schema.section import Gap
from gate.schema.terraform import PlanInfo
from gate.schema.votes import CountedVote, IgnoredVote, Requirement, Votes

AT = "2026-11-24T10:00:00Z"
OPA = EngineInfo(name="opa", version="1.20.2")
PULL = PullRefInfo(origin="github", repo="acme/infra", number=7, head="a" * 40, base="b" * 40)
ENTRY = EntryRef(seq=4, hash="9f12" * 16)
PLAN = PlanInfo(
    root="infra",
    name="plan.json",
    digest="7c" * 32,
    format_version="1.2",
    terraform_version="1.11.4",
    resources=41,
    changed=12,
)
DEVIN = Provenance(
    authorship="agent",
    agent="devin",
    requester="bob",
    confidence="strong",
    signals=(
        Signal(
            kind="account",
            agent="devin",
            strength="strong",
            where="pull",
            value="devin-ai-integration[bot]",
        ),
        Signal(
            kind="author_email",
            agent="devin",
            strength="medium",
            where="commit aaaaaaaaaaaa",
            value="158243242+devin-ai-integration[bot]@users.noreply.github.com",
        ),
        Signal(
            kind="body", agent="devin", strength="strong", where="pull", value="link to devin run"
        ),
        Signal(
            kind="branch",
            agent="devin",
            strength="weak",
            where="pull",
            value="devin/…",
        ),
    ),
)
CLAUDE = Provenance(
    authorship="co-authored",
    agent="claude-code",
    model="Claude Opus 4.8",
    requester="alice",
    confidence="strong",
    signals=(
        Signal(
            kind="trailer",
            agent="claude-code",
            strength="strong",
            where="commit aaaaaaaaaaaa",
            value="co-authored-by: noreply@anthropic.com",
        ),
    ),
)
REMEDIES = {
    "terraform.wildcard_iam": "Name the actions and resources the change needs.",
    "terraform.open_ingress": "Name the networks that need to reach it.",
    "terraform.iam_changed": "Ask people who know these permissions to review it.",
    "terraform.stateful_destroyed": "Keep the resource, or show a backup and ask for approval.",
    "secrets.added": "Remove it, and revoke it where it was issued: what was pushed once is known.",
    "text.hidden_characters": "Delete the characters.",
    "workflow.unpinned_action": "Pin the action to a full commit SHA.",
    "agents.unregistered": "Register the agent in .gate/agents/.",
}
REASONS = {
    "terraform.wildcard_iam": "A policy that the change creates allows everything of a service.",
    "terraform.iam_changed": "A role, user, policy, binding or trust is changed.",
}


def finding(
    rule: str,
    grade: tuple[Enforcement, Severity, str | None],
    message: str,
    where: tuple[str, int | None],
    subject: str = "",
    waived_by: str | None = None,
) -> Finding:
    """A finding; its id is made up."""
    path, line = where
    enforcement, severity, surface = grade
    return Finding(
        id=f"{abs(sum(map(ord, rule + path)) * 7919 + (line or 0)):016x}",
        rule=rule,
        severity=severity,
        enforcement=enforcement,
        surface=surface,
        message=message,
        subject=subject,
        at=Location(path=path, line=line) if path else None,
        values={},
        evidence="",
        waived_by=waived_by,
        why=REASONS.get(rule, ""),
        remediation=REMEDIES.get(rule, ""),
    )


ROLE = finding(
    "terraform.wildcard_iam",
    ("block", "critical", "iam"),
    "aws_iam_role_policy.ci allows iam:* on every resource",
    ("infra/ci.tf", 12),
    "aws_iam_role_policy.ci",
)
SECRET = finding(
    "secrets.added",
    ("block", "critical", "secrets"),
    "an AWS access key id is added",
    ("app/settings.py", 3),
    "app/settings.py",
)
IAM = finding(
    "terraform.iam_changed",
    ("approve", "medium", "iam"),
    "aws_iam_role.ci changes who may do what",
    ("infra/ci.tf", 3),
    "aws_iam_role.ci",
)
PIN = finding(
    "workflow.unpinned_action",
    ("warn", "medium", "pipeline"),
    "actions/checkout is used at v4, which can be moved",
    (".github/workflows/ci.yml", 14),
    "actions/checkout",
)
TWELVE = (
    ROLE,
    finding(
        "terraform.wildcard_iam",
        ("block", "critical", "iam"),
        'aws_iam_role_policy.deploy["prod"] allows s3:* on every resource',
        ("infra/ci.tf", 30),
        'aws_iam_role_policy.deploy["prod"]',
    ),
    SECRET,
    finding(
        "terraform.open_ingress",
        ("block", "high", "network"),
        "aws_security_group.db opens port 5432 to 0.0.0.0/0",
        ("infra/db.tf", 8),
        "aws_security_group.db",
    ),
    finding(
        "text.hidden_characters",
        ("block", "high", None),
        "3 invisible characters hide what this line does",
        ("app/settings.py", 9),
        "app/settings.py",
    ),
    *(
        finding(
            "terraform.stateful_destroyed",
            ("approve", "high", "data"),
            f"aws_db_instance.main[{number}] would be replaced and its data lost",
            ("infra/db.tf", 40 + number),
            f"aws_db_instance.main[{number}]",
        )
        for number in range(7)
    ),
)
REST = (
    IAM,
    finding(
        "agents.unregistered",
        ("warn", "medium", "agent"),
        "devin is not in the registry",
        ("", None),
        "devin",
    ),
    PIN,
    finding(
        "scope.agent_instructions_changed",
        ("observe", "low", "agent"),
        "AGENTS.md changes what agents are told",
        ("AGENTS.md", 1),
        "AGENTS.md",
    ),
    finding(
        "terraform.open_ingress",
        ("block", "high", "network"),
        "aws_security_group.dmz opens port 22 to 0.0.0.0/0",
        ("infra/dmz/sg.tf", 8),
        "aws_security_group.dmz",
        "W-1",
    ),
)


def reasons(findings: tuple[Finding, ...], *more: Reason) -> tuple[Reason, ...]:
    """The reasons that findings give."""
    return (
        *(
            Reason(code=f"finding.{one.enforcement}", finding=one.id, text=one.message)
            for one in findings
            if one.enforcement != "observe" and not one.waived_by
        ),
        *more,
    )


def report(**fields: object) -> Report:
    """A report of acme/infra#7, by devin, complete."""
    usual = {
        "decision": "pass",
        "reasons": (Reason(code="clean", text="Nothing to object to."),),
        "provenance": DEVIN,
        "completeness": Completeness(ok=True),
        "engine": OPA,
        "policy_digest": "3f2a" * 16,
        "input_digest": "9e" * 32,
        "entry": ENTRY,
        "pull": PULL,
        "rules": 31,
        "at": AT,
    }
    return Report(**{**usual, **fields})  # type: ignore[arg-type]


NOT_JSON = "plan.json: not valid JSON: Expecting value: line 1 column 1 (char 0)"
SAMPLES: dict[str, Report] = {
    "pass": report(),
    "warn": report(
        decision="warn",
        reasons=reasons((PIN,)),
        findings=(PIN,),
        provenance=Provenance(authorship="human"),
        engine=EngineInfo(name="embedded", version="1.5.2"),
    ),
    "hold": report(
        decision="hold",
        findings=(IAM,),
        provenance=CLAUDE,
        reasons=reasons((IAM,), Reason(code="votes.missing", text="1 more person must approve")),
        votes=Votes(
            required=(Requirement(surface="iam", min=2, teams=("acme/security",)),),
            counted=(CountedVote(login="bob", via="review", at=AT, sha="a" * 40),),
            ignored=(IgnoredVote(login="carol", via="review", reason="pushed the last commit"),),
            missing=1,
        ),
    ),
    "block": report(
        decision="block",
        findings=TWELVE + REST,
        plans=(PLAN,),
        reasons=reasons(
            TWELVE + REST, Reason(code="votes.missing", text="2 more people must approve")
        ),
        votes=Votes(
            required=(Requirement(surface="data", min=1), Requirement(surface="iam", min=2)),
            missing=2,
        ),
        notes=(
            "waiver W-0 has expired",
            "no .gate folder on the base branch: the default rules and approvals apply",
        ),
    ),
    "error": report(
        decision="error",
        findings=(SECRET,),
        entry=None,
        reasons=(Reason(code="input.gap", text=f"terraform: {NOT_JSON}"), *reasons((SECRET,))),
        completeness=Completeness(ok=False, gaps=(Gap(section="terraform", reason=NOT_JSON),)),
    ),
    "usage": report(
        decision="error",
        provenance=Provenance(authorship="unknown"),
        pull=None,
        entry=None,
        reasons=(Reason(code="usage", text="no such folder: x. Give a folder or BASE...HEAD."),),
        completeness=Completeness(ok=False, gaps=(Gap(section="facts", reason="no such folder"),)),
        engine=EngineInfo(name="none", version=""),
        policy_digest="",
        input_digest="",
        rules=0,
    ),
}
"""Name -> report."""
