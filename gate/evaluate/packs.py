"""Conftest libraries, unchanged: their rules found, asked through OPA and turned into findings.

What conftest does is honoured as its source and documentation state it: rule names, results as
strings or objects with `msg`, exceptions, data documents by folder, builtin errors as undefined
(https://www.conftest.dev, v0.69). Where conftest stays silent and lets a policy pass, this speaks.
"""

from __future__ import annotations

import fnmatch
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from gate.errors import EvaluateError
from gate.evaluate.opa import Opa, OpaError, Reply, ask, capabilities_path
from gate.evaluate.rego_text import (
    Head,
    counted_form,
    input_keys,
    names_used,
    negated_wildcards,
    package_of,
    rule_heads,
    tokenise,
)
from gate.evaluate.site_policies import Pack, write_files
from gate.jsondoc import to_utf8
from gate.pattern import pattern
from gate.schema.collected import PlanFile
from gate.schema.finding import Location, RawFinding
from gate.schema.gate_input import GateInput
from gate.schema.rule import Rule, RuleCustom, RuleMetadata
from gate.text import neutralise

_RULE = pattern(r"^(?:deny|violation|warn)(?:_[a-zA-Z0-9]+)*$")
_PREFIX = pattern(r"^(?:deny|violation|warn)_?")
_CONFTEST_ONLY = frozenset({"parse_config", "parse_config_file", "parse_combined_config_files"})
_PLAN_KEYS = frozenset(
    {"resource_changes", "planned_values", "prior_state", "configuration", "output_changes"}
)
"""Keys of a plan that GateInput does not have."""
_MODULE = "gate_pack"
_REFUSED = frozenset({"if", "{"})
_ANY = {"type": "any"}
_QUIET_BUILTINS = (
    {"name": "print", "decl": {"type": "function", "variadic": _ANY}},
    {"name": "internal.print", "decl": {"type": "function", "args": [
        {"type": "array", "dynamic": {"type": "set", "of": _ANY}}]}},
    {"name": "trace", "decl": {"type": "function", "args": [{"type": "string"}],
                               "result": {"type": "boolean"}}},
)  # fmt: skip
"""Builtins that libraries use while they are written; what they print is dropped."""


class PackRule(NamedTuple):
    """One rule of a pack."""

    rule: Rule
    """Its entry in the catalogue."""
    namespace: str
    """Package path without `data.`."""
    name: str
    """Name in the package."""


class Packed(NamedTuple):
    """The answer of all packs."""

    rules: tuple[Rule, ...]
    """Their rules."""
    findings: tuple[RawFinding, ...]
    """Their findings."""
    warnings: tuple[str, ...]
    """Builtin errors and exceptions, each one line."""


def evaluate_packs(
    opa: Opa, packs: Sequence[Pack], document: bytes, plans: Sequence[PlanFile]
) -> Packed:
    """Evaluate every pack: one OPA process per pack, or per pack and plan.

    Args:
        opa: the binary.
        packs: the packs.
        document: GateInput, JSON, for packs with `input: gate`.
        plans: the plans as handed in, for packs with `input: plan`.

    Raises:
        EvaluateError: a pack without one rule, a rule that is no set, a builtin the gate does not
            offer, or a policy OPA refuses; names file and line.
    """
    rules: list[Rule] = []
    findings: list[RawFinding] = []
    warnings: list[str] = []
    for pack in packs:
        found = find_rules(pack)
        warnings += _check_input(pack, plans)
        rules += [item.rule for item in found]
        for name, content in _inputs(pack, document, plans):
            reply = _ask_pack(opa, pack, found, name, content)
            findings += _findings(found, reply, name)
            warnings += _warnings(pack, found, reply)
    return Packed(tuple(rules), tuple(findings), tuple(dict.fromkeys(warnings)))


def find_rules(pack: Pack) -> list[PackRule]:
    """The rules of a pack whose namespace its settings select, sorted.

    Raises:
        EvaluateError: none is there, one is no set, or a conftest builtin is used.
    """
    found: dict[str, PackRule] = {}
    for module in pack.modules:
        tokens = tokenise(module.text)
        where = f"policies/{pack.name}/{neutralise(module.path, 120)}"
        for token in names_used(tokens, _CONFTEST_ONLY):
            raise EvaluateError(
                f"{where}:{token.line}: {token.text} is a builtin of conftest that OPA lacks",
                "The gate decodes the change itself; read `input` instead.",
            )
        namespace = ".".join(package_of(tokens) or ())
        if not any(fnmatch.fnmatchcase(namespace, glob) for glob in pack.settings.namespaces):
            continue
        for head in rule_heads(tokens):
            if _RULE.match(head.name) and head.form not in ("(", ".", "default"):
                _check_head(head, where)
                made = _pack_rule(pack, namespace, head.name, module.path)
                found.setdefault(made.rule.id, made)
    if not found:
        raise EvaluateError(
            f"policies/{pack.name}: not one rule named deny, violation or warn in "
            f"{neutralise(', '.join(pack.settings.namespaces))}",
            "Mend `packs` in gate.yml or remove the folder: a pack that asks nothing is no pack.",
        )
    return [found[key] for key in sorted(found)]


