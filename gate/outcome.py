"""Put a report together: of a run that judged, and of one that could not."""

from __future__ import annotations

import msgspec

from gate.assemble import environments_of, surfaces_of
from gate.errors import GateError
from gate.judge.decision import Decision
from gate.pattern import pattern
from gate.record.context import Circumstances
from gate.schema.changes import Changes
from gate.schema.collected import Collected
from gate.schema.evaluation import Evaluation
from gate.schema.gate_input import AgentFacts, Completeness, MissingGrant, Touch
from gate.schema.provenance import Provenance
from gate.schema.report import EngineInfo, PullRefInfo, Reason, ReasonCode, Report
from gate.schema.section import Gap
from gate.schema.site import Site
from gate.schema.terraform import PlanInfo
from gate.schema.usage import Usage
from gate.text import neutralise

_CODES: dict[str, ReasonCode] = {
    "EvaluateError": "engine",
    "RecordError": "ledger",
    "UsageError": "usage",
}
_SECTION_CODES: dict[str, ReasonCode] = {
    "input": "input.gap",
    "engine": "engine",
    "ledger": "ledger",
    "usage": "usage",
    "internal": "internal",
}
_VERSION = pattern(r"\d+\.\d+\.\d+(?:-[0-9a-z.]{1,20})?(?:\+[0-9a-z.]{1,20})?\Z")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run."""

    report: Report
    """The report, with its ledger entry unless recording failed."""
    changes: Changes
    """The decoded diff, for anchoring the review; empty when nothing could be read."""
    evaluation: Evaluation | None
    """What the rules answered; `None` when it did not come to that."""
    known: Circumstances = Circumstances()
    """What the run knows of itself beyond its report."""

    @property
    def exit_code(self) -> int:
        """0 pass, warn, or anything but error under `observe`; 1 hold or block; 2 error."""
        decision = self.report.decision
        if decision == "error":
            return 2
        return 1 if decision in ("hold", "block") and not self.report.observe else 0


def failure(error: GateError, section: str, now: str, partial: Report | None = None) -> Report:
    """A valid report of a run that could not judge.

    Args:
        error: what ended it.
        section: input | engine | ledger | usage | internal.
        now: the run's clock.
        partial: what is known already; its findings stay in the report.
    """
    code = _CODES.get(type(error).__name__) or _SECTION_CODES[section]
    text = neutralise(error.message, 600)
    if error.hint:
        text = f"{text}. {neutralise(error.hint, 300)}"
    gap = Gap(section="ledger" if code == "ledger" else "facts", reason=text)
    base = partial or Report(
        decision="error",
        reasons=(),
        provenance=Provenance(authorship="unknown"),
        completeness=Completeness(ok=False),
        engine=EngineInfo(name="none", version=""),
        at=now,
    )
    return msgspec.structs.replace(
        base,
        decision="error",
        reasons=(
            Reason(code=code, text=text),
            *base.reasons,
            *(
                Reason(code="input.gap", text=f"{known.section}: {known.reason}")
                for known in base.completeness.gaps
            ),
        ),
        completeness=Completeness(ok=False, gaps=(gap, *base.completeness.gaps)),
        entry=None,
    )


def show_plans(plans: tuple[PlanInfo, ...]) -> tuple[PlanInfo, ...]:
    """Plans as a report may show them: nothing in them is text of the author's choice."""
    return tuple(
        msgspec.structs.replace(
            plan,
            root=neutralise(plan.root),
            name=neutralise(plan.name),
            terraform_version=plan.terraform_version
            if _VERSION.match(plan.terraform_version)
            else "",
            local_modules=tuple(neutralise(path) for path in plan.local_modules),
            failed_checks=tuple(neutralise(address) for address in plan.failed_checks),
        )
        for plan in plans
    )


def show_agent(agent: AgentFacts | None) -> AgentFacts | None:
    """What the registry says, without the text of the author that paths and addresses are."""
    if agent is None:
        return None
    return msgspec.structs.replace(
        agent,
        owner=neutralise(agent.owner, 60),
        missing_grants=tuple(map(_show_grant, agent.missing_grants)),
        outside_sandbox=tuple(map(_show_grant, agent.outside_sandbox)),
    )


def _show_grant(item: MissingGrant) -> MissingGrant:
    return msgspec.structs.replace(
        item,
        path=neutralise(item.path, 1000),
        subject=neutralise(item.subject),
        grant=neutralise(item.grant, 1000),
    )


def begin_report(collected: Collected, now: str) -> Report:
    """The report of a run that has read its facts and decided nothing yet."""
    pull = collected.facts.pull
    return Report(
        decision="error",
        reasons=(),
        provenance=Provenance(authorship="unknown"),
        completeness=Completeness(ok=False, gaps=collected.gaps),
        engine=EngineInfo(name="none", version=""),
        pull=PullRefInfo(
            origin=collected.origin,
            repo=neutralise(repository_of(collected), 200),
            number=pull.number,
            head=neutralise(pull.head.sha, 64),
            base=neutralise(pull.base.sha, 64),
        ),
        notes=tuple(neutralise(note, 600) for note in collected.notes),
        at=now,
    )


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a run that judged knows at its end."""

    provenance: Provenance
    """Who wrote it."""
    agent: AgentFacts | None
    """What the registry says of the agent."""
    plans: tuple[PlanInfo, ...]
    """Plans."""
    touches: tuple[Touch, ...]
    """What the change does."""
    evaluation: Evaluation
    """What the rules answered."""
    decision: Decision
    """The decision."""
    site: Site
    """The site's word."""
    input_digest: str
    """SHA-256 of the GateInput, hex."""
    simulated: tuple[str, ...]
    """Votes that were pretended."""
    notes: tuple[str, ...]
    """Of the agent's owners, each one line."""
    usage: Usage = Usage()
    """What the ledger remembers."""


def finish_report(partial: Report, judged: Judged) -> Report:
    """The report of a run that judged, without its ledger entry."""
    decision, evaluation = judged.decision, judged.evaluation
    notes = partial.notes + judged.notes + decision.notes + tuple(evaluation.warnings)
    notes += tuple(note for plan in judged.plans for note in plan.notes)
    unchecked = (
        ("no limit was held against it", judged.usage.limits_unchecked),
        ("not everything unusual was looked for", judged.usage.anomalies_unchecked),
    )
    notes += tuple(f"{what}: {why}" for what, why in unchecked if why)
    if not judged.site.present:
        notes += ("no .gate folder on the base branch: the default rules and approvals apply",)
    return msgspec.structs.replace(
        partial,
        decision=decision.name,
        observe=judged.site.config.observe,
        reasons=decision.reasons,
        findings=decision.findings,
        provenance=judged.provenance,
        agent=show_agent(judged.agent),
        environments=environments_of(judged.touches),
        surfaces=surfaces_of(judged.touches),
        simulated=tuple(neutralise(wish) for wish in judged.simulated),
        votes=decision.votes,
        completeness=Completeness(ok=not decision.gaps, gaps=decision.gaps),
        plans=show_plans(judged.plans),
        engine=evaluation.engine,
        policy_digest=evaluation.policy_digest,
        input_digest=judged.input_digest,
        rules=len(evaluation.rules),
        usage=judged.usage,
        notes=tuple(neutralise(note, 600) for note in notes),
    )


def repository_of(collected: Collected) -> str:
    """`owner/name` of the base repository; empty where unknown."""
    repo = collected.facts.pull.base.repo
    return repo.full_name if repo else ""
