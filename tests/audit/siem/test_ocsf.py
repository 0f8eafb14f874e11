"""Events of OCSF: held to the published schema, one for every kind of entry."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from audit.siem.golden import EXAMPLE, PAGE, example
from audit.siem.published import complaints
from audit.siem.samples import APPROVED, BODIES, EVERY, PULL, decision, told
from docs.blocks import same

from gate.audit.reading import Told
from gate.audit.siem.gist import TOLD_KINDS
from gate.audit.siem.ocsf import MAPPED_KINDS, encode, event
from gate.schema.bodies import KINDS


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.entry.kind)
def test_event_of_every_kind_holds_to_the_schema(one: Told) -> None:
    made = json.loads(encode(one))
    assert complaints(made) == []
    assert made["metadata"]["version"] == "1.8.0"
    assert "status_detail" not in made, "the body was not understood"


def test_every_kind_is_mapped_named_and_tried() -> None:
    assert set(KINDS) <= MAPPED_KINDS
    assert MAPPED_KINDS == TOLD_KINDS == set(BODIES)


def test_schema_notices_a_wrong_type_and_an_unknown_attribute() -> None:
    made = event(told("decision", decision()))
    assert complaints({**made, "type_uid": 200399 + 5}) != []
    assert complaints({**made, "ai_model": {"name": "x"}}) != []
    assert complaints({**made, "time": "2026"}) != []


@pytest.mark.parametrize(
    ("body", "state", "action", "disposition", "is_raised"),
    [
        (decision("pass"), 1, "Allowed", "Allowed", False),
        (APPROVED, 1, "Allowed", "Approved", False),
        (decision("warn"), 2, "Allowed", "Allowed", False),
        (decision("hold"), 2, "Denied", "Held for approval", True),
        (decision("block"), 3, "Denied", "Blocked", True),
        (decision("error"), 0, "Denied", "Error", True),
        (decision("block", observe=True), 3, "Observed", "Logged", False),
        (decision("error", observe=True), 0, "Observed", "Logged", False),
        (decision("pass", observe=True), 1, "Allowed", "Allowed", False),
    ],
)
def test_decision_says_what_was_done_about_the_change(
    body: Any, state: int, action: str, disposition: str, is_raised: bool
) -> None:
    made = event(told("decision", body))
    assert made["class_uid"] == 2003
    assert made["compliance"]["status_id"] == state
    assert (made["action"], made["disposition"]) == (action, disposition)
    assert made["is_alert"] is is_raised


@pytest.mark.parametrize(
    ("kind", "class_uid"),
    [
        ("decision", 2003),
        ("follow_up", 2003),
        ("reconciliation", 2003),
        ("alert", 2004),
        ("incident", 2005),
        ("agent", 3004),
        ("kill", 3004),
        ("baseline", 3004),
        ("outcome", 0),
        ("scheduled", 0),
    ],
)
def test_kind_has_its_class(kind: str, class_uid: int) -> None:
    found = {event(one)["class_uid"] for one in EVERY if one.entry.kind == kind}
    assert found == {class_uid}


def test_checks_name_rule_place_and_waiver() -> None:
    checks = event(told("decision", decision()))["compliance"]["checks"]
    assert [(one["name"], one["status"], one["desc"]) for one in checks] == [
        ("terraform.wildcard_iam", "Fail", "block: aws_iam_policy.ci at iam.tf"),
        ("terraform.open_ingress", "Pass", "block:  (waived by W-1)"),
    ]


def test_event_is_known_by_its_id_else_by_its_hash() -> None:
    body = decision()
    named, unnamed = told("decision", body), told("decision", body, id="")
    assert event(named)["metadata"]["uid"] == named.entry.id
    assert event(unnamed)["metadata"]["uid"] == unnamed.entry.hash


def test_event_names_entry_pull_request_and_model() -> None:
    one = told("decision", decision())
    made = event(one)
    assert made["unmapped"]["body"]["model"] == "claude-opus-4"
    assert made["unmapped"]["hash"] == one.entry.hash
    assert made["metadata"]["correlation_uid"] == PULL.name
    assert made["time"] == 1795514400000
    assert made["finding_info"]["uid"] == one.entry.hash


def test_follow_up_updates_the_finding_of_its_decision() -> None:
    made = event(told("follow_up", BODIES["follow_up"][0]))
    assert made["activity_name"] == "Update"
    assert made["finding_info"]["uid"] == "12" * 32


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("decision", {"decision": "maybe"}),
        ("alert", {"text": 7}),
        ("incident", {}),
        ("kill", {"event": "killed", "scope": "moon", "by": "a", "reason": "b"}),
        ("agent", {"agent": "x"}),
        ("agent", {"agent": "x", "event": "married", "by": "a", "reason": "b"}),
        ("reconciliation", {"uncovered": 3}),
        ("party", {"decision": "pass", "pull": 9}),
        ("", {}),
        ("hook", {"result": ["ok"]}),
        ("follow_up", {"by": 7, "pull": []}),
    ],
)
def test_body_that_is_not_understood_is_sent_all_the_same(kind: str, body: Any) -> None:
    made = json.loads(encode(told(kind, body)))
    assert complaints(made) == []
    assert made["unmapped"]["body"] == body
    if kind not in ("hook", "follow_up"):
        assert made["class_uid"] == 0
        assert "this version of the gate" in made["status_detail"]


def test_moment_that_cannot_be_read_is_said() -> None:
    made = event(told("decision", decision(), at="yesterday"))
    assert complaints(made) == []
    assert made["time"] == 0
    assert made["status_detail"] == "the entry names no moment that can be read"


def test_page_shows_the_event_of_a_block() -> None:
    assert same(EXAMPLE.read_text(), example(), is_help=False), "python -m audit.siem.golden"


def test_page_names_the_class_of_every_kind() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| [A-Z][\w ]+ `(\d+)` \|", PAGE.read_text(), re.MULTILINE)
    )
    classes = {one.entry.kind: str(event(one)["class_uid"]) for one in EVERY}
    assert rows == classes
