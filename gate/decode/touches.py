"""List what a change does: to which surface, in which environment, and how."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gate.decode.environments import NOWHERE, Atlas, Whereabouts
from gate.schema.gate_input import ChangeInput, Touch
from gate.schema.site import Environment
from gate.schema.terraform import HclBlock, Resource, TerraformInput

OTHER = "other"
"""The surface of what has none."""
MOST_SHOWN = 200
"""Touches that rules see one by one; of more, those of one place are shown as one."""

_STATE_BLOCKS = ("backend", "cloud", "moved", "removed", "import")
_BLOCK_ACTIONS = {"added": "create", "removed": "delete", "changed": "update"}
_FILE_ACTIONS = {"added": "create", "copied": "create", "removed": "delete"}


def touches(
    changes: Sequence[ChangeInput],
    terraform: TerraformInput,
    hcl: Sequence[HclBlock],
    environments: Mapping[str, Environment],
    *,
    whereabouts: Whereabouts = NOWHERE,
    inert: Iterable[Resource] = (),
) -> tuple[Touch, ...]:
    """What the change does, in the order of files, blocks and resources.

    A Terraform file stands for the resources and blocks that change in it; one in which none does,
    and every file without a surface, is `other`.

    Args:
        changes: changed paths.
        terraform: plans and changed resources.
        hcl: changed blocks that are no resources.
        environments: the site's mapping; empty: the environment of everything is empty.
        whereabouts: what workspaces, accounts and tags say of roots and resources.
        inert: changed resources that rules do not see, since no rule could say anything of them.
    """
    atlas = Atlas(environments)
    listing = _Listing(atlas, whereabouts, changes)
    found: dict[Touch, None] = {}
    resources = [item for items in terraform.by_type.values() for item in items]
    declared = {block.at.path for block in hcl}
    declared.update(item.at.path for item in resources if item.at is not None)
    for change in changes:
        found.update(dict.fromkeys(listing.of_file(change, change.path in declared)))
    for block in hcl:
        found.update(dict.fromkeys(listing.of_block(block)))
    for resource in (*resources, *inert):
        found.update(dict.fromkeys(listing.of_resource(resource)))
    return tuple(found)


def condense(every: Sequence[Touch], most: int = MOST_SHOWN) -> tuple[Touch, ...]:
    """The touches as rules see them: all, or, of more than `most`, each place and action once."""
    if len(every) <= most:
        return tuple(every)
    return tuple(
        dict.fromkeys(
            Touch(
                surface=touch.surface,
                environment=touch.environment,
                action=touch.action,
                path=touch.path if touch.subject else posixpath.dirname(touch.path),
            )
            for touch in every
        )
    )


class _Listing:
    """Lists touches with the environments of each."""

    def __init__(
        self, atlas: Atlas, whereabouts: Whereabouts, changes: Sequence[ChangeInput]
    ) -> None:
        self._atlas = atlas
        self._whereabouts = whereabouts
        self._roots: dict[str, frozenset[str]] = {}
        self._beside: dict[str, frozenset[str]] = {}
        if atlas.is_mapped:
            for change in changes:
                for path in {change.path, change.previous_path or change.path}:
                    folder = posixpath.dirname(path)
                    here = self._beside.get(folder, frozenset())
                    self._beside[folder] = here | atlas.of_path(path)

    def of_file(self, change: ChangeInput, is_declared: bool) -> Iterator[Touch]:
        """What the file itself is; a renamed one goes and comes."""
        action = _FILE_ACTIONS.get(change.status, "update")
        ends = [(change.path, action)]
        previous = change.previous_path
        if previous is not None and previous != change.path and change.status == "renamed":
            ends = [(previous, "delete"), (change.path, "create")]
        surfaces = change.surfaces or (() if is_declared else (OTHER,))
        for path, what in ends:
            for environment in self._of_file(path, change.kind) if surfaces else ():
                for surface in surfaces:
                    yield Touch(surface=surface, environment=environment, action=what, path=path)

    def of_block(self, block: HclBlock) -> Iterator[Touch]:
        """What a block that is no resource does: most of them to the state."""
        surface = "state" if block.kind in _STATE_BLOCKS else OTHER
        for environment in self._of_code(block.at.path, block.root):
            yield Touch(
                surface=surface,
                environment=environment,
                action=_BLOCK_ACTIONS[block.change],
                path=block.at.path,
            )

    def of_resource(self, resource: Resource) -> Iterator[Touch]:
        """What happens to a resource; a moved, imported or forgotten one touches the state too."""
        surfaces = resource.surfaces or (OTHER,)
        actions = [(surface, resource.action) for surface in surfaces]
        if resource.action == "no-op":
            actions = [("state", "update")]
        elif resource.action == "forget" or resource.previous_address or resource.imported:
            actions.append(("state", "forget" if resource.action == "forget" else "update"))
        path, environments = self._place(resource)
        for environment in environments:
            for surface, action in actions:
                yield Touch(
                    surface=surface,
                    environment=environment,
                    action=action,
                    path=path,
                    subject=resource.address,
                )

    def _place(self, resource: Resource) -> tuple[str, Iterable[str]]:
        """Where to say it is, with its environments."""
        own = self._whereabouts.resources.get((resource.source, resource.root, resource.address))
        known = own or frozenset()
        if resource.source == "hcl" and resource.at is not None:
            path = resource.at.path
            # NOTE: a resource of a called module belongs to the root that calls it
            shown = path if posixpath.dirname(path) == resource.root else resource.root
            return shown, self._of_code(path, resource.root, known)
        return resource.root, self._named(self._of_root(resource.root, "plan") | known)

    def _of_file(self, path: str, kind: str) -> Iterable[str]:
        if kind == "terraform":
            return self._of_code(path, posixpath.dirname(path))
        return self._named(self._atlas.of_path(path))

    def _of_code(self, path: str, root: str, known: frozenset[str] = frozenset()) -> Iterable[str]:
        return self._named(self._atlas.of_path(path) | self._of_root(root, "hcl") | known)

    def _of_root(self, root: str, source: str) -> frozenset[str]:
        """Environments of a directory: its own, of its changed files, workspace and account."""
        key = f"{source} {root}"
        found = self._roots.get(key)
        if found is None:
            known = self._whereabouts
            # NOTE: a plan tells the provider of each resource, so code speaks where it does not
            planned = source == "plan" and root in known.planned
            found = (
                self._atlas.of_directory(root)
                | self._beside.get(root, frozenset())
                | known.workspaces.get(root, frozenset())
                | (frozenset() if planned else known.providers.get(root, frozenset()))
            )
            self._roots[key] = found
        return found

    def _named(self, found: frozenset[str]) -> Iterable[str]:
        return self._atlas.name(found)
