"""The plan for incidents: what is refused names file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.errors import ConfigError
from gate.responsecheck import check_response
from gate.schema.response import ResponsePlan
from gate.sitefile import read_document

PLAN = """\
version: 1
contacts:
  - name: oncall
    via: webhook
    url_variable: ONCALL_URL
  - name: ticket
    via: issue
    repository: acme/operations
    mentions: [alice, acme/platform]
escalation:
  high:
    - {after_minutes: 0, tell: [oncall]}
    - {after_minutes: 15, tell: [oncall, ticket]}
hooks:
  - name: revoke
    on: [kill, incident]
    command: [./revoke.sh, --all]
    timeout_seconds: 60
    environment: [VAULT_TOKEN]
"""


def check(text: str) -> None:
    lines: dict[str, int] = {}
    plan = read_document({"response.yml": text.encode()}, "response.yml", ResponsePlan, lines)
    check_response(plan, lines)


def test_a_plan_that_can_be_carried_out_is_taken() -> None:
    check(PLAN)
    check_response(None, {})


def test_the_example_of_the_documents_is_taken() -> None:
    check((Path(__file__).parents[1] / "docs/examples/gate-incidents/response.yml").read_text())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: ticket", "name: oncall", ":6: key contacts[1].name: oncall is there twice"),
        (
            "name: ticket",
            "name: The Ticket",
            ":6: key contacts[1].name: 'The Ticket' is not a name",
        ),
        ("ONCALL_URL", "https://hooks.example/x", ":5: key contacts[0].url_variable: url_variable"),
        ("    url_variable: ONCALL_URL\n", "", ":3: key contacts[0].url_variable: url_variable"),
        ("acme/operations", "operations", ":8: key contacts[1].repository: repository is not"),
        ("[alice, acme", "['@alice', acme", ":9: key contacts[1].mentions[0]: '@alice' is neither"),
        ("[oncall, ticket]", "[oncall, nobody]", ":13: key escalation.high[1].tell[1]: 'nobody'"),
        ("[oncall, ticket]", "[oncall]", ":6: key contacts[1]: no step tells it"),
        ("[oncall, ticket]", "[]", ":13: key escalation.high[1].tell: tells nobody"),
        ("after_minutes: 15", "after_minutes: 0", ":13: key escalation.high[1].after_minutes: 0"),
        ("after_minutes: 15", "after_minutes: 99999", ":13: key escalation.high[1].after_minutes"),
        ("[kill, incident]", "[]", ":16: key hooks[0].on: answers to nothing"),
        ("[./revoke.sh, --all]", "[]", ":17: key hooks[0].command: names no program"),
        ("--all", "ghp_" + "a" * 36, ":17: key hooks[0].command[1]: looks like a credential"),
        (
            "timeout_seconds: 60",
            "timeout_seconds: 0",
            ":18: key hooks[0].timeout_seconds: 0 is not",
        ),
        ("VAULT_TOKEN", "LD_PRELOAD", ":19: key hooks[0].environment[0]: LD_PRELOAD would change"),
        ("VAULT_TOKEN", "vault token", ":19: key hooks[0].environment[0]: 'vault token' is not"),
        ("via: issue", "via: mail", ":7: key contacts[1].via"),
        ("high:", "awful:", ":"),
    ],
)
def test_a_plan_by_which_somebody_would_not_be_told_is_refused(
    old: str, new: str, says: str
) -> None:
    assert old in PLAN
    with pytest.raises(ConfigError) as caught:
        check(PLAN.replace(old, new, 1))
    assert caught.value.message.startswith(f".gate/response.yml{says}")
