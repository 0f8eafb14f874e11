"""Decide whether the conditions of an AWS policy statement tie it to something of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gate.decode.document import Condition
from gate.decode.glob import is_glob

SAFE_VARIABLES = frozenset(("${aws:resourceaccount}", "${aws:resourceorgid}"))
"""Policy variables that stand for the owner of the resource, not for the caller."""

WIDEST_V4 = 8
"""A range of addresses wider than /8 bounds nobody: no single owner holds more."""
WIDEST_V6 = 16
"""The same for IPv6; registries hold /12 and /16, owners less."""
MOST_V4 = 1 << 28
"""All ranges together; above it a list of ranges is the internet in pieces."""

_EQUALS = frozenset(
    (
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
        "arnequals",
        "arnlike",
    )
)


def bounds(conditions: Iterable[Condition]) -> tuple[bool, bool]:
    """Whether the conditions tie a statement to an organisation, account or network of one's own.

    Source of the keys: AWS global condition context keys, and what S3, KMS, SNS and EFS add.
    `IfExists`, `ForAllValues:` and negated operators hold for a caller without the key, so they
    bound nobody.

    Returns:
        (bounded, whether that rests on a value that is not known).
    """
    rests_on_unknown = False
    for condition in conditions:
        test = _KEYS.get(condition.key)
        if test is None or not holds_only_with_key(condition.operator):
            continue
        if condition.unknown and all(test(value, condition) for value in condition.values):
            rests_on_unknown = True
        elif condition.values and _every_value(test, condition):
            return True, False
    return rests_on_unknown, rests_on_unknown


def holds_only_with_key(operator: str) -> bool:
    """Whether the operator fails for a request that lacks the key."""
    name = operator.removeprefix("foranyvalue:")
    return not (name.startswith("forallvalues:") or name.endswith("ifexists") or "not" in name)


def is_equality(operator: str) -> bool:
    """Whether the operator asks for a value equal to, or like, one of those listed."""
    return operator.removeprefix("foranyvalue:") in _EQUALS


def _every_value(test: Callable[[str, Condition], bool], condition: Condition) -> bool:
    return all(test(value, condition) for value in condition.values) and (
        not condition.key.endswith("sourceip") or _together_narrow(condition.values)
    )


def _is_own_name(value: str, condition: Condition) -> bool:
    """A literal name: an account, an organisation, a VPC."""
    text = value.strip().lower()
    if not is_equality(condition.operator) or not text:
        return False
    return text in SAFE_VARIABLES or not (is_glob(text) or "${" in text)


def _is_own_path(value: str, condition: Condition) -> bool:
    """An organisation path whose organisation is literal: `o-abc/r-xyz/ou-1/*`."""
    return _is_own_name(value.partition("/")[0], condition)


def _is_own_arn(value: str, condition: Condition) -> bool:
    """An ARN with a literal account, or without account and with a literal start of its name."""
    parts = value.strip().split(":", 5)
    if not is_equality(condition.operator) or len(parts) < 6 or parts[0].lower() != "arn":
        return False
    account, name = parts[4], parts[5]
    if account:
        return _is_own_name(account, condition)
    return parts[2].lower() == "s3" and not is_glob(name[:3]) and len(name) >= 3


def _is_owner_variable(value: str, condition: Condition) -> bool:
    """`aws:ResourceOrgID` says something of the caller only when compared with the caller's own."""
    return is_equality(condition.operator) and value.strip().lower() == "${aws:principalorgid}"


def _is_true(value: str, condition: Condition) -> bool:
    return condition.operator == "bool" and value.strip().lower() == "true"


def _is_narrow_range(value: str, condition: Condition) -> bool:
    if condition.operator.removeprefix("foranyvalue:") != "ipaddress":
        return False
    import ipaddress

    try:
        network = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return False
    return network.prefixlen >= (WIDEST_V4 if network.version == 4 else WIDEST_V6)


def _together_narrow(values: Iterable[str]) -> bool:
    import ipaddress

    networks = [ipaddress.ip_network(value.strip(), strict=False) for value in values]
    return sum(net.num_addresses for net in networks if net.version == 4) <= MOST_V4


_KEYS: dict[str, Callable[[str, Condition], bool]] = {
    **dict.fromkeys(
        (
            "aws:principalorgid",
            "aws:sourceorgid",
            "aws:vpceorgid",
            "aws:sourceaccount",
            "aws:principalaccount",
            "aws:vpceaccount",
            "aws:sourceowner",
            "kms:calleraccount",
            "s3:dataaccesspointaccount",
            "aws:sourcevpc",
            "aws:sourcevpce",
        ),
        _is_own_name,
    ),
    **dict.fromkeys(
        ("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"), _is_own_path
    ),
    **dict.fromkeys(
        ("aws:sourcearn", "aws:principalarn", "aws:sourcevpcarn", "s3:dataaccesspointarn"),
        _is_own_arn,
    ),
    "aws:resourceorgid": _is_owner_variable,
    "aws:sourceip": _is_narrow_range,
    "elasticfilesystem:accessedviamounttarget": _is_true,
}
