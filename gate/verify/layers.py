"""Bring rulesets and classic branch protection into one form: what does each of them demand?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from gate.forge_settings import Unread
from gate.schema.settings import (
    BranchAnswer,
    BranchRule,
    BypassActor,
    ClassicProtection,
    RequiredCheck,
    RequiredWorkflow,
    RulesetAnswer,
)
from gate.text import neutralise

_ROLES = {1: "read", 2: "maintain", 3: "triage", 4: "write", 5: "admin"}
"""Ids of GitHub's own roles where a ruleset names them; a custom role has another."""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One ruleset, or classic protection; `None` everywhere: the token cannot see it."""

    name: str
    """How to call it."""
    checks: tuple[RequiredCheck, ...] | None = ()
    """Required status checks."""
    workflows: tuple[RequiredWorkflow, ...] | None = ()
    """Required workflows."""
    strict: bool | None = False
    """Branches must be up to date."""
    reviews: bool | None = False
    """Pull requests are required."""
    approvals: int | None = 0
    """Approvals that GitHub asks for."""
    stale: bool | None = False
    """A push dismisses approvals."""
    last_push: bool | None = False
    """The last push needs somebody else's approval."""
    code_owners: bool | None = False
    """Code owners must approve."""
    keeps_history: bool | None = False
    """Force-pushes are blocked."""
    keeps_branch: bool | None = False
    """Deletion is blocked."""
    queue: bool | None = False
    """There is a merge queue."""
    bypass: tuple[str, ...] | None = ()
    """Whom it does not bind."""
    permission: str = ""
    """What the token would need to see all of it."""
    reason: str = ""
    """Why it does not."""
    is_failure: bool = False
    """GitHub failed."""


def any_layer(layers: Iterable[Layer], ask: Callable[[Layer], bool | None]) -> bool | None:
    """Whether some layer demands it; `None`: none that can be seen, and some cannot."""
    answers = [ask(layer) for layer in layers]
    if any(answers):
        return True
    return None if None in answers else False


def hidden(layers: Iterable[Layer], ask: Callable[[Layer], object]) -> Layer:
    """The first layer that does not show what is asked."""
    return next(layer for layer in layers if ask(layer) is None)


def read_rules(
    rules: tuple[BranchRule, ...] | Unread, rulesets: Mapping[int, RulesetAnswer | Unread]
) -> tuple[Layer, ...]:
    """A layer for each ruleset behind the rules of a branch."""
    if isinstance(rules, Unread):
        return (_unseen("the rulesets", rules),)
    numbers = sorted({rule.ruleset_id for rule in rules})
    return tuple(
        _ruleset(
            [rule for rule in rules if rule.ruleset_id == number],
            rulesets.get(number) or Unread(reason="GitHub does not say which ruleset it is"),
        )
        for number in numbers
    )


def read_classic(
    branch: BranchAnswer | Unread, protection: ClassicProtection | Unread | None
) -> tuple[Layer, ...]:
    """The layer of classic protection; none where there is no such protection."""
    if protection is None:
        return ()
    if isinstance(protection, ClassicProtection):
        return (_classic(protection),)
    if isinstance(branch, Unread):
        return (_unseen("the branch protection", protection),)
    shown = _unseen("the branch protection", protection)
    demanded = branch.protection.required_status_checks
    checks = _checks(demanded.contexts, demanded.checks) if demanded else ()
    level = demanded.enforcement_level if demanded else ""
    return (
        msgspec.structs.replace(
            shown,
            checks=checks,
            workflows=(),
            strict=demanded.strict if demanded else False,
            bypass={"non_admins": ("administrators",), "everyone": ()}.get(level),
        ),
    )


def _unseen(name: str, unread: Unread) -> Layer:
    return Layer(
        name=name,
        checks=None,
        workflows=None,
        strict=None,
        reviews=None,
        approvals=None,
        stale=None,
        last_push=None,
        code_owners=None,
        keeps_history=None,
        keeps_branch=None,
        queue=None,
        bypass=None,
        permission=unread.permission,
        reason=unread.reason,
        is_failure=unread.is_failure,
    )


