"""Names of cloud resources that a reference stands for although no state tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gate.decode.value import Tree

_SCOPES = {
    ("data", "azurerm_subscription"): "/subscriptions/",
    ("data", "azurerm_management_group"): "/providers/Microsoft.Management/managementGroups/",
    ("azurerm_management_group",): "/providers/Microsoft.Management/managementGroups/",
}
"""What the `id` of these begins with.

Source: https://learn.microsoft.com/azure/role-based-access-control/scope-overview"""
_NAMED = {
    ("aws_iam_policy", "arn"): ("arn", "name", "arn:aws:iam::aws:policy/"),
    ("azurerm_role_definition", "id"): (
        "role_definition_id",
        "name",
        "/providers/Microsoft.Authorization/roleDefinitions/",
    ),
    ("azurerm_role_definition", "role_definition_id"): (
        "role_definition_id",
        "name",
        "/providers/Microsoft.Authorization/roleDefinitions/",
    ),
}
"""Data source and attribute -> its own attribute that holds the same, the one that holds the name,
and what stands before the name."""

Find = Callable[[tuple[str, ...]], Mapping[str, Tree] | None]
"""The body of a data source by type and name."""


def refer(words: Sequence[Tree], source: str, find: Find) -> str | None:
    """The name that a reference stands for, with what is not known in `${}`.

    Args:
        words: steps of the reference (`data`, `aws_iam_policy`, `x`, `arn`).
        source: its source text.
        find: looks a data source of the directory up.

    Returns:
        `None` for every other reference.
    """
    for head, start in _SCOPES.items():
        if tuple(words[: len(head)]) == head and len(words) == len(head) + 2 and words[-1] == "id":
            return f"{start}${{{source}}}"
    if len(words) != 4 or words[0] != "data":
        return None
    entry = _NAMED.get((str(words[1]), str(words[3])))
    body = find((str(words[1]), str(words[2]))) if entry else None
    if entry is None or body is None:
        return None
    same, named, start = entry
    whole, name = body.get(same), body.get(named)
    if isinstance(whole, str):
        return whole
    return start + name if isinstance(name, str) else None
