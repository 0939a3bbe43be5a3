"""What keeps the pages from harming the session: who may connect, what is answered, and how often that is logged."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from allaprima.app.core.clock import NS, Clock
from allaprima.app.web.address import Address, is_loopback

MOST_CONNECTIONS = 256
MOST_OF_ONE_ADDRESS = 32
FIRST_REQUEST_S = 10.0
"""Seconds that a connection has for its first whole request."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "allaprima",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Seldom(logging.Filter):
    """Lets a record through if none of its kind, which is its unformatted text, came in the last minute."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock.now_ns()
        last = self._last.get(record.msg)
        if last is not None and now - last < 60 * NS:
            return False
        self._last[record.msg] = now
        return True


class Door:
    """Counts the open connections, of all and of each address. This computer's own have no limit of their own."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._open: Counter[str] = Counter()

    def admit(self, peer: str) -> bool:
        """Whether `peer` may open one more connection; counts it if so."""
        alone = not is_loopback(peer) and self._open[peer] >= MOST_OF_ONE_ADDRESS
        if alone or self._open.total() >= MOST_CONNECTIONS:
            self._log.warning("web pages: refused a connection, because too many are open")
            return False
        self._open[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        self._open[peer] -= 1
        self._open += Counter()  # forgets those at zero


class Guest(web.RequestHandler):
    """One connection, which must be admitted at the door and ask for something in time."""

    def __init__(self, door: Door, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.asked = False
        self._door, self._peer, self._inside = door, "", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._peer = str((transport.get_extra_info("peername") or ("",))[0])
        self._inside = self._door.admit(self._peer)
        if not self._inside:
            transport.abort()
            return
        asyncio.get_running_loop().call_later(FIRST_REQUEST_S, self._leave_if_silent, transport)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._inside:
            self._inside = False
            self._door.leave(self._peer)
            super().connection_lost(exc)

    def _leave_if_silent(self, transport: asyncio.Transport) -> None:
        if not self.asked:
            transport.abort()


def guard(address: Address, log: logging.Logger) -> Any:
    """The middleware that every request passes: it refuses a Host that is not ours, and an Origin that is not Host."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if isinstance(request.protocol, Guest):
            request.protocol.asked = True
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not address.names(hosts[0]):
            log.warning("web pages: refused a request under a name that is not this computer's")
            raise web.HTTPForbidden(text="not under this name")
        origins = request.headers.getall("Origin", [])
        if origins and origins != [f"http://{hosts[0]}"]:
            log.warning("web pages: refused a request from a page of another site")
            raise web.HTTPForbidden(text="not from that site")
        return await handler(request)

    return guarded


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Called before the head of every response is sent."""
    response.headers.update(HEADERS)