def _check_input(pack: Pack, plans: Sequence[PlanFile]) -> Iterator[str]:
    """Warn of what a pack reads and will not find.

    Raises:
        EvaluateError: it reads a plan, and its settings give it GateInput: every rule of it would
            be silent.
    """
    if pack.settings.input == "plan":
        if not plans:
            yield f"policies/{pack.name} reads plans, and none was handed in: it was not asked"
        return
    for module in pack.modules:
        where = f"policies/{pack.name}/{neutralise(module.path, 120)}"
        for key in input_keys(tokenise(module.text)):
            if key.text in _PLAN_KEYS:
                raise EvaluateError(
                    f"{where}:{key.line}: input.{key.text} is a key of the raw plan, and this pack"
                    " is given GateInput",
                    f"Write `packs: {{{pack.name}: {{input: plan}}}}` in gate.yml.",
                )
            if key.text not in GateInput.__struct_fields__:
                shown = neutralise(key.text, 60)
                yield f"{where}:{key.line}: GateInput has no key {shown}: it is undefined"


def _check_head(head: Head, where: str) -> None:
    """Refuse a rule that is no set: conftest counts it as passed whatever it says."""
    is_boolean = head.form in _REFUSED or (head.form == "[" and head.after_key in ("if", "=", ":="))
    if is_boolean:
        raise EvaluateError(
            f"{where}:{head.line}: {head.name} is not a set of messages",
            f"Write `{head.name} contains msg if {{ ... }}`.",
        )


def _pack_rule(pack: Pack, namespace: str, name: str, path: str) -> PackRule:
    is_warning = name.startswith("warn")
    metadata = RuleMetadata(
        title=f"{name} of the pack {pack.name}",
        description=f"Rule {name} in package {namespace}, evaluated as conftest does.",
        custom=RuleCustom(
            severity="medium" if is_warning else "high",
            enforcement="warn" if is_warning else "block",
            needs=("terraform",) if pack.settings.input == "plan" else ("changes",),
            message="{subject}",
            remediation="Follow the message; the policy is the site's own.",
        ),
    )
    rule = Rule(
        id=f"site.{pack.name}.{namespace}.{name}",
        metadata=metadata,
        engine="pack",
        path=f"policies/{pack.name}/{path}",
    )
    return PackRule(rule, namespace, name)


def _inputs(pack: Pack, document: bytes, plans: Sequence[PlanFile]) -> Iterator[tuple[str, bytes]]:
    if pack.settings.input == "gate":
        yield "", document
        return
    for plan in plans:
        name = f"plan of {plan.root or '.'}" if plan.root is not None else "plan"
        yield name, to_utf8(plan.data, plan.name)


def _ask_pack(opa: Opa, pack: Pack, rules: Sequence[PackRule], name: str, document: bytes) -> Reply:
    folder = tempfile.mkdtemp(prefix="gate-pack-")
    try:
        files = [(f"pack/{module.path}", module.text.encode()) for module in pack.modules]
        files += [(f"pack/{item.path}", item.data) for item in pack.documents]
        conftest = {"conftest": {"file": {"name": name or "input.json", "dir": "."}}}
        files += [
            ("conftest/conftest.json", json.dumps(conftest).encode()),
            ("capabilities.json", pack_capabilities()),
        ]
        write_files(folder, files)
        errors = []
        for is_v0 in {"auto": (False, True), "v0": (True,), "v1": (False,)}[pack.settings.rego]:
            write_files(folder, [("question.rego", _question(rules, is_v0=is_v0).encode())])
            try:
                return _ask_version(opa, folder, document, is_v0=is_v0)
            except OpaError as error:
                errors.append(error)
                if not all(problem.code == "rego_parse_error" for problem in error.problems):
                    break
        raise _explained(pack, errors)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ask_version(opa: Opa, folder: str, document: bytes, *, is_v0: bool) -> Reply:
    options = ["--show-builtin-errors", "--capabilities", f"{folder}/capabilities.json"]
    if is_v0:
        options.append("--v0-compatible")
    return ask(
        opa,
        f"data.{_MODULE}",
        sources=["pack", "conftest", "question.rego"],
        folder=folder,
        document=document,
        options=options,
    )


def pack_capabilities() -> bytes:
    """OPA's capabilities file for packs: the gate's own, and what libraries print with."""
    with open(capabilities_path(), "rb") as handle:
        known = msgspec.json.decode(handle.read())
    known["builtins"] += _QUIET_BUILTINS
    return msgspec.json.encode(known)


def _question(rules: Sequence[PackRule], *, is_v0: bool) -> str:
    """A module whose objects hold every rule's results and every namespace's exceptions."""
    word = "" if is_v0 else " if"
    lines = [f"package {_MODULE}", ""]
    for item in rules:
        key, reference = json.dumps(item.rule.id), _reference(item.namespace, item.name)
        lines.append(f"results[{key}] = found{word} {{ found := {reference} }}")
    for namespace in sorted({item.namespace for item in rules}):
        key, reference = json.dumps(namespace), _reference(namespace, "exception")
        lines.append(f"exceptions[{key}] = found{word} {{ found := {reference} }}")
    return "\n".join([*lines, ""])


