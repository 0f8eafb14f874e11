"""Unfold the nested blocks of Terraform's JSON syntax into the shape that native syntax gives."""

from __future__ import annotations

from gate.decode.value import Tree


def unfold(tree: dict[str, Tree]) -> dict[str, Tree]:
    """A body whose provisioners carry their label as `type`, dynamic blocks written in place.

    Source: https://developer.hashicorp.com/terraform/language/syntax/json
    """
    if "provisioner" in tree:
        tree["provisioner"] = [
            {**body, "type": label}
            for label, body in _labelled(tree["provisioner"])
            if isinstance(body, dict)
        ]
    for label, body in _labelled(tree.pop("dynamic", None)):
        if isinstance(body, dict) and "content" in body:
            tree[label] = [*_as_list(tree.get(label)), *_as_list(body["content"])]
    return tree


def _as_list(value: Tree) -> list[Tree]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _labelled(value: Tree) -> list[tuple[str, Tree]]:
    """Pairs of label and body out of nested objects and lists."""
    return [
        (label, body)
        for holder in _as_list(value)
        if isinstance(holder, dict)
        for label, bodies in holder.items()
        for body in _as_list(bodies)
    ]
