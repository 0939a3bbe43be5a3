"""The WebSockets of the pages: pictures when the page is ready for one, state when it changes, the operator's commands.

Page to server, as JSON: {"ready": VIEW, "width": PIXELS} asks for one newer picture; the operator's page first sends
{"token": TOKEN}, and then also {"do": COMMAND, "argument": NUMBER}. Server to page: pictures as JPEG, the rest as JSON.
"""

import asyncio
import hmac
import json
import logging
from dataclasses import asdict
from typing import Any

from aiohttp import WSMsgType, web

from allaprima.app.core.commands import BY_NAME, Call
from allaprima.app.core.console import json_text
from allaprima.app.web.hub import WIDTHS, Hub, width_for
from allaprima.app.web.link import VIEWS, Link, State, View

MOST_BYTES = 1024
"""Of one message from a page."""
TOKEN_S = 5.0
"""Seconds that an operator's page has to send its token."""
WRONG_TOKEN = 4401
"""The code with which a socket is closed whose token is wrong or late."""
_HEARTBEAT_S = 20.0
_LARGEST = 1e6  # of an argument


class Malformed(Exception):
    """A page has sent what ours never send."""


async def visit(request: web.Request, hub: Hub, log: logging.Logger) -> web.WebSocketResponse:
    """Serve a visitor's page until it leaves."""
    socket = await _opened(request)
    await _Visit(socket, hub, log).serve()
    return socket


async def operate(request: web.Request, hub: Hub, log: logging.Logger, link: Link, token: str) -> web.WebSocketResponse:
    """Serve an operator's page, once it has sent `token`."""
    if "Origin" not in request.headers:  # every browser sends it
        raise web.HTTPForbidden(text="only for a page")
    socket = await _opened(request)
    try:
        given = _parsed(await socket.receive_str(timeout=TOKEN_S)).get("token")
    except (TimeoutError, TypeError, Malformed):
        given = None
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), token.encode()):
        log.warning("web pages: refused an operator's page without the right token")
        await socket.close(code=WRONG_TOKEN, message=b"token")
        return socket
    await _Visit(socket, hub, log, link).serve()
    return socket


class _Visit:
    """One open socket; an operator's has a `link`."""

    def __init__(self, socket: web.WebSocketResponse, hub: Hub, log: logging.Logger, link: Link | None = None) -> None:
        self._socket, self._hub, self._log, self._link = socket, hub, log, link
        self._asked: tuple[View, int] = ("left", WIDTHS[0])
        self._ready = asyncio.Event()

    async def serve(self) -> None:
        sending = [asyncio.create_task(self._send_pictures()), asyncio.create_task(self._send_states())]
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    raise Malformed
                self._obey(_parsed(message.data))
        except Malformed:
            self._log.warning("web pages: closed a connection that sent what no page sends")
            await self._socket.close(code=1008)
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    def _obey(self, message: dict[str, Any]) -> None:
        match message:
            case {"ready": str(view), "width": int() | float() as width} if view in VIEWS:
                self._asked = view, width_for(width)
                self._ready.set()
            case {"do": str(name)} if self._link and name in BY_NAME:
                self._link.order(Call(name, _argument(message.get("argument"))))
            case _:
                raise Malformed

    async def _send_pictures(self) -> None:
        """One for each time the page was ready; a page that is slow is ready seldom."""
        seq = 0
        while True:
            await self._ready.wait()
            self._ready.clear()
            view, width = self._asked
            picture = await self._hub.picture(view, width, seq)
            seq = picture.seq
            await self._socket.send_bytes(picture.jpeg)

    async def _send_states(self) -> None:
        last = None
        while True:
            state = self._hub.state
            shown = asdict(state) if self._link else visitors_state(state)
            if shown != last:
                last = shown
                await self._socket.send_str(json_text(shown))
            else:
                await self._hub.changed()


def visitors_state(state: State) -> dict[str, object]:
    """The part of it that visitors may know."""
    return {"style": state.style, "plain": "plain" in state.on, "worn": state.worn}


async def _opened(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=MOST_BYTES, compress=False, timeout=2.0)
    await socket.prepare(request)
    return socket


def _parsed(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(message, dict):
        raise Malformed
    return message


def _argument(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:  # nor NaN
        raise Malformed
    return float(value)
