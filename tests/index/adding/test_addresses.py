"""Public are the addresses of the public internet; what embeds an address is no more public than that."""

from ipaddress import ip_address

import pytest

from index.adding.request import checked, is_public, resolve


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "8.8.8.8",
        "2606:2800:220:1:248:1893:25c8:1946",
        "::ffff:93.184.216.34",
        "64:ff9b::5db8:d822",  # 93.184.216.34 by NAT64
        "2002:5db8:d822::1",  # 93.184.216.34 by 6to4
    ],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.88.99.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "2001:0:a00:1::1",  # Teredo
        "::10.0.0.1",
        "::93.184.216.34",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b::a00:1",  # 10.0.0.1 by NAT64
        "64:ff9b::a9fe:a9fe",  # 169.254.169.254 by NAT64
        "64:ff9b:1::5db8:d822",  # NAT64 of a network of its own
        "2002:a00:1::1",  # 10.0.0.1 by 6to4
        "2002:7f00:1::1",  # 127.0.0.1 by 6to4
    ],
)
def test_an_address_inside_a_network_or_of_none_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


def test_one_address_that_is_not_allowed_spoils_a_hosts_others() -> None:
    assert checked(["8.8.8.8", "1.1.1.1"], is_public) == [ip_address("8.8.8.8"), ip_address("1.1.1.1")]
    assert checked(["8.8.8.8", "10.0.0.1"], is_public) is None
    assert checked([], is_public) is None
    assert checked(["news.example"], is_public) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f000001", "2130706433", "127.1", "0177.0.0.1"])
def test_every_spelling_of_an_address_resolves_to_that_address(host: str) -> None:
    assert set(resolve(host, 80)) == {"127.0.0.1"}
