"""Openings from the whole internet, however the ranges and ports are spelled."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.decode.address_space import Span, parse_range, spans_of, world_families
from gate.decode.network import ingress
from gate.decode.value import UNKNOWN
from gate.schema.terraform import Ingress


def group(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"ingress": list(blocks)}


def rule(ranges: Any, low: Any = 22, high: Any = None, protocol: Any = "tcp") -> dict[str, Any]:
    return {
        "cidr_blocks": ranges,
        "from_port": low,
        "to_port": low if high is None else high,
        "protocol": protocol,
    }


def opened(resource_type: str, after: Any, before: Any = None) -> tuple[Ingress, ...]:
    return ingress(resource_type, before, after)


@pytest.mark.parametrize(
    "ranges",
    [
        ["0.0.0.0/0"],
        ["1.2.3.4/0"],
        [" 0.0.0.0/0 "],
        ["0.0.0.0/00"],
        ["0.0.0.0/0.0.0.0"],
        ["10.0.0.0/8", "0.0.0.0/0"],
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["128.0.0.0/1", "10.0.0.0/8", "0.0.0.0/1"],
        ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
        ["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"],
        ["0.0.0.0/1", "128.0.0.0/1", UNKNOWN],
    ],
)
def test_ingress_finds_the_internet_however_spelled(ranges: list[Any]) -> None:
    (found,) = opened("aws_security_group", group(rule(ranges)))
    assert (found.ports, found.web_only, found.stood) == ("22", False, False)
    assert found.attribute == "ingress.cidr_blocks"


def test_ingress_finds_the_internet_less_one_address() -> None:
    everything_but_1111 = []
    low = 0
    target = 0x01010101
    for bits in range(31, -1, -1):
        half = low + (1 << bits)
        if target < half:
            keep = half
        else:
            keep, low = low, half
        octets = ".".join(str(keep >> shift & 255) for shift in (24, 16, 8, 0))
        everything_but_1111.append(f"{octets}/{32 - bits}")
    assert opened("aws_security_group", group(rule(everything_but_1111)))


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        None,
        UNKNOWN,
        [UNKNOWN],
        ["10.0.0.0/8"],
        ["0.0.0.0/1"],
        ["128.0.0.0/1"],
        ["0.0.0.0"],
        ["0.0.0.0/32"],
        ["8.0.0.0/6"],
        ["not a range"],
        ["0.0.0.0/1", "0.0.0.0/1"],
        ["sg-1"],
        ["1.2.3/0"],
        ["2000::/4"],
        ["999.0.0.0/0"],
        ["0.0.0.0/-1"],
        [7],
        "",
    ],
)
def test_ingress_ignores_less_than_the_internet(ranges: Any) -> None:
    assert opened("aws_security_group", group(rule(ranges))) == ()


@pytest.mark.parametrize("text", ["::/0", "0::/0", "2001:db8::1/0", "::0:0/0", "::/1", "2000::/3"])
def test_ingress_finds_the_internet_of_ipv6(text: str) -> None:
    after = {"ingress": [{**rule([]), "ipv6_cidr_blocks": [text]}]}
    (found,) = opened("aws_security_group", after)
    assert (found.attribute, found.source) == ("ingress.ipv6_cidr_blocks", text)


@pytest.mark.parametrize(
    ("low", "high", "protocol", "words", "web"),
    [
        (22, 22, "tcp", "22", False),
        ("22", "22", "tcp", "22", False),
        (443, 443, "tcp", "443", True),
        ("80", 80, "TCP", "80", True),
        (443, 443, "6", "443", True),
        (443, 443, 6, "443", True),
        (443, 443, "udp", "443/udp", False),
        (80, 443, "tcp", "80-443", False),
        (0, 0, "-1", "all", False),
        (443, 443, "-1", "all", False),
        (443, 443, -1, "all", False),
        (443, 443, "all", "all", False),
        (-1, -1, "tcp", "all", False),
        (0, 65535, "tcp", "all", False),
        (0, 65535, "udp", "all udp", False),
        (3000, 4000, "tcp", "3000-4000", False),
        (UNKNOWN, 443, "tcp", "unknown", False),
        (443, UNKNOWN, "tcp", "unknown", False),
        (443, 443, UNKNOWN, "443", False),
        (UNKNOWN, UNKNOWN, UNKNOWN, "unknown", False),
        (None, None, "tcp", "unknown", False),
        ("web", "web", "tcp", "unknown", False),
        (0, 0, "47", "0/47", False),
    ],
)
def test_ingress_reads_ports(low: Any, high: Any, protocol: Any, words: str, web: bool) -> None:
    block = {"cidr_blocks": ["0.0.0.0/0"], "from_port": low, "to_port": high, "protocol": protocol}
    (found,) = opened("aws_security_group", group(block))
    assert (found.ports, found.web_only) == (words, web)


@pytest.mark.parametrize("protocol", ["icmp", "icmpv6", "1", 1, 58])
def test_ingress_leaves_out_icmp_which_has_no_ports(protocol: Any) -> None:
    assert opened("aws_security_group", group(rule(["0.0.0.0/0"], 8, 0, protocol))) == ()


def test_ingress_joins_ranges_of_several_blocks() -> None:
    after = group(rule(["0.0.0.0/1"]), rule(["128.0.0.0/1"]))
    (found,) = opened("aws_security_group", after)
    assert found.source == "0.0.0.0/1 + 128.0.0.0/1"
    assert found.ports == "22"


def test_ingress_joins_ranges_of_overlapping_ports() -> None:
    after = group(rule(["0.0.0.0/1"], 20, 30), rule(["128.0.0.0/1"], 25, 40), rule(["1.0.0.0/8"]))
    (found,) = opened("aws_security_group", after)
    assert found.ports == "25-30"


def test_ingress_does_not_join_ranges_of_other_ports() -> None:
    after = group(rule(["0.0.0.0/1"], 22), rule(["128.0.0.0/1"], 80))
    assert opened("aws_security_group", after) == ()


def test_ingress_of_many_rules_is_bounded() -> None:
    blocks = [rule([f"{i % 256}.0.0.0/8"], i % 5000, i % 5000 + i % 7) for i in range(5000)]
    blocks += [rule(["0.0.0.0/1"], 22), rule(["128.0.0.0/1"], 22)]
    assert [found.ports for found in opened("aws_security_group", group(*blocks))] == ["22"]


SSH, WEB = rule(["0.0.0.0/0"]), rule(["0.0.0.0/0"], 443)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (group(SSH), group(SSH)),
        (group(WEB, SSH), group(SSH)),
        (group(rule(["0.0.0.0/0"], 0, 0, "-1")), group(SSH)),
        (group(rule(["0.0.0.0/0"], 20, 30)), group(rule(["0.0.0.0/0"], 22, 25))),
        (
            group(rule(["0.0.0.0/0"], 20, 22), rule(["0.0.0.0/0"], 23, 30)),
            group(rule(["0.0.0.0/0"], 21, 24)),
        ),
        (group(rule(["0.0.0.0/0", "10.0.0.0/8"])), group(rule(["0.0.0.0/0"]))),
        (group(rule(["0.0.0.0/1", "128.0.0.0/1"])), group(SSH)),
        (group(rule(["0.0.0.0/0"], UNKNOWN)), group(rule(["0.0.0.0/0"], UNKNOWN))),
    ],
)
def test_ingress_that_stood_is_told(before: Any, after: Any) -> None:
    (found,) = opened("aws_security_group", after, before)
    assert found.stood


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, group(SSH)),
        (group(), group(SSH)),
        (group(WEB), group(SSH)),
        (group(rule(["10.0.0.0/8"])), group(SSH)),
        (group(rule(["0.0.0.0/1"])), group(rule(["0.0.0.0/1", "128.0.0.0/1"]))),
        (group(SSH), group(rule(["0.0.0.0/0"], 22, 23))),
        (group(SSH), group(rule(["0.0.0.0/0"], 22, 22, "udp"))),
        (group(SSH), group(rule(["0.0.0.0/0"], 0, 0, "-1"))),
        (group(SSH), {"ingress": [{**SSH, "cidr_blocks": [], "ipv6_cidr_blocks": ["::/0"]}]}),
        (group(SSH), {"ingress": [{**SSH, "ipv6_cidr_blocks": ["::/0"]}]}),
        (
            group(rule(["0.0.0.0/0"], 20, 21), rule(["0.0.0.0/0"], 23, 30)),
            group(rule(["0.0.0.0/0"], 21, 24)),
        ),
        (group(SSH), group(rule(["0.0.0.0/0"], UNKNOWN))),
    ],
)
def test_ingress_that_is_new_or_wider_is_told(before: Any, after: Any) -> None:
    assert not all(found.stood for found in opened("aws_security_group", after, before))


def test_ingress_of_a_deleted_or_foreign_resource_is_nothing() -> None:
    assert ingress("aws_security_group", group(SSH), None) == ()
    assert ingress("aws_instance", None, group(SSH)) == ()
    assert ingress("aws_security_group", None, UNKNOWN) == ()
    assert ingress("aws_security_group", None, {"ingress": UNKNOWN}) == ()


WORLD = "0.0.0.0/0"
ACL = {"cidr_block": WORLD, "from_port": 22, "to_port": 22, "protocol": "6"}
GOOGLE = {"allow": [{"protocol": "tcp", "ports": ["22", "8000-8080"]}], "source_ranges": [WORLD]}
POLICY = {
    "action": "allow",
    "direction": "INGRESS",
    "match": [
        {"src_ip_ranges": [WORLD], "layer4_configs": [{"ip_protocol": "tcp", "ports": [22]}]}
    ],
}
AZURE = {
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "Tcp",
    "source_address_prefix": "*",
    "destination_port_range": "22",
}
SERVICE = {"spec": [{"type": "LoadBalancer", "port": [{"port": 5432, "protocol": "TCP"}]}]}

OPEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "aws default group": ("aws_default_security_group", group(SSH), "22"),
    "aws group rule": ("aws_security_group_rule", {"type": "ingress", **SSH}, "22"),
    "aws ingress rule": (
        "aws_vpc_security_group_ingress_rule",
        {"cidr_ipv4": WORLD, "from_port": 22, "to_port": 22, "ip_protocol": "tcp"},
        "22",
    ),
    "aws ingress rule of every protocol": (
        "aws_vpc_security_group_ingress_rule",
        {"cidr_ipv6": "::/0", "ip_protocol": "-1"},
        "all",
    ),
    "aws acl": ("aws_network_acl", group({**ACL, "action": "allow"}), "22"),
    "aws default acl": ("aws_default_network_acl", group({**ACL, "action": "ALLOW"}), "22"),
    "aws acl rule": ("aws_network_acl_rule", {**ACL, "rule_action": "allow"}, "22"),
    "aws lightsail": (
        "aws_lightsail_instance_public_ports",
        {"port_info": [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidrs": [WORLD]}]},
        "22",
    ),
    "aws lightsail by default": (
        "aws_lightsail_instance_public_ports",
        {"port_info": [{"from_port": 22, "to_port": 22, "protocol": "tcp"}]},
        "22",
    ),
    "aws eks": ("aws_eks_cluster", {"vpc_config": [{"public_access_cidrs": [WORLD]}]}, "443"),
    "aws eks by default": ("aws_eks_cluster", {"vpc_config": [{}]}, "443"),
    "google firewall": ("google_compute_firewall", GOOGLE, "22, 8000-8080"),
    "google firewall of anything": (
        "google_compute_firewall",
        {**GOOGLE, "allow": [{"protocol": "all"}]},
        "all",
    ),
    "google firewall of every tcp port": (
        "google_compute_firewall",
        {**GOOGLE, "allow": {"protocol": "tcp", "ports": []}},
        "all",
    ),
    "google firewall without sources": (
        "google_compute_firewall",
        {"allow": GOOGLE["allow"], "direction": "INGRESS"},
        "22, 8000-8080",
    ),
    "google firewall with unknown switch": (
        "google_compute_firewall",
        {**GOOGLE, "disabled": UNKNOWN},
        "22, 8000-8080",
    ),
    "google policy": ("google_compute_network_firewall_policy_rule", POLICY, "22"),
    "google regional policy": ("google_compute_region_network_firewall_policy_rule", POLICY, "22"),
    "google folder policy": ("google_compute_firewall_policy_rule", POLICY, "22"),
    "google policy without sources": (
        "google_compute_firewall_policy_rule",
        {**POLICY, "match": [{"layer4_configs": []}]},
        "all",
    ),
    "google sql": (
        "google_sql_database_instance",
        {
            "database_version": "POSTGRES_16",
            "settings": [{"ip_configuration": [{"authorized_networks": [{"value": WORLD}]}]}],
        },
        "5432",
    ),
    "google alloydb": (
        "google_alloydb_instance",
        {
            "network_config": [
                {"enable_public_ip": True, "authorized_external_networks": [{"cidr_range": WORLD}]}
            ]
        },
        "5432",
    ),
    "google cluster": (
        "google_container_cluster",
        {"master_authorized_networks_config": [{"cidr_blocks": [{"cidr_block": WORLD}]}]},
        "443",
    ),
    "azure rule": ("azurerm_network_security_rule", AZURE, "22"),
    "azure rule for Internet": (
        "azurerm_network_security_rule",
        {**AZURE, "source_address_prefix": "Internet"},
        "22",
    ),
    "azure rule for any": (
        "azurerm_network_security_rule",
        {**AZURE, "source_address_prefix": "ANY"},
        "22",
    ),
    "azure rule for <nw>/0": (
        "azurerm_network_security_rule",
        {**AZURE, "source_address_prefix": "<nw>/0"},
        "22",
    ),
    "azure rule in other case": (
        "azurerm_network_security_rule",
        {**AZURE, "access": "ALLOW", "direction": "inbound"},
        "22",
    ),
    "azure rule of every port": (
        "azurerm_network_security_rule",
        {**AZURE, "destination_port_range": "*"},
        "all",
    ),
    "azure rule of lists": (
        "azurerm_network_security_rule",
        {
            **AZURE,
            "source_address_prefix": None,
            "destination_port_range": "",
            "source_address_prefixes": ["0.0.0.0/1", "128.0.0.0/1"],
            "destination_port_ranges": ["443", "3389"],
        },
        "443, 3389",
    ),
    "azure rule of any protocol": (
        "azurerm_network_security_rule",
        {**AZURE, "protocol": "*"},
        "22",
    ),
    "azure group": ("azurerm_network_security_group", {"security_rule": [AZURE]}, "22"),
    "azure database": (
        "azurerm_mssql_firewall_rule",
        {"start_ip_address": "0.0.0.0", "end_ip_address": "255.255.255.255"},
        "1433",
    ),
    "azure database less two addresses": (
        "azurerm_postgresql_flexible_server_firewall_rule",
        {"start_ip_address": "0.0.0.1", "end_ip_address": "255.255.255.254"},
        "5432",
    ),
    "azure cache": (
        "azurerm_redis_firewall_rule",
        {"start_ip": "0.0.0.0", "end_ip": "255.255.255.255"},
        "all",
    ),
    "kubernetes": ("kubernetes_service_v1", SERVICE, "5432"),
    "kubernetes with ranges": (
        "kubernetes_service",
        {"spec": {**SERVICE["spec"][0], "load_balancer_source_ranges": [WORLD]}},
        "5432",
    ),
}


@pytest.mark.parametrize(("resource_type", "after", "ports"), OPEN.values(), ids=OPEN)
def test_ingress_knows_the_providers(resource_type: str, after: Any, ports: str) -> None:
    (found,) = opened(resource_type, after)
    assert found.ports == ports
    assert not found.stood
    assert found.attribute
    assert found.source
    assert opened(resource_type, after, after)[0].stood


CLOSED: dict[str, tuple[str, dict[str, Any]]] = {
    "aws egress rule": ("aws_security_group_rule", {"type": "egress", **SSH}),
    "aws group with egress": ("aws_security_group", {"egress": [SSH]}),
    "aws acl that denies": ("aws_network_acl", group({**ACL, "action": "deny"})),
    "aws acl rule of egress": (
        "aws_network_acl_rule",
        {**ACL, "rule_action": "allow", "egress": True},
    ),
    "aws acl rule that denies": ("aws_network_acl_rule", {**ACL, "rule_action": "deny"}),
    "aws eks private": (
        "aws_eks_cluster",
        {"vpc_config": [{"endpoint_public_access": False, "public_access_cidrs": [WORLD]}]},
    ),
    "google egress": ("google_compute_firewall", {**GOOGLE, "direction": "EGRESS"}),
    "google disabled": ("google_compute_firewall", {**GOOGLE, "disabled": True}),
    "google by tag": (
        "google_compute_firewall",
        {"allow": GOOGLE["allow"], "source_tags": ["bastion"]},
    ),
    "google unknown ranges": ("google_compute_firewall", {**GOOGLE, "source_ranges": UNKNOWN}),
    "google deny": ("google_compute_firewall", {"deny": GOOGLE["allow"], "source_ranges": [WORLD]}),
    "google policy deny": ("google_compute_firewall_policy_rule", {**POLICY, "action": "deny"}),
    "google policy by tag": (
        "google_compute_firewall_policy_rule",
        {**POLICY, "match": [{"src_secure_tags": [{"name": "x"}]}]},
    ),
    "google sql private": (
        "google_sql_database_instance",
        {
            "settings": [
                {
                    "ip_configuration": [
                        {"ipv4_enabled": False, "authorized_networks": [{"value": WORLD}]}
                    ]
                }
            ]
        },
    ),
    "azure deny": ("azurerm_network_security_rule", {**AZURE, "access": "Deny"}),
    "azure outbound": ("azurerm_network_security_rule", {**AZURE, "direction": "Outbound"}),
    "azure network": (
        "azurerm_network_security_rule",
        {**AZURE, "source_address_prefix": "VirtualNetwork"},
    ),
    "azure one address": (
        "azurerm_mssql_firewall_rule",
        {"start_ip_address": "1.2.3.4", "end_ip_address": "1.2.3.4"},
    ),
    "azure broken range": (
        "azurerm_mssql_firewall_rule",
        {"start_ip_address": "255.255.255.255", "end_ip_address": "0.0.0.0"},
    ),
    "kubernetes inside": ("kubernetes_service", {"spec": [{"type": "ClusterIP"}]}),
    "kubernetes bounded": (
        "kubernetes_service",
        {"spec": [{"type": "LoadBalancer", "load_balancer_source_ranges": ["10.0.0.0/8"]}]},
    ),
    "kubernetes internal": (
        "kubernetes_service",
        {
            **SERVICE,
            "metadata": [
                {"annotations": {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"}}
            ],
        },
    ),
}


@pytest.mark.parametrize(("resource_type", "after"), CLOSED.values(), ids=CLOSED)
def test_ingress_is_silent_on_what_is_not_open(resource_type: str, after: Any) -> None:
    assert opened(resource_type, after) == ()


def test_ingress_knows_web_ports_of_any_protocol() -> None:
    after = {**AZURE, "protocol": "*", "destination_port_range": "443"}
    assert opened("azurerm_network_security_rule", after)[0].web_only


def test_ingress_is_told_once_per_opening() -> None:
    assert len(opened("aws_security_group", group(SSH, SSH, dict(SSH)))) == 1


def test_ingress_of_the_same_ports_is_told_once_with_what_is_new() -> None:
    v6 = {**rule([]), "ipv6_cidr_blocks": ["::/0"]}
    (both,) = opened("aws_security_group", group(SSH, v6))
    assert (both.source, both.stood) == ("0.0.0.0/0, ::/0", False)
    (new,) = opened("aws_security_group", group(SSH, v6), group(SSH))
    assert (new.source, new.stood) == ("::/0", False)
    assert new.attribute == "ingress.ipv6_cidr_blocks"


def test_ingress_is_the_same_for_any_order_of_blocks() -> None:
    blocks = [SSH, WEB, rule(["0.0.0.0/1"], 25), rule(["128.0.0.0/1"], 25)]
    assert opened("aws_security_group", group(*blocks)) == opened(
        "aws_security_group", group(*reversed(blocks))
    )


addresses = st.integers(0, 2**32 - 1)


@given(addresses, st.integers(0, 32))
def test_range_holds_its_address(address: int, bits: int) -> None:
    octets = ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
    span = parse_range(f"{octets}/{bits}")
    assert span is not None
    assert span.low <= address <= span.high
    assert span.high - span.low + 1 == 2 ** (32 - bits)
    assert bool(world_families([span])) == (bits == 0)


@given(st.text(max_size=40))
def test_range_of_any_text_is_read_or_refused(text: str) -> None:
    assert all(isinstance(span, Span) for span in spans_of(text))


@given(st.lists(st.tuples(addresses, addresses), max_size=6))
def test_world_needs_nearly_every_address(pairs: list[tuple[int, int]]) -> None:
    spans = [Span(4, min(pair), max(pair)) for pair in pairs]
    if world_families(spans):
        assert sum(span.high - span.low + 1 for span in spans) > 2**32 * 0.8
