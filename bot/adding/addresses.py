"""Addresses that a link may lead to: those of the public internet, and no others.

Somebody who sends the bot a link could otherwise read pages that only this machine and its neighbours may see, such as
a cloud's metadata service or a router's pages.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
# Gives the addresses of a host, as written, for connections to a port. May block.
Resolve = Callable[[str, int], Sequence[str]]

# RFC 6052: what a network without IPv4 writes before the 32 bits of an IPv4 address.
_NAT64: Final = IPv6Network("64:ff9b::/96")

# Of IANA's registries of special-purpose addresses, those that older versions of Python take for public:
# protocol assignments, relays of 6to4, documentation, segment routing.
_SPECIAL: Final = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16")))


def is_public(address: Address) -> bool:
    """Return whether an address, and any IPv4 address within it, belongs to the public internet.

    An IPv6 address may stand for an IPv4 one: mapped (RFC 4291), by NAT64 (RFC 6052) or by 6to4 (RFC 3056).
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.sixtofour:  # versions of Python do not agree on 2002::/16 itself
            return is_public(address.sixtofour)
        if address.is_site_local:
            return False
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or any(address in network for network in _SPECIAL)
    )


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host by the system's resolver, best first.

    Raises:
        OSError: if it has none.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def checked(found: Sequence[str], allowed: Callable[[Address], bool]) -> list[Address] | None:
    """Return the addresses of a host if all of them are allowed; None if there is none, or one is not allowed.

    One forbidden address is enough to refuse the host: a host with an address inside and one outside aims at the first.
    """
    try:
        addresses = [ip_address(address) for address in found]
    except ValueError:
        return None
    return addresses if addresses and all(map(allowed, addresses)) else None
