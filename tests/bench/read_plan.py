"""Read a plan and decode it, nothing else: what the rest of the gate is measured against."""

from __future__ import annotations

import sys

from gate.decode.plan import decode_plan
from gate.schema.collected import PlanFile
from gate.schema.terraform import TerraformTables

with open(sys.argv[1], "rb") as handle:
    plan = PlanFile(root="", name="plan.json", data=handle.read())
decode_plan(plan, "", TerraformTables(paths={}, surfaces={}, policies={}))
