"""Rule fixtures: each case becomes a whole input, evaluated on every engine present."""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml
from rules.registry import ask_registry, read_records

from gate.assemble import Parts, assemble, encode
from gate.decode.diff import decode_diff
from gate.decode.sections import SectionSettings, change_inputs, decode_sections
from gate.detect.accounts import is_agent
from gate.detect.provenance import detect
from gate.evaluate import embedded, embedded_worker, opa
from gate.evaluate.answer import Answer, read_answer
from gate.evaluate.catalogue import native_checks, rego_rules
from gate.evaluate.evaluation import BUNDLED_SOURCES
from gate.evaluate.policies import load_bundled, terraform_tables
from gate.judge.approvals import Franchise, count_labels
from gate.schema.changes import Changes
from gate.schema.collected import Collected, PlanFile
from gate.schema.facts import PullFacts
from gate.schema.finding import RawFinding
from gate.schema.gate_input import GateInput
from gate.schema.native import NativeInput
from gate.schema.section import Absent, Unreadable
from gate.schema.site import Site
from gate.schema.usage import Usage
from gate.schema.votes import Votes

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures" / "rules"
NOW = "2026-01-15T12:00:00Z"
REPOSITORY = "acme/infra"
PULL: dict[str, Any] = {
    "number": 7,
    "title": "Change the infrastructure",
    "body": "",
    "user": {"login": "alice", "id": 1, "type": "User"},
    "base": {"ref": "main", "sha": "a" * 40, "repo": {"full_name": REPOSITORY, "id": 10}},
    "head": {"ref": "topic", "sha": "b" * 40, "repo": {"full_name": REPOSITORY, "id": 10}},
    "labels": [],
}
COMMITS: list[dict[str, Any]] = [
    {
        "sha": "b" * 40,
        "commit": {
            "author": {"name": "Alice", "email": "alice@example.com", "date": NOW},
            "committer": {"name": "Alice", "email": "alice@example.com", "date": NOW},
            "message": "Change the infrastructure",
        },
        "author": {"login": "alice", "id": 1, "type": "User"},
        "committer": {"login": "alice", "id": 1, "type": "User"},
    }
]


class Case(NamedTuple):
    """One case of a rule fixture."""

    rule: str
    """Rule id."""
    bad: bool
    """Whether the rule must speak."""
    number: int
    """Position in its list."""
    body: dict[str, Any]
    """As written."""

    @property
    def label(self) -> str:
        """How to call it in a test id."""
        side = "bad" if self.bad else "good"
        return f"{self.rule}-{side}-{self.body.get('name', self.number)}"


class Subject(NamedTuple):
    """A case, decoded."""

    input: GateInput
    encoded: bytes
    facts: PullFacts
    changes: Changes


@functools.cache
def read_cases() -> list[Case]:
    """Every case of every fixture, sorted."""
    cases = []
    for path in sorted(FIXTURES.glob("*/*.yaml")):
        document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        rule = f"{path.parent.name}.{path.stem}"
        for side in ("bad", "good"):
            for number, body in enumerate(document.get(side) or ()):
                cases.append(Case(rule, side == "bad", number, body))
    return cases


def merge(base: Any, over: Any) -> Any:
    """`over` laid upon `base`, objects key by key."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{key: merge(base.get(key), value) for key, value in over.items()}}
    return over


def lines_of(text: str) -> list[str]:
    """Lines as git sees them: only LF ends one."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def git_patch(path: str, before: str | None, after: str | None, mode: str = "100644") -> str:
    """What `git diff` prints for one file."""
    lines = [f"diff --git a/{path} b/{path}\n"]
    if before is None:
        lines.append(f"new file mode {mode}\n")
    elif after is None:
        lines.append(f"deleted file mode {mode}\n")
    old = [] if before is None else lines_of(before)
    new = [] if after is None else lines_of(after)
    hunks = list(
        difflib.unified_diff(
            old,
            new,
            "/dev/null" if before is None else f"a/{path}",
            "/dev/null" if after is None else f"b/{path}",
        )
    )
    bare = "\n\\ No newline at end of file\n"
    lines += [line if line.endswith("\n") else line + bare for line in hunks]
    return "".join(lines)


def plan_of(body: Mapping[str, Any]) -> PlanFile | None:
    """The plan of a case, whole or from its `resources`."""
    if "plan" not in body and "resources" not in body:
        return None
    plan = body.get("plan") or {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "applyable": True,
        "complete": True,
        "errored": False,
        "resource_changes": [_resource(entry) for entry in body["resources"]],
        "configuration": {"root_module": {}},
    }
    document = plan if isinstance(plan, str) else json.dumps(plan)
    return PlanFile(root=body.get("root", ""), name="plan.json", data=document.encode())


def _resource(entry: Mapping[str, Any]) -> dict[str, Any]:
    short = dict(entry)
    change = {
        key: short.pop(key, default)
        for key, default in (
            ("actions", ["update"]),
            ("before", None),
            ("after", None),
            ("after_unknown", {}),
            ("before_sensitive", False),
            ("after_sensitive", False),
        )
    }
    for key in ("replace_paths", "importing", "generated_config"):
        if key in short:
            change[key] = short.pop(key)
    provider = short["type"].partition("_")[0]
    return {
        "mode": "managed",
        "name": short["address"].rsplit(".", 1)[-1].partition("[")[0],
        "provider_name": f"registry.terraform.io/hashicorp/{provider}",
        **short,
        "change": change,
    }


def is_unchanged(sides: Mapping[str, Any]) -> bool:
    """Whether a file of a case is only there for others to depend on."""
    return "before" in sides and sides["before"] == sides.get("after") and "mode" not in sides


