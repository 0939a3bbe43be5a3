"""The server of the web pages: a socket bound at once, and a thread with a loop of its own."""

import asyncio
import contextlib
import logging
import secrets
import threading
from typing import Any

from aiohttp import web

from allaprima.app.core.clock import Clock
from allaprima.app.core.errors import WebError
from allaprima.app.packs.pack import StylePack
from allaprima.app.web.address import Address, bind, reachable
from allaprima.app.web.guard import Door, Guest, Seldom, add_headers, guard
from allaprima.app.web.hub import Hub
from allaprima.app.web.link import Link
from allaprima.app.web.pages import Pages

_LIMITS: dict[str, Any] = {
    "keepalive_timeout": 15.0,
    "lingering_time": 0.0,  # a body that nobody asked for is not read
    "max_line_size": 4096,
    "max_field_size": 4096,
    "max_headers": 64,
}
_JOIN_S = 10.0


class WebServer:
    """Serves the pages of one session from construction to `close`. The session knows only its `link`."""

    def __init__(self, address: Address, pack: StylePack, clock: Clock) -> None:
        """Raises `WebError` if the address cannot be had."""
        self.link = Link()
        self.token = secrets.token_urlsafe(16)
        """The operator's page is useless without it."""
        self._socket = bind(address)
        self.address = Address(reachable(address.host), self._socket.getsockname()[1])
        self._log = logging.getLogger(f"{__name__}.requests")
        self._seldom = Seldom(clock)
        self._log.addFilter(self._seldom)
        self._pack, self._clock = pack, clock
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._error: BaseException | None = None
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web")
        self._thread.start()
        self._begun.wait()
        if self._error:
            self.close()
            raise WebError(f"--web {self.address}: {self._error}", "run without --web") from self._error

    @property
    def url(self) -> str:
        """The visitors' page."""
        return f"http://{self.address}/"

    @property
    def operator_url(self) -> str:
        """The operator's page. What follows # is not sent, so it is in no log between here and there."""
        return f"{self.url}operator#{self.token}"

    def close(self) -> None:
        """End all connections and the thread. Idempotent."""
        self.link.told = lambda: None
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # it has ended just now
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_JOIN_S)
        self._socket.close()
        self._log.removeFilter(self._seldom)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except Exception as error:
            self._error = error
            self._log.error("web pages: ended by a fault", exc_info=error)
        finally:
            self.link.wanted = frozenset()
            self._begun.set()

    async def _serve(self) -> None:
        loop = self._loop
        loop.set_exception_handler(self._report)
        hub = Hub(self.link, self._clock)
        app = web.Application(middlewares=[guard(self.address, self._log)])
        app.on_response_prepare.append(add_headers)
        Pages(hub, self.link, self._pack, self.token, self.url, self._log).add_to(app)
        options = _LIMITS | {"access_log": None, "logger": self._log}
        runner = web.AppRunner(app, handle_signals=False, handler_cancellation=True, shutdown_timeout=0.5, **options)
        await runner.setup()
        door, manager = Door(self._log), runner.server
        assert manager is not None
        serving = await loop.create_server(lambda: Guest(door, manager, loop=loop, **options), sock=self._socket)

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the pages have ended, which does not concern the session
                loop.call_soon_threadsafe(hub.refresh)

        self.link.told = tell
        self._begun.set()
        await self._stop.wait()
        serving.close()
        everybody = [connection.transport for connection in manager.connections if connection.transport]
        for transport in everybody:  # a page opens its socket again, should the session begin anew
            transport.abort()
        await runner.cleanup()

    def _report(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What asyncio would print: a line a minute of each kind instead."""
        error = context.get("exception")
        if not isinstance(error, ConnectionError):
            self._log.error("web pages: a connection ended by a fault", exc_info=error)
