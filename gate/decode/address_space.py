"""Tell whether address ranges, alone or together, are the whole internet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """Addresses from `low` to `high`, inclusive, as integers."""

    family: int
    """4 or 6."""
    low: int
    """First address."""
    high: int
    """Last address."""


WORLD_WORDS = frozenset(
    ("*", "any", "internet", "<nw>/0", "/0", "0.0.0.0")  # noqa: S104 - compared, not bound
)
"""What Azure takes for everybody in place of a range, in lower case.

Source: https://learn.microsoft.com/azure/virtual-network/service-tags-overview and the azurerm
provider's `source_address_prefix`."""

_END4 = 2**32 - 1
_END6 = 2**128 - 1
_TOLERATED4 = 2**24
_PUBLIC6 = (0x2 << 124, (0x4 << 124) - 1)
_TOLERATED6 = 2**117


def _block(text: str) -> tuple[int, int]:
    address, _, bits = text.partition("/")
    low = 0
    for part in address.split("."):
        low = low << 8 | int(part)
    return low, low + 2 ** (32 - int(bits)) - 1


_RESERVED4 = tuple(
    _block(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
"""Not public: https://www.iana.org/assignments/iana-ipv4-special-registry."""


def parse_range(text: str) -> Span | None:
    """The addresses of a CIDR block or single address, host bits allowed; `None` if it is neither.

    A prefix length of 0 is everything, whatever stands before it (`1.2.3.4/0`).
    """
    address, slash, length = text.strip().partition("/")
    if ":" in address:
        return _parse6(address, length if slash else "128")
    parts = address.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts if len(part) <= 4]
    if len(numbers) != 4 or max(numbers) > 255:
        return None
    bits = _prefix4(length) if slash else 32
    if bits is None:
        return None
    value = numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3]
    size = 1 << (32 - bits)
    low = value - value % size
    return Span(4, low, low + size - 1)


def _prefix4(length: str) -> int | None:
    if length.isascii() and length.isdigit() and len(length) <= 3:
        return int(length) if int(length) <= 32 else None
    mask = parse_range(length) if length.count(".") == 3 and "/" not in length else None
    if mask is None:
        return None
    inverse = _END4 - mask.low
    return 32 - inverse.bit_length() if inverse & (inverse + 1) == 0 else None


def _parse6(address: str, length: str) -> Span | None:
    if not (length.isascii() and length.isdigit() and len(length) <= 4 and int(length) <= 128):
        return None
    import ipaddress  # NOTE: only where there is IPv6; the import costs 5 ms

    try:
        value = int(ipaddress.IPv6Address(address.partition("%")[0]))
    except ValueError:
        return None
    size = 1 << (128 - int(length))
    low = value - value % size
    return Span(6, low, low + size - 1)


def address_between(start: str, end: str) -> Span | None:
    """Addresses from one to another, as firewall rules of databases name them."""
    first, last = parse_range(start), parse_range(end)
    if first is None or last is None or first.family != last.family or last.high < first.low:
        return None
    return Span(first.family, first.low, last.high)


def spans_of(text: str, words: frozenset[str] = frozenset()) -> tuple[Span, ...]:
    """Addresses that one written source stands for; a word of `words` is both families."""
    if text.strip().lower() in words:
        return Span(4, 0, _END4), Span(6, 0, _END6)
    span = parse_range(text)
    return (span,) if span is not None else ()


def world_families(spans: Iterable[Span]) -> frozenset[int]:
    """Families (4, 6) whose public addresses the spans cover together.

    Less than a /8 of IPv4, or a 256th of global unicast IPv6, may be missing: to leave out one
    address does not make the internet smaller.
    """
    of4: list[tuple[int, int]] = []
    of6: list[tuple[int, int]] = []
    for span in spans:
        (of4 if span.family == 4 else of6).append((span.low, span.high))
    found = set()
    if of4 and _missing([*of4, *_RESERVED4], 0, _END4) < _TOLERATED4:
        found.add(4)
    if of6 and _missing(of6, *_PUBLIC6) < _TOLERATED6:
        found.add(6)
    return frozenset(found)


def _missing(spans: list[tuple[int, int]], low: int, high: int) -> int:
    """How many addresses from low to high no span covers."""
    missing = 0
    at = low
    for start, end in sorted(spans):
        if start > high:
            break
        if start > at:
            missing += start - at
        at = max(at, end + 1)
    return missing + max(0, high + 1 - at)
