"""Judge one pull request: the seven stages in order, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gate.assemble import Parts, assemble, encode, environments_of, surfaces_of
from gate.decode.diff import decode_diff, decode_files
from gate.decode.sections import (
    Decoded,
    SectionSettings,
    change_inputs,
    decode_sections,
    is_configuration,
    wanted,
)
from gate.decode.touches import touches
from gate.decode.whereabouts import Evidence, find_whereabouts
from gate.detect.provenance import detect
from gate.errors import DecodeError, GateError, HeadMovedError, RecordError
from gate.evaluate.catalogue import render_message
from gate.evaluate.evaluation import Request, evaluate
from gate.evaluate.policies import load_bundled, terraform_tables
from gate.judge.approvals import Ballot, apply_what_if, count_votes
from gate.judge.decision import Case, Decision, decide
from gate.outcome import Outcome, begin_report, failure, finish_report, repository_of, show_plans
from gate.parties import Parties, carry_over, find_parties, name_eligible, plan_scope
from gate.record.entry import record
from gate.record.scope import scope_of
from gate.schema.changes import Changes
from gate.schema.collected import Collected, Content, Side, Source
from gate.schema.evaluation import Evaluation
from gate.schema.finding import Anchor, Location
from gate.schema.gate_input import Completeness, GateInput, Touch
from gate.schema.report import Report
from gate.schema.section import Gap, Unreadable
from gate.schema.site import PolicyFile, Site
from gate.schema.votes import Votes
from gate.site import load_site
from gate.store.ledger import Ledger
from gate.text import neutralise

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
    what_if: tuple[str, ...] = ()
    """Votes to pretend, as `apply_what_if` takes them; the run is then not recorded."""


def check(source: Source, options: Options, ledger: Ledger) -> Outcome:
    """Judge one pull request and record the decision.

    Never raises for what the pull request, the site or an engine did: that is decision `error`
    with its reason, recorded like any other.
    """
    outcome = _judged(source, options, ledger)
    if options.what_if:
        return outcome
    try:
        entry = record(outcome.report, ledger, outcome.scope)
    except RecordError as error:
        failed = failure(error, "ledger", options.now, outcome.report)
        return msgspec.structs.replace(outcome, report=failed)
    return msgspec.structs.replace(
        outcome, report=msgspec.structs.replace(outcome.report, entry=entry)
    )


def _judged(source: Source, options: Options, ledger: Ledger) -> Outcome:
    last: GateError | None = None
    for _ in range(ATTEMPTS):
        run = _Run(source, options, ledger)
        try:
            return run.judge()
        except HeadMovedError as error:
            last = error
        except GateError as error:
            return run.failed(error)
    return run.failed(last or HeadMovedError("the head moved"))


class _Run:
    """One attempt: what is known so far, so that a failure can report it."""

    def __init__(self, source: Source, options: Options, ledger: Ledger) -> None:
        self._source = source
        self._options = options
        self._ledger = ledger
        self._planned: Mapping[str, str] = {}
        self._changes = Changes()
        self._gaps: tuple[Gap, ...] = ()
        self._partial: Report | None = None
        self._evaluation: Evaluation | None = None
        self._contents: Mapping[tuple[str, str], Content] = {}
        self._beside: dict[str, bytes] = {}

    def judge(self) -> Outcome:
        """The stages in order; recording and announcing are the caller's."""
        collected = self._collect()
        self._partial = begin_report(collected, self._options.now)
        site = load_site(collected.site)
        site = msgspec.structs.replace(site, policies=site.policies + self._options.policies)
        decoded = self._decode(collected, site)
        touched = self._touches(collected, decoded, site)
        provenance = detect(
            collected.facts,
            commits_complete=not any(gap.section == "provenance" for gap in self._gaps),
            registry=site.agents or (),
        )
        parties = find_parties(
            collected, provenance, site, touched, self._ledger, self._options.now
        )
        ballot = count_votes(collected.facts, parties.franchise)
        gate_input = self._assemble(collected, parties, touched, ballot, decoded, site)
        encoded, digest = encode(gate_input)
        evaluation = self._evaluate(collected, gate_input, encoded, decoded, site)
        decision = self._decide(collected, parties, touched, ballot, evaluation, site)
        votes = name_eligible(self._source, collected, parties, ballot, decision)
        self._source.confirm()
        report = finish_report(self._partial, decoded, parties.provenance, evaluation, decision)
        report = msgspec.structs.replace(
            report,
            votes=votes,
            agent=parties.agent,
            environments=environments_of(touched),
            surfaces=surfaces_of(touched),
            simulated=self._options.what_if,
            observe=site.config.observe,
            input_digest=digest,
        )
        if not site.present:
            note = "no .gate folder on the base branch: the default rules and approvals apply"
            report = msgspec.structs.replace(report, notes=(*report.notes, note))
        scope = scope_of(report.findings, self._planned)
        return Outcome(report=report, changes=self._changes, evaluation=evaluation, scope=scope)

    def failed(self, error: GateError) -> Outcome:
        """The outcome of a run that an error ended."""
        report = failure(error, "input", self._options.now, self._partial)
        return Outcome(report=report, changes=self._changes, evaluation=self._evaluation)

    def _collect(self) -> Collected:
        collected = self._source.collect()
        if not self._options.what_if:
            return collected
        facts = apply_what_if(collected.facts, self._options.what_if)
        return msgspec.structs.replace(collected, facts=facts)

    def _decode(self, collected: Collected, site: Site) -> Decoded:
        self._changes, gaps = _changes(collected)
        contents = self._contents_of_changes()
        self._contents, self._beside = contents, self._neighbours(contents)
        decoded = decode_sections(
            self._changes,
            collected.plans,
            contents,
            terraform_tables(load_bundled().tables),
            SectionSettings(
                repository=repository_of(collected),
                whole=bool(site.policies),
                neighbours=self._beside,
            ),
        )
        self._gaps = tuple(dict.fromkeys(gaps + collected.gaps + _unreadable(decoded)))
        self._partial = msgspec.structs.replace(
            begin_report(collected, self._options.now),
            completeness=Completeness(ok=False, gaps=self._gaps),
            plans=show_plans(decoded.terraform.plans),
        )
        return decoded

    def _touches(self, collected: Collected, decoded: Decoded, site: Site) -> tuple[Touch, ...]:
        environments = site.config.environments
        evidence = Evidence(
            changes=self._changes,
            contents=self._contents,
            neighbours=self._beside,
            plans=collected.plans,
            terraform=decoded.terraform,
        )
        self._planned = plan_scope(collected, self._changes, site)
        return touches(
            change_inputs(self._changes),
            decoded.terraform,
            decoded.hcl,
            environments,
            whereabouts=find_whereabouts(environments, evidence, self._source),
            inert=decoded.inert,
        )

    def _contents_of_changes(self) -> dict[tuple[str, str], Content]:
        before, after = wanted(self._changes)
        contents: dict[tuple[str, str], Content] = {}
        sides: tuple[tuple[Side, Sequence[str]], ...] = (("before", before), ("after", after))
        for side, paths in sides:
            if paths:
                for path, content in self._source.read(paths, side).items():
                    contents[path, side] = content
        return contents

    def _neighbours(self, contents: Mapping[tuple[str, str], Content]) -> dict[str, bytes]:
        if not any(is_configuration(path) for path, _ in contents):
            return {}
        from gate.decode.neighbours import read_neighbours  # NOTE: only Terraform needs it

        return read_neighbours(self._changes, contents, self._source)

    def _assemble(
        self,
        collected: Collected,
        parties: Parties,
        touched: tuple[Touch, ...],
        ballot: Ballot,
        decoded: Decoded,
        site: Site,
    ) -> GateInput:
        votes = Votes(counted=ballot.counted, ignored=ballot.ignored, objections=ballot.objections)
        return assemble(
            Parts(
                now=self._options.now,
                collected=collected,
                changes=change_inputs(self._changes),
                provenance=parties.provenance,
                agent=parties.agent,
                touches=touched,
                labels=ballot.labels,
                votes=votes,
                terraform=decoded.terraform,
                hcl=decoded.hcl,
                workflows=decoded.workflows,
                gaps=self._gaps,
                site=site,
            )
        )

    def _evaluate(
        self,
        collected: Collected,
        gate_input: GateInput,
        encoded: bytes,
        decoded: Decoded,
        site: Site,
    ) -> Evaluation:
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
        return self._evaluation

    def _decide(
        self,
        collected: Collected,
        parties: Parties,
        touched: tuple[Touch, ...],
        ballot: Ballot,
        evaluation: Evaluation,
        site: Site,
    ) -> Decision:
        return decide(
            Case(
                origin=collected.origin,
                facts=collected.facts,
                provenance=parties.provenance,
                ballot=ballot,
                site=site,
                rules=evaluation.rules,
                findings=evaluation.findings,
                locations=self._locate(evaluation),
                gaps=tuple(dict.fromkeys(self._gaps + evaluation.gaps)),
                now=self._options.now,
                touches=touched,
                paths=_paths(self._changes),
                carry=carry_over(self._planned, collected, self._ledger),
            ),
            render_message,
        )

    def _locate(self, evaluation: Evaluation) -> Mapping[Anchor, Location]:
        anchors = [item.at for item in evaluation.findings if isinstance(item.at, Anchor)]
        if not anchors:
            return {}
        from gate.decode.anchor import locate  # NOTE: only a finding needs a line

        return locate(tuple(dict.fromkeys(anchors)), self._source, self._changes)


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


def _paths(changes: Changes) -> tuple[str, ...]:
    """Changed paths, the former ones of renamed files included."""
    both = ((change.path, change.previous_path) for change in changes.files)
    return tuple(dict.fromkeys(path for pair in both for path in pair if path))
