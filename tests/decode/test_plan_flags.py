"""What the plan says of itself is read as it stands: absent is not false."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from gate.decode.plan_flags import failed_checks, is_destroy, is_refresh, mode_of, read_head
from gate.decode.plan_format import ResourceChange, ResourceChanges
from gate.errors import DecodeError


def parts(**values: Any) -> dict[str, Raw]:
    return {key: Raw(json.dumps(value).encode()) for key, value in values.items()}


def change(address: str = "t.n", **fields: Any) -> ResourceChange:
    return ResourceChange(address=address, type="t", name="n", **fields)


def test_absent_flags_are_none() -> None:
    head = read_head(parts(format_version="1.2"), "plan")
    assert (head.errored, head.applyable, head.complete) == (None, None, None)


@pytest.mark.parametrize("value", ["true", 1, [], {}])
def test_flag_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(DecodeError):
        read_head(parts(errored=value), "plan")


def test_failed_and_broken_checks_are_named() -> None:
    checks = [
        {"address": {"to_display": "check.a"}, "status": "pass"},
        {"address": {"to_display": "check.b\x07"}, "status": "fail"},
        {"address": {"to_display": "check.c"}, "status": "error"},
        {"address": {"to_display": "check.d"}, "status": "unknown"},
    ]
    assert failed_checks(parts(checks=checks), "plan") == ("check.b\\u{7}", "check.c")


def test_mode_is_told_from_the_address() -> None:
    assert mode_of(change("t.n")) == "managed"
    assert mode_of(change("data.t.n")) == "data"
    assert mode_of(change("module.data.t.n")) == "data"
    assert mode_of(change("data.t.n", mode="managed")) == "managed"
    assert mode_of(change("t.n", mode="data")) == "data"


def found(*changes: ResourceChange, untouched: int = 0) -> ResourceChanges:
    return ResourceChanges(len(changes) + untouched, changes)


def test_destroy_needs_a_deletion_without_reason() -> None:
    assert is_destroy(found(change()), ["delete"], "1.2")
    reasoned = change(action_reason="delete_because_each_key")
    assert not is_destroy(found(reasoned), ["delete"], "1.2")
    assert not is_destroy(found(change(), change()), ["delete", "create"], "1.2")
    assert not is_destroy(found(), [], "1.2")
    assert is_destroy(found(change(), change(mode="data")), ["delete", "read"], "1.2")


def test_destroy_of_an_old_format_leaves_nothing_untouched() -> None:
    assert is_destroy(found(change()), ["delete"], "0.2")
    assert not is_destroy(found(change(), untouched=1), ["delete"], "0.2")


def test_refresh_only_needs_managed_state_or_drift() -> None:
    managed = {"values": {"root_module": {"child_modules": [{"resources": [{"mode": "managed"}]}]}}}
    data = {"values": {"root_module": {"resources": [{"mode": "data"}]}}}
    assert is_refresh(parts(prior_state=managed), "plan")
    assert is_refresh(parts(resource_drift=[{}]), "plan")
    assert not is_refresh(parts(prior_state=data), "plan")
    assert not is_refresh(parts(), "plan")
    assert not is_refresh(
        parts(prior_state=managed, output_changes={"o": {"actions": ["update"]}}), "plan"
    )
    assert is_refresh(
        parts(prior_state=managed, output_changes={"o": {"actions": ["no-op"]}}), "plan"
    )
