"""Judge one pull request: the seven stages in order, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec


from gate.assemble import Parts, assemble, encode
from gate.decode.diff import decode_diff, decode_files
from gate.decode.sections import (
    Decoded,
    SectionSettings,
    change_inputs,
    decode_sections,
    wanted,
)
from gate.detect.accounts import is_agent
from gate.detect.provenance import detect
from gate.errors import DecodeError, GateError, HeadMovedError, RecordError
from gate.evaluate.catalogue import render_message
from gate.evaluate.evaluation import Request, evaluate
from gate.evaluate.policies import load_bundled, terraform_tables
from gate.judge.approvals import Ballot, count_labels, count_votes
from gate.judge.decision import Case, Decision, decide
from gate.record.entry import record
from gate.schema.changes import Changes
from gate.schema.collected import Collected, Content, Side, Source
from gate.schema.evaluation import Evaluation
from gate.schema.finding import Anchor, Location
from gate.schema.gate_input import Completeness
from gate.schema.provenance import Provenance
from gate.schema.report import EngineInfo, PullRefInfo, Reason, Report
from gate.schema.section import Gap, Unreadable
from gate.schema.site import PolicyFile, Site
from gate.schema.terraform import PlanInfo
from gate.schema.votes import Votes
from gate.site import load_site
from gate.store.ledger import Ledger
from gate.text import neutralise

_VERSION = re.compile(r"\d+\.\d+\.\d+(?:-[0-9a-z.]{1,20})?(?:\+[0-9a-z.]{1,20})?\Z")

ATTEMPTS = 2
"""How often a pull request is read when its head moves meanwhile."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to judge."""

    now: str
    """The run's clock, RFC 3339 UTC."""
    engine: str = "auto"
    """auto | opa | embedded."""
    opa_path: str | None = None
    """The OPA binary, if the caller knows it."""
    policies: tuple[PolicyFile, ...] = ()
    """Policies on top of the site's, from `--policy`."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run."""

    report: Report
    """The report, with its ledger entry unless recording failed."""
    changes: Changes
    """The decoded diff, for anchoring the review; empty when nothing could be read."""
    evaluation: Evaluation | None
    """What the rules answered; `None` when it did not come to that."""

    @property
    def exit_code(self) -> int:
        """0 pass, warn, or anything but error under `observe`; 1 hold or block; 2 error."""
        decision = self.report.decision
        if decision == "error":
            return 2
        return 1 if decision in ("hold", "block") and not self.report.observe else 0


def check(source: Source, options: Options, ledger: Ledger) -> Outcome:
    """Judge one pull request and record the decision.

    Never raises for what the pull request, the site or an engine did: that is decision `error`
    with its reason, recorded like any other.
    """
    outcome = _judged(source, options)
    try:
        entry = record(outcome.report, ledger)
    except RecordError as error:
        failed = failure(error, "ledger", options.now, outcome.report)
        return msgspec.structs.replace(outcome, report=failed)
    return msgspec.structs.replace(
        outcome, report=msgspec.structs.replace(outcome.report, entry=entry)
    )


def _judged(source: Source, options: Options) -> Outcome:
    last: GateError | None = None
    for _ in range(ATTEMPTS):
        run = _Run(source, options)
        try:
            return run.judge()
        except HeadMovedError as error:
            last = error
        except GateError as error:
            return run.failed(error)
    return run.failed(last or HeadMovedError("the head moved"))


class _Run:
    """One attempt: what is known so far, so that a failure can report it."""

    def __init__(self, source: Source, options: Options) -> None:
        self._source = source
        self._options = options
        self._changes = Changes()
        self._partial: Report | None = None
        self._evaluation: Evaluation | None = None

    def judge(self) -> Outcome:
        """The seven stages; recording and reporting are the caller's."""
        collected = self._source.collect()
        self._partial = _partial_report(collected, self._options.now)
        site = load_site(collected.site)
        site = msgspec.structs.replace(site, policies=site.policies + self._options.policies)
        bundled = load_bundled()
        self._changes, gaps = _changes(collected)
        decoded = decode_sections(
            self._changes,
            collected.plans,
            self._contents(),
            terraform_tables(bundled.tables),
            SectionSettings(repository=_repository(collected), whole=bool(site.policies)),
        )
        gaps = _distinct(gaps + collected.gaps + _unreadable(decoded))
        self._partial = msgspec.structs.replace(
            self._partial,
            completeness=Completeness(ok=False, gaps=gaps),
            plans=_shown(decoded.terraform.plans),
        )
        provenance = detect(
            collected.facts,
            commits_complete=not any(gap.section == "provenance" for gap in gaps),
        )
        ballot = count_votes(collected.facts, provenance, is_agent)
        gate_input = assemble(self._parts(collected, provenance, ballot, decoded, gaps, site))
        encoded, digest = encode(gate_input)
        self._evaluation = evaluate(
            Request(
                input=gate_input,
                encoded=encoded,
                facts=collected.facts,
                changes=self._changes,
                sections=decoded.sections,
                site=site,
                plans=collected.plans,
                engine=self._options.engine,
                opa_path=self._options.opa_path,
            )
        )
        decision = decide(
            Case(
                origin=collected.origin,
                facts=collected.facts,
                provenance=provenance,
                ballot=ballot,
                site=site,
                rules=self._evaluation.rules,
                findings=self._evaluation.findings,
                locations=self._locate(self._evaluation),
                gaps=_distinct(gaps + self._evaluation.gaps),
                today=self._options.now[:10],
            ),
            render_message,
        )
        self._source.confirm()
        report = _report(self._partial, decoded, provenance, self._evaluation, decision)
        report = msgspec.structs.replace(report, observe=site.config.observe, input_digest=digest)
        if not site.present:
            note = "no .gate folder on the base branch: the default rules and approvals apply"
            report = msgspec.structs.replace(report, notes=(*report.notes, note))
        return Outcome(report=report, changes=self._changes, evaluation=self._evaluation)

    def failed(self, error: GateError) -> Outcome:
        """The outcome of a run that an error ended."""
        report = failure(error, "input", self._options.now, self._partial)
        return Outcome(report=report, changes=self._changes, evaluation=self._evaluation)

    def _contents(self) -> dict[tuple[str, str], Content]:
        before, after = wanted(self._changes)
        contents: dict[tuple[str, str], Content] = {}
        sides: tuple[tuple[Side, Sequence[str]], ...] = (("before", before), ("after", after))
        for side, paths in sides:
            if paths:
                for path, content in self._source.read(paths, side).items():
                    contents[path, side] = content
        return contents

    def _parts(
        self,
        collected: Collected,
        provenance: Provenance,
        ballot: Ballot,
        decoded: Decoded,
        gaps: tuple[Gap, ...],
        site: Site,
    ) -> Parts:
        return Parts(
            now=self._options.now,
            collected=collected,
            changes=change_inputs(self._changes),
            provenance=provenance,
            labels=count_labels(collected.facts, provenance, is_agent),
            votes=Votes(
                counted=ballot.counted, ignored=ballot.ignored, objections=ballot.objections
            ),
            terraform=decoded.terraform,
            hcl=decoded.hcl,
            workflows=decoded.workflows,
            gaps=gaps,
            site=site,
        )

    def _locate(self, evaluation: Evaluation) -> Mapping[Anchor, Location]:
        anchors = [item.at for item in evaluation.findings if isinstance(item.at, Anchor)]
        if not anchors:
            return {}
        from gate.decode.anchor import locate  # NOTE: python-hcl2 costs 0.2 s

        return locate(tuple(dict.fromkeys(anchors)), self._source, self._changes)


