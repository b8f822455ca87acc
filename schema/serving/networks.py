"""Addresses of clients as they are counted: one home is one address, or one network of IPv6."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

LONGEST = 45
"""Letters of the longest address; a proxy may hand on anything."""


def network(host: str) -> str:
    """Give what an address counts as: itself, or of IPv6 the /64 that a home is given."""
    return _network(host.partition("%")[0][:LONGEST])


@lru_cache(maxsize=10_000)  # every request asks
def _network(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
