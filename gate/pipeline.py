"""Judge one pull request: the seven stages in order, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gate.assemble import Parts, assemble, encode
from gate.decode.diff import decode_diff, decode_files
from gate.decode.sections import (
    Decoded,
    SectionSettings,
    change_inputs,
    decode_sections,
    is_configuration,
    wanted,
)
from gate.detect.accounts import is_agent
from gate.detect.provenance import detect
from gate.errors import DecodeError, GateError, HeadMovedError, RecordError
from gate.evaluate.catalogue import render_message
from gate.evaluate.evaluation import Request, evaluate
from gate.evaluate.policies import load_bundled, terraform_tables
from gate.judge.approvals import Ballot, Franchise, count_votes
from gate.judge.decision import Case, Decision, decide
from gate.outcome import Outcome, begin_report, failure, finish_report, repository_of, show_plans
from gate.record.entry import record
from gate.schema.changes import Changes
from gate.schema.collected import Collected, Content, Side, Source
from gate.schema.evaluation import Evaluation
from gate.schema.finding import Anchor, Location
from gate.schema.gate_input import Completeness, GateInput
from gate.schema.provenance import Provenance
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
        self._gaps: tuple[Gap, ...] = ()
        self._partial: Report | None = None
        self._evaluation: Evaluation | None = None

    def judge(self) -> Outcome:
        """The stages in order; recording and announcing are the caller's."""
        collected = self._source.collect()
        self._partial = begin_report(collected, self._options.now)
        site = load_site(collected.site)
        site = msgspec.structs.replace(site, policies=site.policies + self._options.policies)
        decoded = self._decode(collected, site)
        provenance = detect(
            collected.facts,
            commits_complete=not any(gap.section == "provenance" for gap in self._gaps),
        )
        ballot = count_votes(
            collected.facts,
            Franchise(
                is_agent=is_agent,
                requesters=(*provenance.requesters, provenance.requester or ""),
                settings=site.config.voting,
                now=self._options.now,
            ),
        )
        gate_input = self._assemble(collected, provenance, ballot, decoded, site)
        encoded, digest = encode(gate_input)
        evaluation = self._evaluate(collected, gate_input, encoded, decoded, site)
        decision = self._decide(collected, provenance, ballot, evaluation, site)
        self._source.confirm()
        report = finish_report(self._partial, decoded, provenance, evaluation, decision)
        report = msgspec.structs.replace(report, observe=site.config.observe, input_digest=digest)
        if not site.present:
            note = "no .gate folder on the base branch: the default rules and approvals apply"
            report = msgspec.structs.replace(report, notes=(*report.notes, note))
        return Outcome(report=report, changes=self._changes, evaluation=evaluation)

    def failed(self, error: GateError) -> Outcome:
        """The outcome of a run that an error ended."""
        report = failure(error, "input", self._options.now, self._partial)
        return Outcome(report=report, changes=self._changes, evaluation=self._evaluation)

    def _decode(self, collected: Collected, site: Site) -> Decoded:
        self._changes, gaps = _changes(collected)
        contents = self._contents()
        decoded = decode_sections(
            self._changes,
            collected.plans,
            contents,
            terraform_tables(load_bundled().tables),
            SectionSettings(
                repository=repository_of(collected),
                whole=bool(site.policies),
                neighbours=self._neighbours(contents),
            ),
        )
        self._gaps = tuple(dict.fromkeys(gaps + collected.gaps + _unreadable(decoded)))
        self._partial = msgspec.structs.replace(
            begin_report(collected, self._options.now),
            completeness=Completeness(ok=False, gaps=self._gaps),
            plans=show_plans(decoded.terraform.plans),
        )
        return decoded

    def _contents(self) -> dict[tuple[str, str], Content]:
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
        provenance: Provenance,
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
                provenance=provenance,
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
        provenance: Provenance,
        ballot: Ballot,
        evaluation: Evaluation,
        site: Site,
    ) -> Decision:
        return decide(
            Case(
                origin=collected.origin,
                facts=collected.facts,
                provenance=provenance,
                ballot=ballot,
                site=site,
                rules=evaluation.rules,
                findings=evaluation.findings,
                locations=self._locate(evaluation),
                gaps=tuple(dict.fromkeys(self._gaps + evaluation.gaps)),
                today=self._options.now[:10],
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


def _distinct(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    return tuple(dict.fromkeys(gaps))
