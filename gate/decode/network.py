"""Find what a change opens to the whole internet, and whether it was open before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gate.decode.address_space import Span, world_families
from gate.decode.ingress_rules import InboundRule, Ports, inbound_rules
from gate.decode.value import Tree
from gate.schema.terraform import Ingress

MAX_COMBINED_RULES = 300
"""Rules whose overlaps are worked out port by port; above, only rules for the same ports join."""
MAX_SHOWN_SOURCES = 6
"""Ranges that one `source` names."""


class _Opening(NamedTuple):
    attribute: str
    source: str
    ports: tuple[Ports, ...]
    families: frozenset[int]


def ingress(resource_type: str, before: Tree | None, after: Tree | None) -> tuple[Ingress, ...]:
    """Inbound openings from the whole internet after the change.

    The whole internet is `0.0.0.0/0`, `::/0`, any address with `/0`, Azure's words for it, and any
    set of ranges for the same ports of one resource that covers it together. `stood` tells that
    every port of the opening was open to it before, in whichever block. What is unknown is no
    range; unknown ports are an opening. There is one entry for each set of ports.

    Args:
        resource_type: Terraform type; one that the gate does not know has no openings.
        before: attributes before; `None`: it did not exist.
        after: attributes after; `None`: it goes away.
    """
    openings = _openings(inbound_rules(resource_type, after))
    if not openings:
        return ()
    earlier = _openings(inbound_rules(resource_type, before))
    by_ports: dict[str, list[tuple[bool, _Opening]]] = {}
    for opening in openings:
        entry = (_stood(opening, earlier), opening)
        by_ports.setdefault(_in_words(opening.ports), []).append(entry)
    return tuple(_join(words, by_ports[words]) for words in sorted(by_ports))


def _join(words: str, entries: list[tuple[bool, _Opening]]) -> Ingress:
    """One entry for the same ports, about the new openings if any are new."""
    is_new = any(not stood for stood, _ in entries)
    shown = [opening for stood, opening in entries if not (stood and is_new)]
    sources = dict.fromkeys(sorted(opening.source for opening in shown))
    return Ingress(
        attribute=min(opening.attribute for opening in shown),
        source=", ".join(sources),
        ports=words,
        web_only=all(_is_web(part) for opening in shown for part in opening.ports),
        stood=not is_new,
    )


def _openings(rules: tuple[InboundRule, ...]) -> list[_Opening]:
    found: list[_Opening] = []
    rest: list[InboundRule] = []
    for rule in rules:
        opening = _opening([rule], rule.ports)
        if opening is not None:
            found.append(opening)
        else:
            rest.append(rule)
    if len(rest) > 1 and world_families(_all_spans(rest)):
        found += _combined(rest)
    return found


def _all_spans(rules: Iterable[InboundRule]) -> Iterator[Span]:
    for rule in rules:
        for _, spans in rule.sources:
            yield from spans


def _opening(rules: list[InboundRule], ports: tuple[Ports, ...]) -> _Opening | None:
    families = world_families(_all_spans(rules))
    if not families:
        return None
    sources = sorted(
        (source for rule in rules for source in rule.sources), key=lambda pair: (pair[1], pair[0])
    )
    alone = [text for text, spans in sources if world_families(spans)]
    parts = [text for text, spans in sources if any(span.family in families for span in spans)]
    shown = list(dict.fromkeys(alone or parts))
    if len(shown) > MAX_SHOWN_SOURCES:
        shown = [*shown[:MAX_SHOWN_SOURCES], "…"]
    attribute = min(rule.attribute for rule in rules)
    return _Opening(attribute, (", " if alone else " + ").join(shown), ports, families)


def _combined(rules: list[InboundRule]) -> Iterator[_Opening]:
    """Openings that only several rules make together, port by port."""
    pairs = [(part, rule) for rule in rules for part in rule.ports if part.known]
    protocols = sorted({part.protocol for part, _ in pairs})
    for protocol in protocols:
        mine = [pair for pair in pairs if pair[0].protocol in (protocol, "all")]
        if len(mine) > MAX_COMBINED_RULES:
            cuts = sorted({(part.low, part.high) for part, _ in mine})
        else:
            starts = {part.low for part, _ in mine} | {part.high + 1 for part, _ in mine}
            edges = sorted(starts)
            cuts = [(low, high - 1) for low, high in zip(edges, edges[1:], strict=False)]
        open_ports: list[Ports] = []
        covering: list[InboundRule] = []
        for low, high in cuts:
            having = [rule for part, rule in mine if part.low <= low and high <= part.high]
            if having and world_families(_all_spans(having)):
                open_ports.append(Ports(protocol, low, high))
                covering += having
        opening = _opening(covering, _merged(open_ports)) if open_ports else None
        if opening is not None:
            yield opening


def _merged(ports: list[Ports]) -> tuple[Ports, ...]:
    merged: list[Ports] = []
    for part in sorted(ports):
        if merged and merged[-1].high + 1 >= part.low:
            merged[-1] = merged[-1]._replace(high=max(merged[-1].high, part.high))
        else:
            merged.append(part)
    return tuple(merged)


def _stood(opening: _Opening, earlier: list[_Opening]) -> bool:
    """Whether each port was open before, to each family, by one opening or several."""
    return all(
        _covers([part for old in earlier if family in old.families for part in old.ports], new)
        for family in opening.families
        for new in opening.ports
    )


def _covers(old: list[Ports], new: Ports) -> bool:
    if not new.known:
        return any(
            part.protocol in (new.protocol, "all")
            and (not part.known or (part.low, part.high) == (0, 65535))
            for part in old
        )
    at = new.low
    same = [part for part in old if part.known and part.protocol in (new.protocol, "all")]
    for part in sorted(same, key=lambda part: part.low):
        if part.low > at:
            break
        at = max(at, part.high + 1)
    return at > new.high


def _is_web(part: Ports) -> bool:
    """Whether it opens port 80 or 443 alone, of TCP or, where ports are named, of any protocol."""
    return (
        part.known
        and part.protocol in ("tcp", "all")
        and part.low == part.high
        and part.low in (80, 443)
    )


def _in_words(ports: tuple[Ports, ...]) -> str:
    words: list[str] = []
    for part in sorted(ports):
        if not part.known:
            word = "unknown"
        elif (part.low, part.high) == (0, 65535):
            word = "all" if part.protocol in ("all", "tcp", "unknown") else f"all {part.protocol}"
        else:
            word = str(part.low) if part.low == part.high else f"{part.low}-{part.high}"
            if part.protocol not in ("tcp", "all", "unknown"):
                word = f"{word}/{part.protocol}"
        if word not in words:
            words.append(word)
    return ", ".join(words)
