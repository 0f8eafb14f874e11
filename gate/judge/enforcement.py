"""Work out what the gate does about a finding: the rule's word, the site's, the author."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gate.errors import ConfigError
from gate.judge.matrix import check_floor
from gate.schema.finding import ENFORCEMENT_ORDER, Enforcement, RawFinding
from gate.schema.rule import Rule
from gate.schema.site import Site


def check_site(site: Site, rules: Sequence[Rule]) -> None:
    """Refuse levels and waivers that name no rule, or that touch an integrity rule.

    Raises:
        ConfigError: names file, line and key.
    """
    names = known_names(rules)
    check_floor(site, rules)
    for key, enforcement in site.config.rules.items():
        where = f".gate/gate.yml:{site.lines.get(f'gate.yml rules {key}', 1)}: key rules.{key}"
        rule = names.get(key)
        if rule is None:
            raise ConfigError(f"{where}: no such rule", "`gate rules list` shows them all.")
        default = rule.metadata.custom.enforcement
        if rule.metadata.custom.integrity and _rank(enforcement) < _rank(default):
            raise ConfigError(
                f"{where}: an integrity rule cannot be lowered", f"Its enforcement is {default}."
            )
    for index, waiver in enumerate(site.waivers):
        if waiver.rule is None:
            continue
        line = site.lines.get(f"waivers.yml waivers {index}", 1)
        rule = names.get(waiver.rule)
        if rule is None:
            raise ConfigError(f".gate/waivers.yml:{line}: key rule: no such rule")
        if rule.metadata.custom.integrity:
            raise ConfigError(
                f".gate/waivers.yml:{line}: key rule: an integrity rule cannot be waived"
            )


def check_without_engine(site: Site, rules: Sequence[Rule]) -> None:
    """The same, where nobody has read the site's own policies: what names one of them is left out.

    Args:
        site: the site's word.
        rules: the bundled rules.

    Raises:
        ConfigError: names file, line and key.
    """
    levels = {name: word for name, word in site.config.rules.items() if not _is_own(name)}
    config = msgspec.structs.replace(site.config, rules=levels)
    waivers = tuple(
        msgspec.structs.replace(waiver, rule=None) if _is_own(waiver.rule or "") else waiver
        for waiver in site.waivers
    )
    check_site(msgspec.structs.replace(site, config=config, waivers=waivers), rules)


def _is_own(rule: str) -> bool:
    return rule.startswith("site.")


def known_names(rules: Sequence[Rule]) -> dict[str, Rule]:
    """Rules by id and by every former id."""
    names = {former: rule for rule in rules for former in rule.metadata.custom.formerly}
    names.update({rule.id: rule for rule in rules})
    return names


def effective(
    raw: RawFinding, rule: Rule, site: Site, spares_author: Callable[[], bool]
) -> Enforcement:
    """What the gate does about one finding.

    Order: the rule's default; lowered by the finding itself; set by the site (an integrity rule
    only upwards); `approve` becomes `warn` on a person's own change, but for the surface `gate`
    and approvals that apply to everyone.

    Args:
        raw: the finding.
        rule: its rule.
        site: the site's word.
        spares_author: whether nobody need approve it, since it is a person's own change; asked
            only of what would need approval.
    """
    custom = rule.metadata.custom
    enforcement = custom.enforcement
    if raw.enforcement is not None and _rank(raw.enforcement) < _rank(enforcement):
        enforcement = raw.enforcement
    for name in (rule.id, *custom.formerly):
        if name in site.config.rules:
            level = site.config.rules[name]
            lowered_by_finding = raw.enforcement is not None and level == custom.enforcement
            if not lowered_by_finding:
                enforcement = level
            break
    return "warn" if enforcement == "approve" and spares_author() else enforcement


def _rank(enforcement: Enforcement) -> int:
    return ENFORCEMENT_ORDER.index(enforcement)
