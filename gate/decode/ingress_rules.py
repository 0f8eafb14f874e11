"""Read inbound rules out of resources of AWS, Google Cloud, Azure and Kubernetes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from gate.decode.address_space import WORLD_WORDS, Span, address_between, spans_of
from gate.decode.value import UNKNOWN, Tree


class Ports(NamedTuple):
    """Ports of one protocol that a rule opens."""

    protocol: str
    """tcp, udp, another name, `all`, or `unknown`."""
    low: int = 0
    """First port."""
    high: int = 65535
    """Last port."""
    known: bool = True
    """False: the ports cannot be told, and are taken for any."""


class InboundRule(NamedTuple):
    """One rule that lets traffic in."""

    attribute: str
    """Attribute path of its ranges."""
    sources: tuple[tuple[str, tuple[Span, ...]], ...]
    """Known sources as written, with their addresses."""
    ports: tuple[Ports, ...]
    """What it opens."""


ALL = Ports("all")
"""Every port of every protocol."""

_EVERYBODY = "0.0.0.0/0"
_PROTOCOLS = {
    "6": "tcp",
    "17": "udp",
    "-1": "all",
    "*": "all",
    "any": "all",
    "1": "icmp",
    "58": "icmp",
    "icmpv6": "icmp",
    "ipv6-icmp": "icmp",
}
_DATABASE_PORTS = (
    ("mysql", 3306),
    ("mariadb", 3306),
    ("postgres", 5432),
    ("mssql", 1433),
    ("sqlserver", 1433),
    ("azurerm_sql", 1433),
    ("mongo", 10260),
)
_OTHER_SOURCES = (
    "src_secure_tags",
    "src_address_groups",
    "src_fqdns",
    "src_region_codes",
    "src_threat_intelligences",
    "src_networks",
    "src_network_scope",
    "src_network_type",
)
_INTERNAL_ANNOTATIONS = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true", "0.0.0.0/0"),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "networking.gke.io/load-balancer-type": ("internal",),
    "cloud.google.com/load-balancer-type": ("internal",),
}


def inbound_rules(resource_type: str, tree: Tree) -> tuple[InboundRule, ...]:
    """Rules of one resource that let traffic in; none where it does not exist or is of no network.

    What is unknown is no source, and opens any port. ICMP has no ports and is left out.
    """
    if not isinstance(tree, dict):
        return ()
    reader = _READERS.get(resource_type)
    if reader is None and resource_type.startswith("azurerm_"):
        reader = _azure_firewall if resource_type.endswith("_firewall_rule") else None
    if reader is None:
        return ()
    rules = (
        rule._replace(ports=tuple(part for part in rule.ports if part.protocol != "icmp"))
        for rule in reader(tree, resource_type)
    )
    return tuple(rule for rule in rules if rule.ports and rule.sources)


def _blocks(value: Tree) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Tree) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _is_absent(value: Tree) -> bool:
    return value is None or value == []


def _is_true(value: Tree) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _is_false(value: Tree) -> bool:
    return value is False or (isinstance(value, str) and value.lower() == "false")


def _is_word(value: Tree, word: str, default: str = "") -> bool:
    text = default if value is None else value
    return isinstance(text, str) and text.lower() == word


def _number(value: Tree) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value)
    text = value.strip() if isinstance(value, str) else ""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def _protocol(value: Tree, default: str = "unknown") -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = value.strip().lower() if isinstance(value, str) else default
    return _PROTOCOLS.get(text, text)


def _port_range(low: Tree, high: Tree, protocol: Tree) -> tuple[Ports, ...]:
    name = _protocol(protocol)
    if name in ("all", "icmp"):
        return (Ports(name),)
    first, last = _number(low), _number(high)
    if first is None or last is None:
        return (Ports(name, known=False),)
    if first < 0 or last < 0:
        return (Ports(name),)
    return (Ports(name, min(first, last), max(first, last)),)


def _port_words(words: Tree, protocol: Tree, default: str = "unknown") -> tuple[Ports, ...]:
    """Ports of a list of `22`, `3000-4000`, `*`; an absent or empty list is every port."""
    name = _protocol(protocol, default)
    if name == "icmp" or _is_absent(words):
        return (Ports(name),)
    found = []
    for word in words if isinstance(words, list) else [words]:
        if isinstance(word, str) and word.strip() == "*":
            found.append(Ports(name))
            continue
        low, dash, high = word.partition("-") if isinstance(word, str) else (word, "", "")
        first, last = _number(low), _number(high if dash else low)
        if first is None or last is None or not 0 <= first <= last:
            found.append(Ports(name, known=False))
        else:
            found.append(Ports(name, first, last))
    return tuple(found)


def _sources(
    *values: Tree, words: frozenset[str] = frozenset()
) -> tuple[tuple[str, tuple[Span, ...]], ...]:
    return tuple(
        (text, spans)
        for value in values
        for text in _texts(value)
        if (spans := spans_of(text, words))
    )


def _rules(
    block: dict[str, Any], ports: tuple[Ports, ...], at: str, *names: str
) -> Iterator[InboundRule]:
    """One rule for the ranges of all the named attributes; its attribute is the first with any."""
    found = [name for name in names if _sources(block.get(name))]
    if found:
        sources = _sources(*(block.get(name) for name in found))
        yield InboundRule(at + found[0], sources, ports)


def _aws_group(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    for block in _blocks(tree.get("ingress")):
        ports = _port_range(block.get("from_port"), block.get("to_port"), block.get("protocol"))
        yield from _rules(block, ports, "ingress.", "cidr_blocks", "ipv6_cidr_blocks")


def _aws_group_rule(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    if _is_word(tree.get("type"), "ingress"):
        ports = _port_range(tree.get("from_port"), tree.get("to_port"), tree.get("protocol"))
        yield from _rules(tree, ports, "", "cidr_blocks", "ipv6_cidr_blocks")


def _aws_ingress_rule(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    ports = _port_range(tree.get("from_port"), tree.get("to_port"), tree.get("ip_protocol"))
    yield from _rules(tree, ports, "", "cidr_ipv4", "cidr_ipv6")


def _aws_acl(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    for block in _blocks(tree.get("ingress")):
        if _is_word(block.get("action"), "allow"):
            ports = _port_range(block.get("from_port"), block.get("to_port"), block.get("protocol"))
            yield from _rules(block, ports, "ingress.", "cidr_block", "ipv6_cidr_block")


def _aws_acl_rule(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    egress = tree.get("egress")
    if egress is UNKNOWN or _is_true(egress) or not _is_word(tree.get("rule_action"), "allow"):
        return
    ports = _port_range(tree.get("from_port"), tree.get("to_port"), tree.get("protocol"))
    yield from _rules(tree, ports, "", "cidr_block", "ipv6_cidr_block")


def _aws_lightsail(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    for block in _blocks(tree.get("port_info")):
        ports = _port_range(block.get("from_port"), block.get("to_port"), block.get("protocol"))
        if all(_is_absent(block.get(key)) for key in ("cidrs", "ipv6_cidrs", "cidr_list_aliases")):
            yield InboundRule("port_info.cidrs", _sources(_EVERYBODY), ports)
        yield from _rules(block, ports, "port_info.", "cidrs", "ipv6_cidrs")


def _aws_eks(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    for block in _blocks(tree.get("vpc_config")):
        ranges = block.get("public_access_cidrs")
        if not _is_false(block.get("endpoint_public_access")):
            sources = _sources([_EVERYBODY] if _is_absent(ranges) else ranges)
            yield InboundRule("vpc_config.public_access_cidrs", sources, (Ports("tcp", 443, 443),))


def _google_firewall(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    if not _is_word(tree.get("direction"), "ingress", "ingress") or _is_true(tree.get("disabled")):
        return
    ranges = tree.get("source_ranges")
    keys = ("source_ranges", "source_tags", "source_service_accounts")
    if all(_is_absent(tree.get(key)) for key in keys):
        ranges = [_EVERYBODY]
    for block in _blocks(tree.get("allow")):
        ports = _port_words(block.get("ports"), block.get("protocol"))
        yield InboundRule("source_ranges", _sources(ranges), ports)


def _google_policy_rule(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    if (
        not _is_word(tree.get("direction"), "ingress", "ingress")
        or not _is_word(tree.get("action"), "allow")
        or _is_true(tree.get("disabled"))
    ):
        return
    for block in _blocks(tree.get("match")):
        ranges = block.get("src_ip_ranges")
        if all(_is_absent(block.get(key)) for key in ("src_ip_ranges", *_OTHER_SOURCES)):
            ranges = [_EVERYBODY]
        ports: tuple[Ports, ...] = ()
        for layer in _blocks(block.get("layer4_configs")):
            ports += _port_words(layer.get("ports"), layer.get("ip_protocol"))
        yield InboundRule("match.src_ip_ranges", _sources(ranges), ports or (ALL,))


def _database_ports(text: str) -> tuple[Ports, ...]:
    port = next((port for word, port in _DATABASE_PORTS if word in text), None)
    return (ALL,) if port is None else (Ports("tcp", port, port),)


def _google_sql(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    version = tree.get("database_version")
    ports = _database_ports(version.lower() if isinstance(version, str) else "")
    for settings in _blocks(tree.get("settings")):
        for network in _blocks(settings.get("ip_configuration")):
            if _is_false(network.get("ipv4_enabled")):
                continue
            values = [block.get("value") for block in _blocks(network.get("authorized_networks"))]
            at = "settings.ip_configuration.authorized_networks.value"
            yield InboundRule(at, _sources(*values), ports)


def _google_alloydb(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    for network in _blocks(tree.get("network_config")):
        blocks = _blocks(network.get("authorized_external_networks"))
        sources = _sources(*(block.get("cidr_range") for block in blocks))
        if not _is_false(network.get("enable_public_ip")):
            at = "network_config.authorized_external_networks.cidr_range"
            yield InboundRule(at, sources, (Ports("tcp", 5432, 5432),))


def _google_cluster(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    for config in _blocks(tree.get("master_authorized_networks_config")):
        values = [block.get("cidr_block") for block in _blocks(config.get("cidr_blocks"))]
        at = "master_authorized_networks_config.cidr_blocks.cidr_block"
        yield InboundRule(at, _sources(*values), (Ports("tcp", 443, 443),))


def _azure_rule(tree: dict[str, Any], _type: str, at: str = "") -> Iterator[InboundRule]:
    if not _is_word(tree.get("access"), "allow") or not _is_word(tree.get("direction"), "inbound"):
        return
    single, several = tree.get("destination_port_range"), tree.get("destination_port_ranges")
    ports: tuple[Ports, ...] = ()
    for words in (single, several):
        if not _is_absent(words) and words != "":
            ports += _port_words(words, tree.get("protocol"))
    ports = ports or _port_words(None, tree.get("protocol"))
    for name in ("source_address_prefix", "source_address_prefixes"):
        sources = _sources(tree.get(name), words=WORLD_WORDS)
        yield InboundRule(at + name, sources, ports)


def _azure_group(tree: dict[str, Any], resource_type: str) -> Iterator[InboundRule]:
    for block in _blocks(tree.get("security_rule")):
        yield from _azure_rule(block, resource_type, "security_rule.")


def _azure_firewall(tree: dict[str, Any], resource_type: str) -> Iterator[InboundRule]:
    for first, last in (("start_ip_address", "end_ip_address"), ("start_ip", "end_ip")):
        start, end = tree.get(first), tree.get(last)
        if isinstance(start, str) and isinstance(end, str):
            span = address_between(start, end)
            if span is not None:
                ports = _database_ports(resource_type)
                yield InboundRule(first, ((f"{start} - {end}", (span,)),), ports)


def _kubernetes_service(tree: dict[str, Any], _type: str) -> Iterator[InboundRule]:
    if any(_is_internal(block.get("annotations")) for block in _blocks(tree.get("metadata"))):
        return
    for spec in _blocks(tree.get("spec")):
        if not _is_word(spec.get("type"), "loadbalancer"):
            continue
        ranges = spec.get("load_balancer_source_ranges")
        ports: tuple[Ports, ...] = ()
        for block in _blocks(spec.get("port")):
            ports += _port_range(
                block.get("port"), block.get("port"), _protocol(block.get("protocol"), "tcp")
            )
        sources = _sources([_EVERYBODY] if _is_absent(ranges) else ranges)
        yield InboundRule("spec.load_balancer_source_ranges", sources, ports or (ALL,))


def _kubernetes_manifest(tree: dict[str, Any], resource_type: str) -> Iterator[InboundRule]:
    """A Service in the words of the Kubernetes API."""
    for manifest in _blocks(tree.get("manifest")):
        specs = [
            {**spec, "port": spec.get("ports")}
            | {"load_balancer_source_ranges": spec.get("loadBalancerSourceRanges")}
            for spec in _blocks(manifest.get("spec"))
        ]
        if _is_word(manifest.get("kind"), "service"):
            for rule in _kubernetes_service({**manifest, "spec": specs}, resource_type):
                yield rule._replace(attribute="manifest.spec.loadBalancerSourceRanges")


def _is_internal(annotations: Tree) -> bool:
    if not isinstance(annotations, dict):
        return False
    return any(
        isinstance(annotations.get(name), str) and annotations[name].lower() in words
        for name, words in _INTERNAL_ANNOTATIONS.items()
    )


_READERS: dict[str, Callable[[dict[str, Any], str], Iterator[InboundRule]]] = {
    "aws_security_group": _aws_group,
    "aws_default_security_group": _aws_group,
    "aws_security_group_rule": _aws_group_rule,
    "aws_vpc_security_group_ingress_rule": _aws_ingress_rule,
    "aws_network_acl": _aws_acl,
    "aws_default_network_acl": _aws_acl,
    "aws_network_acl_rule": _aws_acl_rule,
    "aws_lightsail_instance_public_ports": _aws_lightsail,
    "aws_eks_cluster": _aws_eks,
    "google_compute_firewall": _google_firewall,
    "google_compute_firewall_policy_rule": _google_policy_rule,
    "google_compute_network_firewall_policy_rule": _google_policy_rule,
    "google_compute_region_network_firewall_policy_rule": _google_policy_rule,
    "google_sql_database_instance": _google_sql,
    "google_alloydb_instance": _google_alloydb,
    "google_container_cluster": _google_cluster,
    "azurerm_network_security_rule": _azure_rule,
    "azurerm_network_security_group": _azure_group,
    "kubernetes_service": _kubernetes_service,
    "kubernetes_service_v1": _kubernetes_service,
    "kubernetes_manifest": _kubernetes_manifest,
}
