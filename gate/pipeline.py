"""Judge one pull request: the seven stages in order, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from gate.assemble import Parts, assemble, encode
from gate.conclusion import circumstances_of, conclude
from gate.decode.measures import measure
from gate.decode.planned import identify_plans
from gate.decoding import Decoding, decode_pull
from gate.detect.provenance import detect
from gate.errors import GateError, HeadMovedError
from gate.evaluate.catalogue import render_message
from gate.evaluate.evaluation import Request, begin, evaluate
from gate.evaluate.opa import Question
from gate.judge.approvals import Ballot, apply_what_if, count_votes
from gate.judge.decision import Case, decide
from gate.memory import Memory, check_site_ledger, question_of
from gate.options import Options
from gate.outcome import Judged, Outcome, begin_report, failure, finish_report, show_plans
from gate.parties import Parties, carry_over, find_parties, name_eligible, plan_scope
from gate.record.scope import scope_of
from gate.schema.bodies import EntryName, Measures
from gate.schema.changes import Changes
from gate.schema.collected import Collected, PlanFile, Source
from gate.schema.evaluation import Evaluation
from gate.schema.finding import Anchor, Location
from gate.schema.gate_input import Completeness, GateInput
from gate.schema.report import Report
from gate.schema.site import Site
from gate.schema.usage import Usage
from gate.schema.votes import Votes
from gate.site import load_site
from gate.store.streams import Streams

if TYPE_CHECKING:
    from gate.collect.recording import Recorder

ATTEMPTS = 2
"""How often a pull request is read when its head moves meanwhile."""


def check(source: Source, options: Options, streams: Streams) -> Outcome:
    """Judge one pull request and record the decision.

    Never raises for what the pull request, the site or an engine did: that is decision `error`
    with its reason, recorded like any other.
    """
    started = time.monotonic()
    reserve = options.reserve and not options.what_if
    memory = Memory(streams, options.now, reserve=reserve, look=options.replay == "counted")
    outcome = _judged(source, options, streams, memory)
    if options.what_if or options.replay:
        return outcome
    return conclude(outcome, options, streams, memory, started)


def _judged(source: Source, options: Options, streams: Streams, memory: Memory) -> Outcome:
    last: GateError | None = None
    for _ in range(ATTEMPTS):
        run = _Run(source, options, streams, memory)
        try:
            return run.judge()
        except HeadMovedError as error:
            memory.give_up("the head moved")
            last = error
        except GateError as error:
            return run.failed(error)
        finally:
            run.close()
    return run.failed(last or HeadMovedError("the head moved"))


class _Run:
    """One attempt: what is known so far, so that a failure can report it."""

    def __init__(self, source: Source, options: Options, streams: Streams, memory: Memory) -> None:
        self._source = source
        self._options = options
        self._streams = streams
        self._memory = memory
        self._recorder: Recorder | None = None
        self._seen: tuple[EntryName, ...] = ()
        self._begun: Question | None = None
        self._partial: Report | None = None
        self._evaluation: Evaluation | None = None

    def judge(self) -> Outcome:
        """The stages in order; recording and announcing are the caller's."""
        self._memory.read_kills()
        collected = self._collect()
        site = load_site(collected.site)
        site = msgspec.structs.replace(site, policies=site.policies + self._options.policies)
        check_site_ledger(site, self._streams, self._options.runner)
        self._keep(collected, site)
        self._begun = begin(site, self._options.engine, self._options.opa_path)
        decoding = self._decode(collected, site)
        parties = self._find_parties(collected, decoding, site)
        measures, usage = self._ask(collected, decoding, parties, site)
        ballot = count_votes(collected.facts, parties.franchise)
        gate_input = self._assemble(collected, parties, ballot, decoding, site, usage)
        encoded, digest = encode(gate_input)
        collected, spent = _let_go(collected, site)
        evaluation = self._evaluate(collected, gate_input, encoded, decoding, site, spent)
        planned = plan_scope(collected, decoding.changes, decoding.sections.terraform, site)
        case = self._case(collected, parties, ballot, decoding, evaluation, site)
        case = msgspec.structs.replace(case, carry=carry_over(planned, collected, self._streams))
        decision = decide(case, render_message)
        votes = name_eligible(self._source, collected, parties, decision)
        self._source.confirm()
        known = circumstances_of(collected, decoding, measures, site, digest, self._recorder)
        judged = Judged(
            provenance=parties.provenance,
            agent=parties.agent,
            plans=decoding.sections.terraform.plans,
            touches=decoding.touches,
            evaluation=evaluation,
            decision=msgspec.structs.replace(decision, votes=votes),
            site=site,
            input_digest=digest,
            simulated=self._options.what_if,
            notes=parties.notes,
            usage=usage,
        )
        return Outcome(
            report=finish_report(begin_report(collected, self._options.now), judged),
            changes=decoding.changes,
            evaluation=evaluation,
            known=msgspec.structs.replace(
                known, scope=scope_of(decision.findings, planned), seen=self._seen
            ),
        )

    def close(self) -> None:
        """End what was begun and not needed."""
        if self._begun is not None:
            self._begun.stop()

    def failed(self, error: GateError) -> Outcome:
        """The outcome of a run that an error ended; what it reserved is free again."""
        self._memory.give_up("the run ended in an error")
        report = failure(error, "input", self._options.now, self._partial)
        return Outcome(report=report, changes=Changes(), evaluation=self._evaluation)

    def _keep(self, collected: Collected, site: Site) -> None:
        """Begin to record what is read, where the site keeps it; and where the streams end."""
        if site.config.ledger.keep == "none" or self._options.what_if or self._options.replay:
            return
        from gate.collect.recording import Recorder  # NOTE: most sites keep nothing
        from gate.store.snapshot import take

        self._recorder = Recorder(self._source, collected)
        self._source = self._recorder
        self._seen = take(self._streams.store).names()

    def _find_parties(self, collected: Collected, decoding: Decoding, site: Site) -> Parties:
        provenance = detect(
            collected.facts,
            commits_complete=decoding.commits_complete,
            registry=site.agents or (),
        )
        return find_parties(
            collected, provenance, site, decoding.touches, self._streams, self._options.now
        )

    def _ask(
        self, collected: Collected, decoding: Decoding, parties: Parties, site: Site
    ) -> tuple[Measures, Usage]:
        """How much changes, and what the ledger remembers that bears on it."""
        measures = measure(decoding.changes, decoding.touches)
        plans: tuple[str, ...] = ()
        if any(limit.count == "attempts" for limit in site.config.limits):
            plans = identify_plans(collected.plans)
        question = question_of(collected, parties, measures, plans, self._options.now)
        return measures, self._memory.ask(site, question)

    def _collect(self) -> Collected:
        collected = self._source.collect()
        self._partial = begin_report(collected, self._options.now)
        if not self._options.what_if:
            return collected
        facts = apply_what_if(collected.facts, self._options.what_if, self._options.now)
        return msgspec.structs.replace(collected, facts=facts)

    def _decode(self, collected: Collected, site: Site) -> Decoding:
        decoding = decode_pull(self._source, collected, site)
        self._partial = msgspec.structs.replace(
            begin_report(collected, self._options.now),
            completeness=Completeness(ok=False, gaps=decoding.gaps),
            plans=show_plans(decoding.sections.terraform.plans),
        )
        return decoding

    def _assemble(
        self,
        collected: Collected,
        parties: Parties,
        ballot: Ballot,
        decoding: Decoding,
        site: Site,
        usage: Usage,
    ) -> GateInput:
        sections = decoding.sections
        return assemble(
            Parts(
                now=self._options.now,
                collected=collected,
                changes=decoding.inputs,
                provenance=parties.provenance,
                agent=parties.agent,
                touches=decoding.touches,
                labels=ballot.labels,
                votes=Votes(
                    counted=ballot.counted, ignored=ballot.ignored, objections=ballot.objections
                ),
                terraform=sections.terraform,
                hcl=sections.hcl,
                workflows=sections.workflows,
                gaps=decoding.gaps,
                site=site,
                usage=msgspec.structs.replace(usage, reserved=""),
            )
        )

    def _evaluate(
        self,
        collected: Collected,
        gate_input: GateInput,
        encoded: bytes,
        decoding: Decoding,
        site: Site,
        spent: list[PlanFile],
    ) -> Evaluation:
        self._evaluation = evaluate(
            Request(
                input=gate_input,
                encoded=encoded,
                facts=collected.facts,
                changes=decoding.changes,
                sections=decoding.sections.sections,
                site=site,
                plans=collected.plans,
                engine=self._options.engine,
                opa_path=self._options.opa_path,
            ),
            self._begun,
            spent.clear,
        )
        return self._evaluation

    def _case(
        self,
        collected: Collected,
        parties: Parties,
        ballot: Ballot,
        decoding: Decoding,
        evaluation: Evaluation,
        site: Site,
    ) -> Case:
        return Case(
            origin=collected.origin,
            facts=collected.facts,
            provenance=parties.provenance,
            ballot=ballot,
            site=site,
            rules=evaluation.rules,
            findings=evaluation.findings,
            locations=self._locate(evaluation, decoding),
            gaps=tuple(dict.fromkeys(decoding.gaps + evaluation.gaps)),
            now=self._options.now,
            touches=decoding.touches,
            paths=decoding.paths,
        )

    def _locate(self, evaluation: Evaluation, decoding: Decoding) -> Mapping[Anchor, Location]:
        anchors = [item.at for item in evaluation.findings if isinstance(item.at, Anchor)]
        if not anchors:
            return {}
        from gate.decode.anchor import locate  # NOTE: only a finding needs a line

        return locate(tuple(dict.fromkeys(anchors)), self._source, decoding.changes)


def _let_go(collected: Collected, site: Site) -> tuple[Collected, list[PlanFile]]:
    """The facts without the plans, and the last hold of these, where nobody reads them again.

    NOTE: the kernel takes 10 ms to take 140 MB back, and nothing waits for it while the engine
    works.
    """
    if site.policies or site.config.voting.current == "scope":
        return collected, []
    return msgspec.structs.replace(collected, plans=()), list(collected.plans)
