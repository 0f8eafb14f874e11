"""Evaluate every rule over one input, and prove that every one of them answered."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from gate.errors import EvaluateError, GateError
from gate.evaluate.answer import Answer, read_answer
from gate.evaluate.catalogue import (
    NativeCheck,
    message_fields,
    native_checks,
    native_folder,
    rego_rules,
)
from gate.evaluate.embedded import evaluate_embedded
from gate.evaluate.opa import (
    INSTALL_HINT,
    Opa,
    Question,
    Reply,
    ask,
    capabilities_path,
    find_opa,
)
from gate.evaluate.policies import Policies, digest_of, load_bundled
from gate.evaluate.site_policies import SitePolicies, sort_policies, write_files
from gate.schema.changes import Changes
from gate.schema.collected import PlanFile
from gate.schema.evaluation import Evaluation
from gate.schema.facts import PullFacts
from gate.schema.finding import ENFORCEMENT_ORDER, SURFACES, RawFinding
from gate.schema.gate_input import GateInput
from gate.schema.native import NativeInput
from gate.schema.report import EngineInfo
from gate.schema.rule import Rule
from gate.schema.section import Absent, Gap, Unreadable
from gate.schema.site import Site
from gate.text import neutralise

QUERY = '{"findings": data.gate.findings, "evaluated": data.gate.evaluated}'
"""What OPA is asked for the bundled and the site's own rules."""
BUNDLED_SOURCES = ("gate.rego", "lib", "rules", "gate.tables:data")
"""What of the bundled policies OPA loads."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to evaluate."""

    input: GateInput
    """The document rules see."""
    encoded: bytes = b""
    """Its JSON bytes, sorted keys; these go to the engine. Empty: encoded here."""
    facts: PullFacts
    """Facts, for native checks."""
    changes: Changes
    """Decoded diff, for native checks."""
    sections: dict[str, Absent | Unreadable | None]
    """Need -> what became of that section; `None`: decoded."""
    site: Site
    """The site's word."""
    plans: tuple[PlanFile, ...] = ()
    """Plans as handed in, for packs that read them."""
    engine: str = "auto"
    """auto | opa | embedded."""
    opa_path: str | None = None
    """The OPA binary, if the caller knows it."""


def begin(site: Site, engine: str, opa_path: str | None = None) -> Question | None:
    """Start OPA before its input is there, which takes 10 ms off the wait for it.

    Args:
        site: the site's word; its own policies are another question.
        engine: auto | opa | embedded.
        opa_path: the OPA binary, if the caller knows it.

    Returns:
        For `evaluate`, and to be stopped in the end; `None` where OPA is not asked, or does not
        start: `evaluate` meets the same and says so.
    """
    if site.policies or engine not in ("auto", "opa"):
        return None
    try:
        opa = find_opa(opa_path)
        return (
            None
            if opa is None
            else Question(opa, QUERY, sources=BUNDLED_SOURCES, folder=load_bundled().root)
        )
    except EvaluateError:
        return None


def evaluate(
    request: Request,
    begun: Question | None = None,
    meanwhile: Callable[[], object] = bool,
) -> Evaluation:
    """Every rule's answer over one input.

    Rules of an absent section are evaluated like all others and find nothing; rules of an
    unreadable section leave a gap.

    Args:
        request: what to evaluate.
        begun: what `begin` gave for the same site and engine.
        meanwhile: called while the engine works.

    Raises:
        EvaluateError: no rule is loaded, a policy is refused, an engine failed, or not every
            enabled rule answered.
    """
    bundled = load_bundled()
    site = sort_policies(request.site.policies, request.site.config.packs)
    if begun is not None and begun.is_stale:
        begun = None
    opa = begun.opa if begun is not None else _choose(request, site)
    encoded = request.encoded or msgspec.json.encode(request.input, order="sorted")
    engine = _Engine(bundled, site, begun or opa, encoded)
    engine.start()
    try:
        meanwhile()
        native = native_checks()
        rules = rego_rules(bundled.modules) + rego_rules(site.rules, site=True)
        found = list(_ask_native(native, request))
        digest = policy_digest(bundled, request.site)
    finally:
        engine.join()
    answer = engine.answer()
    _check_evaluated(rules, answer)
    rules += tuple(check.rule for check in native)
    findings = [*answer.findings, *found]
    warnings: tuple[str, ...] = ()
    if site.packs and opa is not None:
        from gate.evaluate.packs import evaluate_packs

        packed = evaluate_packs(opa, site.packs, encoded, request.plans)
        rules += packed.rules
        findings += packed.findings
        warnings = packed.warnings
    by_id = {rule.id: rule for rule in rules}
    for finding in findings:
        _check_finding(by_id, finding)
    return Evaluation(
        engine=engine.info(),
        policy_digest=digest,
        rules=tuple(by_id[key] for key in sorted(by_id)),
        findings=tuple(findings),
        gaps=_gaps(by_id.values(), request.sections),
        warnings=warnings,
    )


