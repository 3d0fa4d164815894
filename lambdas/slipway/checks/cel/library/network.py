"""Addresses and networks. Source: k8s.io/apiserver pkg/cel/library/{ip,cidr}.go; Go's net/netip."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from slipway.checks.cel.errors import CelError
from slipway.checks.cel.overloads import Function, functions, methods

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PREFIX = re.compile(r"(.+)/(0|[1-9]\d{0,2})", re.ASCII)


@dataclass(frozen=True)
class Ip:
    """An address."""

    address: Address
    type_name = "net.IP"

    def __str__(self) -> str:
        return str(self.address)


@dataclass(frozen=True)
class Cidr:
    """An address and how many of its bits are those of the network."""

    address: Address
    bits: int
    type_name = "net.CIDR"

    def __str__(self) -> str:
        return f"{self.address}/{self.bits}"

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """The network that it is in."""
        return ipaddress.ip_network(str(self), strict=False)


def parse_ip(text: str) -> Ip | None:
    """An address, but none with a zone and none of version 4 in disguise."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or "%" in text):
        return None
    return Ip(address)


def parse_cidr(text: str) -> Cidr | None:
    """A network, or an address in one."""
    match = _PREFIX.fullmatch(text)
    ip = parse_ip(match[1]) if match else None
    if match is None or ip is None or int(match[2]) > ip.address.max_prefixlen:
        return None
    return Cidr(ip.address, int(match[2]))


def _ip(text: str) -> Ip:
    found = parse_ip(text)
    if found is None:
        raise CelError(f'IP Address "{text}" parse error during conversion from string: {_why(text)}')
    return found


def _why(text: str) -> str:
    """As the server says it of what is nothing like an address."""
    said = "invalid" if re.search("[.:%]", text) else "unable to parse IP"
    return f'ParseAddr("{text}"): {said}'


def _cidr(text: str) -> Cidr:
    found = parse_cidr(text)
    if found is None:
        raise CelError(f'network address parse error during conversion from string: "{text}"')
    return found


def _contains(cidr: Cidr, ip: Ip) -> bool:
    return cidr.address.version == ip.address.version and ip.address in cidr.network


def _contains_network(cidr: Cidr, other: Cidr) -> bool:
    return _contains(cidr, Ip(other.address)) and cidr.bits <= other.bits


def _is_global_unicast(ip: Ip) -> bool:
    address = ip.address
    broadcast = str(address) == "255.255.255.255"
    special = address.is_unspecified or address.is_loopback or address.is_multicast or _is_link_local(ip)
    return not special and not broadcast


def _is_link_local(ip: Ip) -> bool:
    return ip.address.is_link_local


def _is_link_local_multicast(ip: Ip) -> bool:
    address = ip.address
    if address.version == 4:
        return address in ipaddress.ip_network("224.0.0.0/24")
    return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02


NETWORK: dict[tuple[str, bool], Function] = {
    **functions(
        {
            "ip": ((("string",), _ip),),
            "isIP": ((("string",), lambda text: parse_ip(text) is not None),),
            "ip.isCanonical": ((("string",), lambda text: str(_ip(text)) == text),),
            "cidr": ((("string",), _cidr),),
            "isCIDR": ((("string",), lambda text: parse_cidr(text) is not None),),
        }
    ),
    **methods(
        {
            "family": ((("net.IP",), lambda ip: ip.address.version),),
            "isUnspecified": ((("net.IP",), lambda ip: ip.address.is_unspecified),),
            "isLoopback": ((("net.IP",), lambda ip: ip.address.is_loopback),),
            "isLinkLocalMulticast": ((("net.IP",), _is_link_local_multicast),),
            "isLinkLocalUnicast": ((("net.IP",), _is_link_local),),
            "isGlobalUnicast": ((("net.IP",), _is_global_unicast),),
            "containsIP": (
                (("net.CIDR", "net.IP"), _contains),
                (("net.CIDR", "string"), lambda cidr, text: _contains(cidr, _ip(text))),
            ),
            "containsCIDR": (
                (("net.CIDR", "net.CIDR"), _contains_network),
                (("net.CIDR", "string"), lambda cidr, text: _contains_network(cidr, _cidr(text))),
            ),
            "ip": ((("net.CIDR",), lambda cidr: Ip(cidr.address)),),
            "prefixLength": ((("net.CIDR",), lambda cidr: cidr.bits),),
            "masked": ((("net.CIDR",), lambda cidr: Cidr(cidr.network.network_address, cidr.bits)),),
        }
    ),
}
