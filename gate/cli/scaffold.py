"""Write the three files of a new rule: the rule, its test, its fixture."""

from __future__ import annotations

import os

from gate.errors import UsageError
from gate.pattern import pattern
from gate.text import neutralise

_ID = pattern(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")

_RULE = """\
# METADATA
# title: Say in one line what is wrong
# description: Say what the rule finds and why it matters.
# custom:
#   severity: medium
#   enforcement: warn
#   needs: [changes]
#   message: "{subject} is wrong"
#   remediation: Say what the author can do about it.
package gate.rules.@@FAMILY@@.@@NAME@@

findings contains {
	"at": {"path": change.path},
	"subject": change.path,
	"values": {},
	"evidence": change.status,
} if {
	some change in input.changes
	change.kind == "write the rule here"
}
"""

_TEST = """\
package gate.rules.@@FAMILY@@.@@NAME@@_test

import data.gate.rules.@@FAMILY@@.@@NAME@@ as rule

test_finds_what_is_wrong if {
	change := {"path": "a.tf", "kind": "terraform", "status": "added"}
	count(rule.findings) == 1 with input as {"changes": [change]}
}

test_silent_without_changes if {
	count(rule.findings) == 0 with input as {"changes": []}
}
"""

_FIXTURE = """\
bad:
  - name: first wrong thing
    files:
      a.tf:
        before: null
        after: |
          # what the rule must find
    expect:
      - subject: a.tf
        path: a.tf
  - name: second wrong thing
    files:
      b.tf:
        before: null
        after: |
          # another form of it
    expect:
      - subject: b.tf
        path: b.tf
  - name: third wrong thing
    files:
      c.tf:
        before: null
        after: |
          # a third form of it
    expect:
      - subject: c.tf
        path: c.tf
good:
  - name: nothing to do with it
    files:
      README.md:
        before: null
        after: |
          # Readme
  - name: stood before
    files:
      a.tf:
        before: |
          # what the rule must find
        after: |
          # what the rule must find, untouched
  - name: looks alike and is harmless
    files:
      a.txt:
        before: null
        after: |
          # not Terraform
"""


def scaffold(identifier: str, root: str) -> list[str]:
    """Write the failing triple of a rule.

    Args:
        identifier: `family.name`.
        root: the checkout.

    Returns:
        Paths of the files written.

    Raises:
        UsageError: the id is not one, the folder is no checkout, or a file is there already.
    """
    match = _ID.fullmatch(identifier)
    if match is None:
        raise UsageError(
            f"{neutralise(identifier, 80)} is no rule id",
            "Write family.name in lower_snake_case, e.g. terraform.open_ingress.",
        )
    if not os.path.isdir(os.path.join(root, "fixtures", "rules")):
        raise UsageError(
            "a rule is added in a checkout of the gate, and this is an installed package",
            "A site's own rule goes to .gate/policies/ as package site.rules.<family>.<rule>.",
        )
    family, name = match.groups()
    rego = os.path.join(root, "rego", "rules", family)
    planned = (
        (os.path.join(rego, f"{name}.rego"), _RULE),
        (os.path.join(rego, f"{name}_test.rego"), _TEST),
        (os.path.join(root, "fixtures", "rules", family, f"{name}.yaml"), _FIXTURE),
    )
    for path, _ in planned:
        if os.path.exists(path):
            raise UsageError(f"{os.path.relpath(path, root)} is there already")
    for path, template in planned:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(template.replace("@@FAMILY@@", family).replace("@@NAME@@", name))
    return [path for path, _ in planned]
