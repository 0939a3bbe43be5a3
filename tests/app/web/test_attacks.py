"""What a hostile neighbour in the network may try: it is refused, bounded, and logged once a minute."""

from __future__ import annotations

import logging
import socket
from contextlib import ExitStack

import aiohttp
import numpy as np
import pytest
from pages import asking, raw, until, views
from patience import PATIENCE_S, eventually

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.web import guard
from allaprima.app.web.server import WebServer

UPGRADE = (
    "GET /live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def still_serves(server: WebServer) -> bool:
    async def ask(client: aiohttp.ClientSession) -> int:
        async with client.get("/") as answer:
            return answer.status

    return asking(server, ask) == 200


def status_of(server: WebServer, path: str, **headers: str) -> int:
    async def ask(client: aiohttp.ClientSession) -> int:
        async with client.get(path, headers=headers) as answer:
            return answer.status

    return asking(server, ask)


@pytest.mark.parametrize("path", ["/", "/operator", "/snapshot.jpg", "/live", "/desk", "/assets/page.css"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8477", "127.0.0.1.evil.example"])
def test_another_name_for_this_computer_is_refused(server: WebServer, path: str, host: str) -> None:
    assert status_of(server, path, Host=host) == 403


@pytest.mark.parametrize("path", ["/", "/live", "/desk", "/snapshot.jpg"])
@pytest.mark.parametrize("site", ["http://evil.example", "null", "http://127.0.0.1:1", "https://{host}", "{host}"])
def test_a_page_of_another_site_is_refused(server: WebServer, path: str, site: str) -> None:
    assert status_of(server, path, Origin=site.format(host=server.address)) == 403


def test_an_operators_socket_without_an_origin_is_refused(server: WebServer) -> None:
    assert status_of(server, "/desk") == 403


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../pages.py", "/assets/%2e%2e/pages.py", "/assets/..%2fpages.py", "/assets//etc/passwd",
        "/preview/..%2f..%2fcard.toml", "/preview/card.toml", "/preview/%00", "/assets/", "/preview/",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd", "/assets/page.css%00.js", "/assets/PAGE.CSS",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_tables(server: WebServer, path: str) -> None:
    answer = raw(server, f"GET {path} HTTP/1.1\r\nHost: {server.address}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400", b"HTTP/1.0 400"))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_a_body_is_refused_unread(server: WebServer, method: str) -> None:
    head = f"{method} / HTTP/1.1\r\nHost: {server.address}\r\nContent-Length: {1 << 30}\r\n\r\n".encode()
    answer = raw(server, head + bytes(8 << 20))  # the connection closes long before 1 GB
    assert answer == b"" or answer.startswith(b"HTTP/1.1 405")
    assert still_serves(server)


@pytest.mark.parametrize(
    "headers",
    [
        "".join(f"X-{i}: 1\r\n" for i in range(1000)),
        "X: " + "a" * 100_000 + "\r\n",
        "Cookie: " + "b" * 10_000 + "\r\n",
        "Host: 127.0.0.1\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "no colon\r\n",
        "\x00: 1\r\n",
    ],
    ids=["many", "long", "cookie", "two hosts", "smuggling", "no header", "zero byte"],
)
def test_a_flood_or_a_mess_of_headers_is_refused(server: WebServer, headers: str) -> None:
    answer = raw(server, f"GET / HTTP/1.1\r\nHost: {server.address}\r\n{headers}Connection: close\r\n\r\n".encode())
    assert answer == b"" or answer[9:12] in (b"400", b"403", b"431")
    assert still_serves(server)


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\xff" + (1 << 62).to_bytes(8, "big") + bytes(4),  # a text of 4 exabytes
        b"\x81\xfe\x08\x00" + bytes(4) + bytes(2048),  # longer than any of ours
        b"\x81\x05hello",  # not masked
        b"\xf1\x80" + bytes(4),  # reserved bits
        b"\x8f\x80" + bytes(4),  # an unknown opcode
        b"\x89\xfe\x00\xff" + bytes(4) + bytes(255),  # a ping longer than allowed
        b"\x81\x82" + bytes(4) + b"\xff\xfe",  # not UTF-8
        b"\x82\x82" + bytes(4) + b"{}",  # binary
        b"\x00\x82" + bytes(4) + b"{}",  # the continuation of nothing
    ],
)
def test_a_malformed_frame_ends_its_own_connection_only(server: WebServer, frame: bytes) -> None:
    answer = raw(server, UPGRADE.format(host=server.address).encode() + frame)
    assert answer.startswith(b"HTTP/1.1 101")
    assert still_serves(server) and not server.link.poll()