def failure(error: GateError, section: str, now: str, partial: Report | None = None) -> Report:
    """A valid report of a run that could not judge.

    Args:
        error: what ended it.
        section: input | engine | ledger | usage | internal.
        now: the run's clock.
        partial: what is known already; its findings stay in the report.
    """
    code = {"EvaluateError": "engine", "RecordError": "ledger", "UsageError": "usage"}.get(
        type(error).__name__, "input.gap" if section == "input" else section
    )
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


def _changes(collected: Collected) -> tuple[Changes, tuple[Gap, ...]]:
    if collected.diff is not None:
        changes = decode_diff(collected.diff)
    elif collected.facts.files is not None:
        changes = decode_files(collected.facts.files)
    else:
        raise DecodeError("the changes: neither a diff nor a file list was handed in")
    gaps = tuple(
        Gap(section="changes", reason=f"{neutralise(change.path)}: {change.truncated}")
        for change in changes.files
        if change.truncated
    )
    return changes, gaps


def _unreadable(decoded: Decoded) -> tuple[Gap, ...]:
    return tuple(
        Gap(section=section, reason=outcome.reason)
        for section, outcome in sorted(decoded.sections.items())
        if isinstance(outcome, Unreadable)
    )


def _distinct(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    return tuple(dict.fromkeys(gaps))


def _repository(collected: Collected) -> str:
    repo = collected.facts.pull.base.repo
    return repo.full_name if repo else ""


def _shown(plans: tuple[PlanInfo, ...]) -> tuple[PlanInfo, ...]:
    """Plans as a report may show them: nothing in them is text of the author's choice."""
    return tuple(
        msgspec.structs.replace(
            plan,
            root=neutralise(plan.root),
            name=neutralise(plan.name),
            terraform_version=plan.terraform_version if _VERSION.match(plan.terraform_version) else "",
            local_modules=tuple(neutralise(path) for path in plan.local_modules),
            failed_checks=tuple(neutralise(address) for address in plan.failed_checks),
        )
        for plan in plans
    )


def _partial_report(collected: Collected, now: str) -> Report:
    pull = collected.facts.pull
    return Report(
        decision="error",
        reasons=(),
        provenance=Provenance(authorship="unknown"),
        completeness=Completeness(ok=False, gaps=collected.gaps),
        engine=EngineInfo(name="none", version=""),
        pull=PullRefInfo(
            origin=collected.origin,
            repo=neutralise(_repository(collected), 200),
            number=pull.number,
            head=neutralise(pull.head.sha, 64),
            base=neutralise(pull.base.sha, 64),
        ),
        at=now,
    )


def _report(
    partial: Report,
    decoded: Decoded,
    provenance: Provenance,
    evaluation: Evaluation,
    decision: Decision,
) -> Report:
    notes = decision.notes + tuple(evaluation.warnings)
    notes += tuple(note for plan in decoded.terraform.plans for note in plan.notes)
    return msgspec.structs.replace(
        partial,
        decision=decision.name,
        reasons=decision.reasons,
        findings=decision.findings,
        provenance=provenance,
        votes=decision.votes,
        completeness=Completeness(ok=not decision.gaps, gaps=decision.gaps),
        plans=_shown(decoded.terraform.plans),
        engine=evaluation.engine,
        policy_digest=evaluation.policy_digest,
        rules=len(evaluation.rules),
        notes=tuple(neutralise(note, 600) for note in notes),
    )


