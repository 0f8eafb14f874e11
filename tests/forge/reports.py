"""Make the report of a small run in a few lines."""

from __future__ import annotations

from typing import Any

from forge.scenario import BASE, HEAD

from gate.schema.finding import Finding, Location
from gate.schema.gate_input import Completeness
from gate.schema.provenance import Provenance
from gate.schema.report import EngineInfo, PullRefInfo, Reason, Report
from gate.schema.rule import Rule, RuleCustom, RuleMetadata
from gate.schema.section import Gap
from gate.schema.votes import Requirement, Votes

RULE = Rule(
    id="terraform.wildcard_iam",
    metadata=RuleMetadata(
        title="Wildcard IAM",
        description="Whoever holds such a policy can give themselves anything.",
        custom=RuleCustom(
            severity="critical",
            enforcement="block",
            needs=("terraform",),
            message="{subject} allows {action}",
            remediation="Name the actions.",
        ),
    ),
    engine="rego",
    path="rules/terraform/wildcard_iam.rego",
)


def finding(number: int, path: str = "infra/main.tf", line: int | None = 3, **more: Any) -> Finding:
    """A blocking finding; its number makes it one of its own."""
    fields: dict[str, Any] = {
        "id": f"{number:016x}",
        "rule": "terraform.wildcard_iam",
        "severity": "critical",
        "enforcement": "block",
        "surface": "iam",
        "subject": f"aws_iam_policy.p{number}",
        "message": f"aws_iam_policy.p{number} allows iam:* on every resource",
        "at": Location(path=path, line=line),
        "values": {"action": "iam:*"},
        "evidence": "iam:*",
        "remediation": "Name the actions and resources the change needs.",
        **more,
    }
    return Finding(**fields)


def report_of(decision: Any, *findings: Finding, head: str = HEAD, **more: Any) -> Report:
    """A report on pull request 7 of acme/app."""
    fields: dict[str, Any] = {
        "decision": decision,
        "reasons": (),
        "findings": findings,
        "provenance": Provenance(authorship="agent", agent="devin", confidence="strong"),
        "completeness": Completeness(ok=True),
        "engine": EngineInfo(name="opa", version="1.20.2"),
        "policy_digest": "ab" * 32,
        "pull": PullRefInfo(origin="github", repo="acme/app", number=7, head=head, base=BASE),
        **more,
    }
    return Report(**fields)


def held(missing: int = 2, **votes: Any) -> Report:
    """A report that waits for people."""
    return report_of(
        "hold",
        finding(1, enforcement="approve"),
        votes=Votes(required=(Requirement(surface="iam", min=2),), missing=missing, **votes),
    )


def unjudged(reason: str = "the plan ends early") -> Report:
    """A report that could not judge."""
    return report_of(
        "error",
        reasons=(Reason(code="input.gap", text=reason),),
        completeness=Completeness(ok=False, gaps=(Gap(section="terraform", reason=reason),)),
    )