def test_a_thousand_open_connections_are_bounded_and_let_others_in_again(server: WebServer) -> None:
    """None of them is from another computer here, so the limit for all is the one that holds."""
    place = (server.address.host, server.address.port)
    with ExitStack() as opened:
        many = [opened.enter_context(socket.create_connection(place, PATIENCE_S)) for _ in range(1000)]
        closed = 0
        for one in many[guard.MOST_CONNECTIONS :]:
            try:
                closed += one.recv(1) == b""
            except ConnectionError:
                closed += 1
        assert closed == 1000 - guard.MOST_CONNECTIONS
    eventually(lambda: raw(server, f"GET / HTTP/1.1\r\nHost: {server.address}\r\nConnection: close\r\n\r\n".encode()))


def test_one_address_has_a_small_share_of_the_connections() -> None:
    door = guard.Door(logging.getLogger("test"))
    assert [door.admit("10.0.0.5") for _ in range(40)] == [True] * 32 + [False] * 8
    assert door.admit("10.0.0.6") and door.admit("127.0.0.1")
    door.leave("10.0.0.5")
    assert door.admit("10.0.0.5")


def test_a_connection_that_asks_nothing_is_closed(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "FIRST_REQUEST_S", 0.01)
    assert raw(server, f"GET / HTTP/1.1\r\nHost: {server.address}\r\nX-Slow: ".encode()) == b""


def test_a_viewer_that_reads_nothing_holds_one_picture_and_no_more(server: WebServer) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (720, 640, 3), np.uint8)  # half a megabyte as JPEG
    request = f"GET /stream.mjpg?view=anaglyph HTTP/1.1\r\nHost: {server.address}\r\n\r\n"

    async def ask(client: aiohttp.ClientSession) -> None:
        with socket.create_connection((server.address.host, server.address.port), PATIENCE_S) as stalled:
            stalled.sendall(request.encode())
            await until(lambda: "anaglyph" in server.link.wanted)
            async with client.ws_connect("/live") as good:
                await good.receive_json()
                for i in range(60):
                    await good.send_json({"ready": "left", "width": 320})
                    await until(lambda: "left" in server.link.wanted)
                    if i >= 40:  # what the system itself holds back is full by then
                        assert "anaglyph" not in server.link.wanted
                    server.link.show(views(i) | {"anaglyph": noise})
                    assert await good.receive_bytes()

    asking(server, ask)


def test_one_line_of_a_kind_a_minute_is_logged(
    server: WebServer, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def lines() -> int:
        return sum("under a name" in record.getMessage() for record in caplog.records)

    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            status_of(server, "/", Host="evil.example")
        assert lines() == 1
        status_of(server, "/", Origin="http://evil.example")
        assert any("another site" in record.getMessage() for record in caplog.records)
        clock.advance(60 * NS)
        for _ in range(20):
            status_of(server, "/", Host="evil.example")
        assert lines() == 2


def test_every_answer_says_what_a_browser_may_load(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> list[str]:
        pages = [await client.get(path) for path in ("/", "/operator", "/nothing", "/assets/page.css")]
        return [answer.headers["Content-Security-Policy"] for answer in pages]

    for policy in asking(server, ask):
        assert policy.startswith("default-src 'none'; script-src 'self';") and "unsafe" not in policy
