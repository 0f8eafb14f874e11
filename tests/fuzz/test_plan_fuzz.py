"""Whatever bytes arrive: a plan is decoded or refused, nothing else happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.decode.plan import decode_plan
from gate.errors import DecodeError
from gate.schema.collected import PlanFile
from gate.schema.terraform import PlanInfo, TerraformTables

PLANS = Path(__file__).parents[2] / "fixtures" / "terraform-plans"
REAL = [
    path.read_bytes() for path in sorted(PLANS.glob("*/plan.json")) if path.stat().st_size < 20_000
]
TABLES = TerraformTables(
    paths={
        "terraform_data": ("input", "input.name", "input.*"),
        "*": ("lifecycle.prevent_destroy",),
    },
    surfaces={"terraform_*": ("data",)},
    policies={"terraform_data": ("input",)},
)
KEYS = st.sampled_from(
    [
        "format_version",
        "terraform_version",
        "resource_changes",
        "change",
        "actions",
        "before",
        "after",
        "after_unknown",
        "before_sensitive",
        "after_sensitive",
        "address",
        "type",
        "mode",
        "index",
        "replace_paths",
        "importing",
        "configuration",
        "checks",
        "prior_state",
        "errored",
        "complete",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["delete", "create", "data", "1.2"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)
RELAXED = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def decode(data: bytes) -> PlanInfo | None:
    """The plan's description, or `None` where it is refused."""
    try:
        info, resources = decode_plan(
            PlanFile(root="r", name="p", data=data), "r", TABLES, whole=True
        )
    except DecodeError as error:
        return _refused(error)
    assert info.resources >= info.changed
    assert all(resource.address and resource.type for resource in resources)
    return info


def _refused(error: DecodeError) -> None:
    assert error.message
    assert error.message.isprintable()


@RELAXED
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_decoded_or_refused(data: bytes) -> None:
    decode(data)


@RELAXED
@given(st.sampled_from(REAL), st.integers(0, 1 << 14), st.integers(0, 40), st.binary(max_size=40))
def test_spliced_plans_are_decoded_or_refused(
    data: bytes, start: int, length: int, insert: bytes
) -> None:
    start %= len(data)
    decode(data[:start] + insert + data[start + length :])


@RELAXED
@given(st.sampled_from(REAL), st.data())
def test_plans_with_a_replaced_value_are_decoded_or_refused(
    data: bytes, draw: st.DataObject
) -> None:
    document: Any = json.loads(data)
    places = [(document, key) for key in document]
    for container, key in places:
        value = container[key]
        if isinstance(value, dict):
            places.extend((value, inner) for inner in value)
        elif isinstance(value, list):
            places.extend((value, inner) for inner in range(len(value)))
    container, key = draw.draw(st.sampled_from(places))
    container[key] = draw.draw(VALUES)
    decode(json.dumps(document).encode())


@RELAXED
@given(VALUES)
def test_documents_of_plan_keys_are_decoded_or_refused(value: Any) -> None:
    decode(json.dumps({"format_version": "1.2", "resource_changes": [value]}).encode())
    decode(json.dumps(value).encode())


@RELAXED
@given(VALUES, VALUES, VALUES, VALUES)
def test_any_trees_of_a_change_are_decoded_or_refused(
    before: Any, after: Any, unknown: Any, marks: Any
) -> None:
    change = {
        "actions": ["update"],
        "before": before,
        "after": after,
        "after_unknown": unknown,
        "before_sensitive": marks,
        "after_sensitive": marks,
        "replace_paths": unknown,
    }
    entry = {"address": "terraform_data.a", "type": "terraform_data", "name": "a", "change": change}
    decode(json.dumps({"format_version": "1.2", "resource_changes": [entry]}).encode())