def _reference(namespace: str, name: str) -> str:
    return "data" + "".join(f"[{json.dumps(part)}]" for part in (*namespace.split("."), name))


def _findings(rules: Sequence[PackRule], reply: Reply, subject: str) -> Iterator[RawFinding]:
    results, exceptions = _parts(reply)
    for item in rules:
        if _is_excepted(item, exceptions):
            continue
        values = results.get(item.rule.id, [])
        if not isinstance(values, list):
            raise EvaluateError(
                f"{item.rule.path}: {item.name} is not a set of messages but "
                f"{neutralise(json.dumps(values), 60)}",
                f"Write `{item.name} contains msg if {{ ... }}`.",
            )
        for value in values:
            yield _finding(item, value, subject or "pull request")


def _finding(item: PackRule, value: Any, subject: str) -> RawFinding:  # noqa: ANN401 - OPA's JSON
    message = value.get("msg") if isinstance(value, dict) else value
    if not isinstance(message, str) or not message:
        raise EvaluateError(
            f"{item.rule.path}: {item.name} gave a result without a message: "
            f"{neutralise(json.dumps(value), 80)}",
            "A result is a string, or an object with `msg`.",
        )
    place = value.get("_loc") if isinstance(value, dict) else None
    return RawFinding(
        rule=item.rule.id,
        subject=subject,
        at=_location(place),
        evidence=message,
        message=message,
    )


def _location(place: Any) -> Location | None:  # noqa: ANN401 - OPA's JSON
    if not isinstance(place, dict) or not isinstance(place.get("file"), str):
        return None
    line = place.get("line")
    return Location(path=place["file"], line=line if isinstance(line, int) and line > 0 else None)


def _parts(reply: Reply) -> tuple[dict[str, Any], dict[str, Any]]:
    value = reply.value if isinstance(reply.value, dict) else {}
    return value.get("results", {}), value.get("exceptions", {})


def _is_excepted(item: PackRule, exceptions: dict[str, Any]) -> bool:
    """Whether `exception[_][_]` of the namespace names the rule, without its prefix."""
    suffix = _PREFIX.sub("", item.name)
    declared = exceptions.get(item.namespace, [])
    for group in declared.values() if isinstance(declared, dict) else declared:
        names = group.values() if isinstance(group, dict) else group
        if isinstance(group, (dict, list)) and suffix in names:
            return True
    return False


def _warnings(pack: Pack, rules: Sequence[PackRule], reply: Reply) -> Iterator[str]:
    for problem in reply.problems:
        place = problem.where.removeprefix("pack/")
        yield f"policies/{pack.name}/{place}: {neutralise(problem.message)} (taken as undefined)"
    results, exceptions = _parts(reply)
    for item in rules:
        count = len(results.get(item.rule.id, ()))
        if count and _is_excepted(item, exceptions):
            yield f"{item.rule.id}: {count} findings excepted by the pack itself"


def _explained(pack: Pack, errors: Sequence[OpaError]) -> EvaluateError:
    """The refusal that tells most: the last one that is not about syntax, else the first."""
    beyond = [
        error
        for error in errors
        if any(problem.code != "rego_parse_error" for problem in error.problems)
    ]
    is_v0 = any(
        head.form == "[" and head.after_key == "{"
        for module in pack.modules
        for head in rule_heads(tokenise(module.text))
    )
    error = beyond[-1] if beyond else errors[-1 if is_v0 else 0]
    for problem in error.problems:
        if problem.code == "rego_unsafe_var_error" and "_" in problem.message:
            advice = _negation_advice(pack, problem.location or {})
            if advice:
                place = _place(pack, problem.where)
                return EvaluateError(
                    f"{place}: {problem.code}: {neutralise(problem.message)}", advice
                )
    shown = "; ".join(
        f"{_place(pack, problem.where)}: {problem.code}: {neutralise(problem.message)}"
        for problem in error.problems[:3]
    )
    return EvaluateError(f"OPA refuses the pack {pack.name}: {shown}", error.hint)


def _place(pack: Pack, where: str) -> str:
    return f"policies/{pack.name}/{where.removeprefix('pack/')}" if where else pack.name


def _negation_advice(pack: Pack, location: dict[str, Any]) -> str:
    """How to write the negation on the line that OPA refused."""
    path = str(location.get("file", "")).removeprefix("pack/")
    for module in pack.modules:
        if module.path != path:
            continue
        for token, end in negated_wildcards(tokenise(module.text)):
            if token.line <= location.get("row", 0) <= token.line + 1:
                expression = module.text[token.end : end].strip()
                accepted = neutralise(counted_form(expression))
                return (
                    f"OPA refuses a wildcard under `not`. Write: {accepted} "
                    f"(`gate policies migrate .gate/policies/{pack.name}/{neutralise(path)}` does)"
                )
    return ""
