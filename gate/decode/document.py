"""Read AWS policy documents, from a JSON string or a structured value alike, into plain statements.

Source of the grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, NamedTuple

from gate.decode.value import UNKNOWN
from gate.errors import DecodeError
from gate.jsondoc import parse_json
from gate.text import neutralise

MAX_TEXT = 200_000
"""Longer documents are refused; AWS takes at most 100 KB (OpenSearch access policies)."""

Element = Literal["effect", "action", "resource", "principal", "condition"]
"""A part of a statement that can be unknown on its own."""


class Condition(NamedTuple):
    """One line of a condition block; every line of a statement must hold."""

    operator: str
    """Lower case, with its set prefix and `ifexists` suffix; empty where not known."""
    key: str
    """Lower case; empty where not known."""
    values: frozenset[str]
    """As written; one of them must match."""
    unknown: bool = False
    """Whether some value is not known."""


class Principal(NamedTuple):
    """One principal."""

    kind: str
    """Lower case: aws, federated, service, canonicaluser, `*`."""
    value: str
    """As written."""


class Statement(NamedTuple):
    """One statement with every element in one form."""

    allow: bool = True
    """False only where the effect is known to be Deny."""
    actions: tuple[str, ...] = ()
    """Action, as written."""
    not_actions: tuple[str, ...] | None = None
    """NotAction; `None`: there is none."""
    resources: tuple[str, ...] | None = None
    """Resource; `None`: there is none."""
    not_resources: tuple[str, ...] | None = None
    """NotResource."""
    principals: tuple[Principal, ...] | None = None
    """Principal; `None`: there is none, as in a policy of an identity."""
    not_principals: tuple[Principal, ...] | None = None
    """NotPrincipal."""
    conditions: tuple[Condition, ...] = ()
    """Condition."""
    unknown: frozenset[Element] = frozenset()
    """Elements with a part that is not known."""

    @property
    def names_principal(self) -> bool:
        """Whether it says who, as policies of resources and trust policies do."""
        return (
            self.principals is not None
            or self.not_principals is not None
            or "principal" in self.unknown
        )


class Document(NamedTuple):
    """One policy document."""

    statements: tuple[Statement, ...] = ()
    """Statements that could be read."""
    unknown: bool = False
    """The document, or a whole statement, is not known."""
    reason: str = ""
    """Why it could not be read; empty when it could."""


class _Malformed(ValueError):
    """The value does not follow the grammar."""


def read_policy(value: Any) -> Document:
    """Read one policy document.

    Args:
        value: JSON text (a plan), a structured value whose leaves may be `UNKNOWN` (HCL
            `jsonencode`), or `UNKNOWN`. Empty text is an absent policy.

    Returns:
        The document; one that breaks the grammar has a `reason`, and no error is raised.
    """
    if value is UNKNOWN:
        return Document(unknown=True)
    if isinstance(value, str):
        return _read_text(value)
    return _read_tree(value)


def read_blocks(tree: Any) -> Document:
    """Read the `statement` blocks of a data source `aws_iam_policy_document`.

    Args:
        tree: its attributes; the effect of a block without one is Allow.
    """
    if tree is UNKNOWN:
        return Document(unknown=True)
    return _read_statements(tree.get("statement") if isinstance(tree, dict) else None, _block)


def parse_text(text: str, what: str) -> tuple[Any, str]:
    """A strict JSON value out of an attribute, and why it could not be read (empty when it could).

    Duplicate keys, NaN, lone surrogates, comments and hostile nesting are refused.
    """
    try:
        return parse_json(text.encode("utf-8"), what), ""
    except UnicodeEncodeError:
        return None, f"{what}: holds lone surrogates"
    except DecodeError as error:
        return None, neutralise(error.message)


@lru_cache(maxsize=256)
def _read_text(text: str) -> Document:
    if not text.strip():
        return Document()
    if len(text) > MAX_TEXT:
        return Document(reason=f"policy: longer than {MAX_TEXT} characters")
    tree, reason = parse_text(text, "policy")
    return Document(reason=reason) if reason else _read_tree(tree)


def _read_tree(tree: Any) -> Document:
    if not isinstance(tree, dict):
        return Document(reason="policy: not a JSON object")
    try:
        elements = _fold(tree)
    except _Malformed as error:
        return Document(reason=f"policy: {error}")
    return _read_statements(elements.get("statement"), _statement)


def _read_statements(value: Any, read: Any) -> Document:
    if value is UNKNOWN:
        return Document(unknown=True)
    if value is None:
        return Document()
    statements: list[Statement] = []
    unknown = False
    try:
        for item in value if isinstance(value, list) else [value]:
            if item is UNKNOWN:
                unknown = True
            elif isinstance(item, dict):
                statements.append(read(item))
            else:
                raise _Malformed("a statement is not an object")
    except _Malformed as error:
        return Document(tuple(statements), unknown, f"policy: {error}")
    return Document(tuple(statements), unknown)


def _fold(tree: dict[str, Any]) -> dict[str, Any]:
    """Keys in lower case without underscores, so that `NotAction` and `not_actions` are one."""
    folded: dict[str, Any] = {}
    for key, value in tree.items():
        name = str(key).replace("_", "").lower()
        if name in folded:
            raise _Malformed(f"two keys spell {neutralise(name, 40)}")
        folded[name] = value
    return folded


def _statement(tree: dict[str, Any]) -> Statement:
    """A statement of the JSON grammar."""
    part = _Reader(_fold(tree))
    return part.finish(
        principals=part.principals("principal"),
        not_principals=part.principals("notprincipal"),
        conditions=part.conditions(),
    )


def _block(tree: dict[str, Any]) -> Statement:
    """A statement block of `aws_iam_policy_document`: plural names, nested blocks."""
    folded = _fold(tree)
    for plural in ("actions", "notactions", "resources", "notresources"):
        if folded.get(plural) not in (None, []):
            folded[plural[:-1]] = folded[plural]
    part = _Reader(folded)
    return part.finish(
        principals=part.principal_blocks("principals"),
        not_principals=part.principal_blocks("notprincipals"),
        conditions=part.condition_blocks(),
    )


class _Reader:
    """Reads the elements of one statement, noting which hold something unknown."""

    def __init__(self, elements: dict[str, Any]) -> None:
        self._elements = elements
        self._unknown: set[Element] = set()

    def finish(
        self,
        principals: tuple[Principal, ...] | None,
        not_principals: tuple[Principal, ...] | None,
        conditions: tuple[Condition, ...],
    ) -> Statement:
        """The statement, once principals and conditions are read."""
        return Statement(
            allow=self._allow(),
            actions=self._strings("action", "action") or (),
            not_actions=self._strings("notaction", "action"),
            resources=self._strings("resource", "resource"),
            not_resources=self._strings("notresource", "resource"),
            principals=principals,
            not_principals=not_principals,
            conditions=conditions,
            unknown=frozenset(self._unknown),
        )

    def _allow(self) -> bool:
        effect = self._elements.get("effect")
        if effect is UNKNOWN:
            self._unknown.add("effect")
            return True
        return not (isinstance(effect, str) and effect.strip().lower() == "deny")

    def _strings(self, name: str, element: Element) -> tuple[str, ...] | None:
        value = self._elements.get(name)
        if value is None:
            return None
        return self._list(value, element)

    def _list(self, value: Any, element: Element) -> tuple[str, ...]:
        found: list[str] = []
        for item in value if isinstance(value, list) else [value]:
            if item is UNKNOWN:
                self._unknown.add(element)
            elif isinstance(item, str):
                found.append(item)
            elif element == "condition" and isinstance(item, (bool, int, float)):
                found.append(str(item).lower())
            else:
                raise _Malformed(f"a value of {element} is not a string")
        return tuple(found)

    def principals(self, name: str) -> tuple[Principal, ...] | None:
        """`"*"` or an object of kinds."""
        value = self._elements.get(name)
        if value is None:
            return None
        if value is UNKNOWN:
            self._unknown.add("principal")
            return ()
        if isinstance(value, dict):
            return tuple(
                Principal(str(kind).lower(), text)
                for kind, values in value.items()
                for text in self._list(values, "principal")
            )
        return tuple(Principal("*", text) for text in self._list(value, "principal"))

    def principal_blocks(self, name: str) -> tuple[Principal, ...] | None:
        """Blocks of `type` and `identifiers`."""
        found: list[Principal] = []
        blocks = self._blocks(name, "principal")
        for block in blocks:
            kind = block.get("type")
            if kind is UNKNOWN:
                self._unknown.add("principal")
            words = self._list(_or_none(block.get("identifiers")), "principal")
            found.extend(Principal(str(kind).lower(), word) for word in words)
        return tuple(found) if blocks else None

    def conditions(self) -> tuple[Condition, ...]:
        """Object of operator -> object of key -> value or values."""
        value = self._elements.get("condition")
        if value is None:
            return ()
        if value is UNKNOWN:
            return (self._condition(UNKNOWN, UNKNOWN, None),)
        if not isinstance(value, dict):
            raise _Malformed("a condition is not an object")
        found: list[Condition] = []
        for operator, keys in value.items():
            if keys is UNKNOWN:
                found.append(self._condition(UNKNOWN, UNKNOWN, None))
            elif isinstance(keys, dict):
                found.extend(self._condition(operator, key, keys[key]) for key in keys)
            elif keys is not None:
                raise _Malformed("a condition operator holds no object")
        return tuple(sorted(found, key=_condition_order))

    def condition_blocks(self) -> tuple[Condition, ...]:
        """Blocks of `test`, `variable` and `values`."""
        found = [
            self._condition(block.get("test"), block.get("variable"), block.get("values"))
            for block in self._blocks("condition", "condition")
        ]
        if not found and "condition" in self._unknown:
            found.append(self._condition(UNKNOWN, UNKNOWN, None))
        return tuple(sorted(found, key=_condition_order))

    def _condition(self, operator: Any, key: Any, values: Any) -> Condition:
        names_unknown = operator is UNKNOWN or key is UNKNOWN
        outer, self._unknown = self._unknown, set()
        words = frozenset(self._list(_or_none(values), "condition"))
        unknown = "condition" in self._unknown or names_unknown
        self._unknown = outer | ({"condition"} if unknown else set())
        if names_unknown:
            return Condition("", "", words, True)
        return Condition(str(operator).strip().lower(), str(key).strip().lower(), words, unknown)

    def _blocks(self, name: str, element: Element) -> list[dict[str, Any]]:
        value = self._elements.get(name)
        found: list[dict[str, Any]] = []
        if value is None:
            return found
        for item in value if isinstance(value, list) else [value]:
            if item is UNKNOWN:
                self._unknown.add(element)
            elif isinstance(item, dict):
                found.append(item)
            else:
                raise _Malformed(f"a block of {element} is not an object")
        return found


def _or_none(value: Any) -> Any:
    return [] if value is None else value


def _condition_order(condition: Condition) -> tuple[str, str, list[str]]:
    return condition.operator, condition.key, sorted(condition.values)
