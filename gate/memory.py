"""Ask the ledger what bears on a change before it is judged, and tell it what came of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from gate.errors import ConfigError, RecordError
from gate.options import Runner
from gate.parties import Parties
from gate.schema.bodies import Measures, PullName
from gate.schema.collected import Collected
from gate.schema.question import Question
from gate.schema.report import EntryRef, Report
from gate.schema.site import Site
from gate.schema.usage import Usage
from gate.store.streams import KILL, Streams
from gate.text import neutralise

if TYPE_CHECKING:
    from gate.enquire.killed import Kills
    from gate.record.reservation import Reservation


def check_site_ledger(site: Site, streams: Streams, runner: Runner) -> None:
    """Refuse limits, kill switch and anomalies where every run has a ledger of its own.

    Raises:
        ConfigError: the site asks for what only a ledger that all runs share can give.
    """
    if not runner or streams.shared or not site.config.needs_shared_ledger:
        return
    asked = "limits" if site.config.limits else "ledger"
    line = site.lines.get(f"gate.yml {asked}", 1)
    raise ConfigError(
        f".gate/gate.yml:{line}: key {asked}: needs a ledger that all runs share, and this job has "
        "a file of its own",
        "Give the action's input `ledger` a git: or postgres:// ledger, in a workflow that is "
        "defined on the default branch (pull_request_target, workflow_run).",
    )


class Memory:
    """The ledger as one run asks it.

    Args:
        streams: the ledger.
        now: the run's clock, RFC 3339 UTC.
        reserve: whether the run counts: a dry run takes nothing.
        look: whether it looks all the same, in a ledger that is not shared.
    """

    def __init__(self, streams: Streams, now: str, *, reserve: bool, look: bool = False) -> None:
        self._streams = streams
        self._now = now
        self._reserve = reserve
        self.counts = reserve or look or streams.shared
        """Whether the ledger was asked; a dry run beside a file of its own asks nothing."""
        self._kills: Kills | None = None
        self._usage = Usage()
        self._taken: Reservation | None = None

    def read_kills(self) -> None:
        """Read the kill switch, before anything else.

        Raises:
            RecordError: it is there and cannot be read.
        """
        if not self._streams.may_have(KILL):
            return
        from gate.enquire.killed import read_kills  # NOTE: a dry run has no switch

        self._kills = read_kills(self._streams)

    def ask(self, site: Site, question: Question) -> Usage:
        """What bears on the change; its share of the limits is reserved when this returns.

        Raises:
            RecordError: the ledger cannot be read, or the site's kill switch is not there.
        """
        config = site.config
        kills = self._kills
        present = kills is not None and kills.present
        if config.ledger.kill and not present and self.counts:
            raise RecordError(
                "the kill switch that the site asks for is not in the ledger",
                "Set it up with `gate kill init --ledger SPEC`, or is this another ledger?",
            )
        held = kills.holding(question) if kills is not None else ()
        self._usage = Usage(
            kill="killed" if held else "clear" if present else "absent", killed=held
        )
        if config.ledger.anomalies and question.is_ai:
            self._look_for_anomalies(site, question)
        if config.limits and question.is_ai:
            self._weigh_limits(site, question, killed=bool(held))
        return self._usage

    def settle(self, report: Report, entry: EntryRef) -> None:
        """Commit or release the reservation, and raise the alerts that the decision calls for.

        Raises:
            RecordError: it could not be written.
        """
        if self._taken is not None:
            from gate.record.reservation import commit, release

            if report.decision == "error":
                release(self._streams, self._taken, "the decision is error", self._now)
            else:
                commit(self._streams, self._taken, entry.hash, self._now)
        glass = report.votes.break_glass
        broken = glass is not None and glass.in_force
        usage = report.usage
        unusual = usage.anomalies or usage.killed or any(use.exceeded for use in usage.limits)
        if self._reserve and (unusual or broken):
            from gate.record.alerts import alerts_of, raise_alerts
            from gate.record.earlier import earlier_of

            earlier = earlier_of(self._streams, report)
            raise_alerts(self._streams, alerts_of(report, entry, earlier), self._now)

    def give_up(self, reason: str) -> None:
        """Release the reservation of a run that came to no decision; its lease would end it too."""
        if self._taken is None:
            return
        from gate.record.reservation import release

        reserved, self._taken, self._usage = self._taken, None, Usage()
        # NOTE: the run has failed already, and the lease frees what this does not
        with suppress(RecordError):
            release(self._streams, reserved, reason, self._now)

    def _look_for_anomalies(self, site: Site, question: Question) -> None:
        if not self.counts:
            self._put(anomalies_unchecked=_DRY)
            return
        from gate.enquire.anomalies import look

        found = look(self._streams, question, site.config.ledger)
        self._put(anomalies=found.anomalies, anomalies_unchecked=found.unchecked)

    def _weigh_limits(self, site: Site, question: Question, *, killed: bool) -> None:
        if not self.counts:
            self._put(limits_unchecked=_DRY)
            return
        from gate.enquire.limits import weigher
        from gate.record.reservation import look, reserve

        weigh = weigher(question, site.config.limits)
        if self._reserve and not killed and not question.ended:
            taken = reserve(self._streams, question, weigh, self._now)
        else:
            taken = look(self._streams, question, weigh, self._now)
        self._taken = taken
        self._put(limits=taken.uses, reserved=taken.id)

    def _put(self, **more: object) -> None:
        self._usage = msgspec.structs.replace(self._usage, **more)


_DRY = "this is a dry run beside a ledger of its own"


def question_of(
    collected: Collected,
    parties: Parties,
    measures: Measures,
    plans: tuple[str, ...],
    now: str,
) -> Question:
    """What the ledger is asked about one pull request."""
    pull, provenance = collected.facts.pull, parties.provenance
    repo = pull.base.repo.full_name if pull.base.repo else ""
    # NOTE: who it is, not the strictest of all records that are heard, whose word the rules take:
    # else one who adds another's traces would use the other's limits, and have its history
    registered = provenance.registered or ""
    who = "" if provenance.authorship == "human" else registered or provenance.agent or "unknown"
    return Question(
        pull=PullName(
            origin=collected.origin,
            repo=neutralise(repo, 200),
            number=pull.number,
            head=neutralise(pull.head.sha, 64),
            base=neutralise(pull.base.sha, 64),
        ),
        agent=who,
        registered=registered,
        names=parties.names,
        model=provenance.model or "",
        requester=provenance.requester or "",
        measures=measures,
        plans=plans,
        ended=pull.state != "open",
        now=now,
    )
