"""Where pages are served: what can be typed, what is refused, and under which names."""

from __future__ import annotations

import socket

import pytest

from allaprima.app.core.errors import WebError
from allaprima.app.web.address import Address, bind, parse_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:8477", Address("127.0.0.1", 8477)),
        ("0.0.0.0:80", Address("0.0.0.0", 80)),
        ("museum.local:9000", Address("museum.local", 9000)),
        ("192.168.1.7", Address("192.168.1.7", 8477)),
        (":9000", Address("127.0.0.1", 9000)),
        ("[::1]:9000", Address("::1", 9000)),
        ("::1", Address("::1", 8477)),
    ],
)
def test_an_address_is_read(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize("text", ["host:port", "1.2.3.4:70000", "1.2.3.4:-1", "http://x:80", "a b:80", "x:²"])
def test_what_is_no_address_is_one_error(text: str) -> None:
    with pytest.raises(WebError, match="no address") as caught:
        parse_address(text)
    assert "127.0.0.1:8477" in caught.value.hint


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert str(Address("::1", 80)) == "[::1]:80"


def test_a_taken_port_is_an_error_that_names_the_next_command() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(WebError, match="another program uses that port") as caught:
            bind(Address("127.0.0.1", port))
    assert caught.value.hint.startswith("try --web 127.0.0.1:")
    assert caught.value.exit_code == 10


def test_a_host_that_there_is_not_is_an_error() -> None:
    with pytest.raises(WebError):
        bind(Address("192.0.2.77", 0))  # an address for documentation, which no computer has


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "LOCALHOST:80", "[::1]:80", "10.0.0.9:80", "museum:1"])
def test_our_own_names_and_numbers_are_known(host: str) -> None:
    assert Address("museum", 80).names(host)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:80", "", "[evil]:80", "museum.evil", "[", "::1"]
)
def test_names_that_point_here_by_an_attack_are_not(host: str) -> None:
    assert not Address("museum", 80).names(host)