def decode(case: Case) -> Subject:
    """A case taken through the decoders."""
    body = case.body
    everything = body.get("files") or {}
    files = {path: sides for path, sides in everything.items() if not is_unchanged(sides)}
    diff = "".join(
        git_patch(path, sides.get("before"), sides.get("after"), sides.get("mode", "100644"))
        for path, sides in sorted(files.items())
    )
    facts_document = {
        "pull": merge(PULL, body.get("pull") or {}),
        "commits": body.get("commits") or COMMITS,
        **(body.get("facts") or {}),
    }
    facts = msgspec.convert(facts_document, PullFacts)
    plan = plan_of(body)
    plans = (plan,) if plan else ()
    collected = Collected(origin="folder", facts=facts, diff=diff.encode(), plans=plans)
    changes = decode_diff(diff.encode())
    contents = {
        (path, side): Absent() if sides.get(side) is None else str(sides[side]).encode()
        for path, sides in files.items()
        for side in ("before", "after")
    }
    decoded = decode_sections(
        changes,
        plans,
        contents,
        terraform_tables(load_bundled().tables),
        SectionSettings(
            repository=REPOSITORY,
            neighbours={
                path: str(sides["after"]).encode()
                for path, sides in everything.items()
                if is_unchanged(sides)
            },
        ),
    )
    unreadable = {key: out for key, out in decoded.sections.items() if isinstance(out, Unreadable)}
    assert not unreadable, f"{case.label}: a section cannot be read: {unreadable}"
    records = read_records(body)
    provenance = detect(facts, commits_complete=True, registry=records or ())
    told, touched = ask_registry(
        body, records, facts, provenance, change_inputs(changes), decoded, NOW
    )
    gate_input = assemble(
        Parts(
            now=NOW,
            collected=collected,
            changes=change_inputs(changes),
            provenance=provenance,
            agent=told,
            touches=touched,
            labels=count_labels(
                facts, Franchise(is_agent=is_agent, requesters=(provenance.requester or "",))
            ),
            votes=Votes(),
            terraform=decoded.terraform,
            hcl=decoded.hcl,
            workflows=decoded.workflows,
            gaps=(),
            site=Site(present=False),
            usage=msgspec.convert(body.get("usage") or {}, Usage),
        )
    )
    return Subject(gate_input, encode(gate_input)[0], facts, changes)


class Engines:
    """Every engine present; answers are kept, and OPA is asked for all cases of a rule at once."""

    def __init__(self) -> None:
        self.opa = opa.find_opa()
        self._subjects: dict[str, Subject] = {}
        self._opa_answers: dict[str, Answer] = {}
        self._embedded_answers: dict[str, Answer] = {}
        self._native = {check.rule.id: check for check in native_checks()}
        self._prepared: embedded_worker.Prepared | None = None
        self._rego = [rule.id for rule in rego_rules(load_bundled().modules)]

    def subject(self, case: Case) -> Subject:
        """The decoded case."""
        if case.label not in self._subjects:
            self._subjects[case.label] = decode(case)
        return self._subjects[case.label]

    def findings(self, case: Case, engine: str) -> tuple[RawFinding, ...]:
        """Findings of the case's own rule."""
        if case.rule in self._native:
            subject = self.subject(case)
            native = NativeInput(input=subject.input, facts=subject.facts, changes=subject.changes)
            return tuple(self._native[case.rule].find(native))
        return tuple(item for item in self.answer(case, engine).findings if item.rule == case.rule)

    def answer(self, case: Case, engine: str) -> Answer:
        """Everything one engine says of a case."""
        if engine == "embedded":
            if case.label not in self._embedded_answers:
                self._embedded_answers[case.label] = self._ask_embedded(self.subject(case))
            return self._embedded_answers[case.label]
        if case.label not in self._opa_answers:
            self._ask_opa([other for other in read_cases() if other.rule == case.rule])
        return self._opa_answers[case.label]

    def _ask_opa(self, cases: list[Case]) -> None:
        assert self.opa is not None
        inputs = b",".join(self.subject(case).encoded for case in cases)
        reply = opa.ask(
            self.opa,
            '[{"findings": f, "evaluated": e} | some case in input; '
            "f := data.gate.findings with input as case; "
            "e := data.gate.evaluated with input as case]",
            sources=BUNDLED_SOURCES,
            folder=load_bundled().root,
            document=b"[" + inputs + b"]",
        )
        assert len(reply.value) == len(cases)
        for case, value in zip(cases, reply.value, strict=True):
            self._opa_answers[case.label] = read_answer(value, "OPA")

    def _ask_embedded(self, subject: Subject) -> Answer:
        if self._prepared is None:
            request = embedded.request_of(load_bundled(), self._rego)
            self._prepared = embedded_worker.Prepared(request)
        reply = self._prepared.answer(subject.encoded.decode())
        assert "error" not in reply, reply
        return embedded.answer_of(reply["value"])


@pytest.fixture(scope="session")
def engines() -> Engines:
    """The engines, once per run."""
    return Engines()


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return ROOT


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case, and per engine present where the test asks for one."""
    if "case" not in metafunc.fixturenames:
        return
    native = {check.rule.id for check in native_checks()}
    present = ["embedded", "opa"] if opa.find_opa() else ["embedded"]
    cases = read_cases()
    if "engine" in metafunc.fixturenames:
        pairs = [
            pytest.param(case, engine, id=f"{case.label}-{engine}")
            for case in cases
            for engine in (["native"] if case.rule in native else present)
        ]
        metafunc.parametrize(("case", "engine"), pairs)
    else:
        rego = [pytest.param(case, id=case.label) for case in cases if case.rule not in native]
        metafunc.parametrize("case", rego)