def _ruleset(rules: Sequence[BranchRule], ruleset: RulesetAnswer | Unread) -> Layer:
    kinds = {rule.type for rule in rules}
    parameters = [rule.parameters for rule in rules if rule.parameters is not None]
    layer = Layer(
        name="a ruleset",
        checks=tuple(check for each in parameters for check in each.required_status_checks),
        workflows=tuple(one for each in parameters for one in each.workflows),
        strict=any(each.strict_required_status_checks_policy for each in parameters),
        reviews="pull_request" in kinds,
        approvals=max((each.required_approving_review_count for each in parameters), default=0),
        stale=any(each.dismiss_stale_reviews_on_push for each in parameters),
        last_push=any(each.require_last_push_approval for each in parameters),
        code_owners=any(each.require_code_owner_review for each in parameters),
        keeps_history="non_fast_forward" in kinds,
        keeps_branch="deletion" in kinds,
        queue="merge_queue" in kinds,
        bypass=None,
    )
    if isinstance(ruleset, Unread):
        return msgspec.structs.replace(
            layer,
            permission=ruleset.permission,
            reason=ruleset.reason,
            is_failure=ruleset.is_failure,
        )
    name = f"the ruleset {neutralise(ruleset.name, 60)}"
    if ruleset.bypass_actors is None:
        return msgspec.structs.replace(
            layer,
            name=name,
            permission="administration=write",
            reason="GitHub shows bypass lists only to who may change the ruleset",
        )
    bypass = tuple(_name_actor(actor) for actor in ruleset.bypass_actors)
    return msgspec.structs.replace(layer, name=name, bypass=bypass)


def _classic(found: ClassicProtection) -> Layer:
    reviews = found.required_pull_request_reviews
    demanded = found.required_status_checks
    bypass = [] if found.enforce_admins.enabled else ["administrators"]
    if reviews is not None:
        exempt = reviews.bypass_pull_request_allowances
        for word, entries, key in (
            ("user", exempt.users, "login"),
            ("team", exempt.teams, "slug"),
            ("app", exempt.apps, "slug"),
        ):
            bypass += [
                f"{word} {neutralise(str(entry.get(key)), 60)} (for reviews)" for entry in entries
            ]
    return Layer(
        name="the branch protection",
        checks=_checks(demanded.contexts, demanded.checks) if demanded else (),
        strict=bool(demanded and demanded.strict),
        reviews=reviews is not None,
        approvals=reviews.required_approving_review_count if reviews else 0,
        stale=bool(reviews and reviews.dismiss_stale_reviews),
        last_push=bool(reviews and reviews.require_last_push_approval),
        code_owners=bool(reviews and reviews.require_code_owner_reviews),
        keeps_history=not found.allow_force_pushes.enabled,
        keeps_branch=not found.allow_deletions.enabled,
        queue=None,  # NOTE: the API shows no merge queue of classic protection
        bypass=tuple(bypass),
    )


def _checks(
    contexts: tuple[str, ...], checks: tuple[RequiredCheck, ...]
) -> tuple[RequiredCheck, ...]:
    named = {check.context for check in checks}
    return checks + tuple(RequiredCheck(context=name) for name in contexts if name not in named)


def _name_actor(actor: BypassActor) -> str:
    number = actor.actor_id
    kind = {
        "OrganizationAdmin": "organisation owners",
        "DeployKey": "deploy keys",
        "RepositoryRole": f"role {_ROLES.get(number or 0, number)}",
        "Team": f"team {number}",
        "Integration": f"app {number}",
        "User": f"user {number}",
    }.get(actor.actor_type, f"{neutralise(actor.actor_type, 30)} {number}")
    return f"{kind} (in pull requests)" if actor.bypass_mode == "pull_request" else kind