def policy_digest(bundled: Policies, site: Site) -> str:
    """SHA-256, hex, over everything that decides: Rego, tables, native checks, site, builtins."""
    sources = [("bundled", bundled.digest.encode())]
    folder = os.path.dirname(native_folder())
    for path in (capabilities_path(), *_files(native_folder()), *_files(f"{folder}/scan")):
        with open(path, "rb") as handle:
            sources.append((f"python/{os.path.relpath(path, folder)}", handle.read()))
    sources += [(f"site/policies/{file.path}", file.data) for file in site.policies]
    settings = msgspec.json.encode(site.config, order="sorted")
    return digest_of([*sources, ("site/gate.yml", settings)])


def _files(folder: str) -> Iterator[str]:
    """Files below a folder of native checks or of what they share, caches left out."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for file in sorted(files):
            yield os.path.join(parent, file)


def _choose(request: Request, site: SitePolicies) -> Opa | None:
    """The OPA binary, or `None` for the embedded engine."""
    if request.engine not in ("auto", "opa", "embedded"):
        raise EvaluateError(f"engine {neutralise(request.engine, 40)!r} is unknown")
    opa = None if request.engine == "embedded" else find_opa(request.opa_path)
    if opa is not None:
        return opa
    if request.engine == "opa":
        raise EvaluateError(
            "OPA was not found: not at GATE_OPA, in the cache or on PATH", INSTALL_HINT
        )
    if site.rules or site.packs:
        raise EvaluateError(
            "the site has policies of its own, which the embedded engine does not evaluate",
            INSTALL_HINT,
        )
    return None


class _Engine(threading.Thread):
    """The engine's process, watched beside the native checks: both take time, neither waits."""

    def __init__(
        self, bundled: Policies, site: SitePolicies, opa: Opa | Question | None, encoded: bytes
    ) -> None:
        super().__init__(name="gate-engine")
        self._bundled = bundled
        self._site = site
        self._opa = opa
        self._encoded = encoded
        self._answer: Answer | None = None
        self._error: GateError | None = None
        binary = opa.opa if isinstance(opa, Question) else opa
        self._version = binary.version if binary else ""

    def run(self) -> None:
        """Ask the engine and keep what it says."""
        try:
            if isinstance(self._opa, Question):
                self._answer = _read_reply(self._opa.answer(self._encoded))
            elif self._opa is not None:
                self._answer = _ask_opa(self._opa, self._bundled, self._site, self._encoded)
            else:
                evaluated = evaluate_embedded(self._bundled, self._ids(), self._encoded)
                self._answer, self._version = evaluated
        except GateError as error:
            self._error = error

    def answer(self) -> Answer:
        """What the engine said.

        Raises:
            EvaluateError: it failed.
        """
        if self._error is not None:
            raise self._error
        if self._answer is None:
            raise EvaluateError("the engine ended without an answer", INSTALL_HINT)
        return self._answer

    def info(self) -> EngineInfo:
        """Name and version of the engine."""
        return EngineInfo(name="opa" if self._opa else "embedded", version=self._version)

    def _ids(self) -> list[str]:
        paths = [module.path for module in self._bundled.modules]
        return [
            path.removeprefix("rules/").removesuffix(".rego").replace("/", ".")
            for path in paths
            if path.startswith("rules/")
        ]


def _ask_opa(opa: Opa, bundled: Policies, site: SitePolicies, encoded: bytes) -> Answer:
    with _written(site) as folder:
        sources = [*BUNDLED_SOURCES]
        if folder is not None:
            sources += [os.path.join(folder, "rego")]
            if site.documents:
                sources += [f"site.data:{os.path.join(folder, 'documents')}"]
        try:
            reply = ask(opa, QUERY, sources=sources, folder=bundled.root, document=encoded)
        except EvaluateError as error:
            if folder is None:
                raise
            shown = error.message.replace(os.path.join(folder, "rego"), "policies")
            raise EvaluateError(shown, error.hint) from error
    return _read_reply(reply)


def _read_reply(reply: Reply) -> Answer:
    if not reply.defined:
        raise EvaluateError("OPA: the result is undefined", "The policies do not fit together.")
    return read_answer(reply.value, "OPA")


@contextlib.contextmanager
def _written(site: SitePolicies) -> Iterator[str | None]:
    """The site's rules in a private folder, or `None` where there are none."""
    if not site.rules:
        yield None
        return
    import shutil  # NOTE: both cost 12 ms, and most runs have no rules of a site
    import tempfile

    folder = tempfile.mkdtemp(prefix="gate-policies-")
    try:
        modules = site.rules + site.libraries
        write_files(folder, [(f"rego/{module.path}", module.text.encode()) for module in modules])
        documents = [(f"documents/{file.path}", file.data) for file in site.documents]
        write_files(folder, documents)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ask_native(checks: Sequence[NativeCheck], request: Request) -> Iterator[RawFinding]:
    subject = NativeInput(input=request.input, facts=request.facts, changes=request.changes)
    for check in checks:
        for finding in check.find(subject):
            yield msgspec.structs.replace(finding, rule=check.rule.id)


def _check_evaluated(rules: Sequence[Rule], answer: Answer) -> None:
    enabled = {rule.id for rule in rules}
    if not enabled:
        raise EvaluateError("not one rule is loaded", "The installation is broken: install again.")
    silent = sorted(enabled - answer.evaluated)
    if silent:
        raise EvaluateError(
            f"{len(silent)} rules did not answer: {neutralise(', '.join(silent))}",
            "Each rule defines a set `findings`.",
        )
    unknown = sorted(answer.evaluated - enabled)
    if unknown:
        raise EvaluateError(
            f"{len(unknown)} rules answered that nobody knows: {neutralise(', '.join(unknown))}"
        )


def _check_finding(rules: Mapping[str, Rule], finding: RawFinding) -> None:
    """What a finding must hold beyond its types.

    Raises:
        EvaluateError: its rule is unknown, a value of the message is missing, it brings its own
            message though its rule has a template, raises its enforcement, or names no surface.
    """
    rule = rules.get(finding.rule)
    if rule is None:
        raise EvaluateError(f"a finding of the unknown rule {neutralise(finding.rule, 80)!r}")
    if finding.message is not None and rule.engine != "pack":
        raise EvaluateError(f"{rule.id}: a finding brings its own message; the rule has a template")
    if finding.message is None:
        missing = sorted(message_fields(rule) - set(finding.values) - {"subject"})
        if missing:
            raise EvaluateError(f"{rule.id}: a finding lacks {', '.join(missing)} of its message")
    if finding.enforcement is not None:
        order = ENFORCEMENT_ORDER.index
        if order(finding.enforcement) > order(rule.metadata.custom.enforcement):
            raise EvaluateError(
                f"{rule.id}: a finding raises its enforcement; it may only lower it"
            )
    if finding.surface is not None and finding.surface not in SURFACES:
        raise EvaluateError(f"{rule.id}: surface {neutralise(finding.surface, 40)!r} is unknown")


def _gaps(
    rules: Iterable[Rule], sections: Mapping[str, Absent | Unreadable | None]
) -> tuple[Gap, ...]:
    needed = {need for rule in rules for need in rule.metadata.custom.needs}
    return tuple(
        Gap(section=need, reason=outcome.reason)
        for need, outcome in sorted(sections.items())
        if isinstance(outcome, Unreadable) and need in needed
    )
