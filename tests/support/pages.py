"""Web pages under test: pictures for them, and a client that asks as a browser would."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import aiohttp
import cv2
import numpy as np
from patience import PATIENCE_S

from allaprima.app.core.frame import Pixels
from allaprima.app.web.link import VIEWS, View
from allaprima.app.web.server import WebServer

T = TypeVar("T")


def views(brightness: int) -> dict[View, Pixels]:
    return {view: np.full((90, 160 if view == "side-by-side" else 80, 3), brightness, np.uint8) for view in VIEWS}


def decoded(jpeg: bytes) -> Pixels:
    """(H, W, 3) BGR."""
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)  # type: ignore[return-value]


def asking(server: WebServer, ask: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
    """What `ask` returns, given a client whose base address is the server's."""

    async def run() -> T:
        async with aiohttp.ClientSession(f"http://{server.address}") as client:
            return await asyncio.wait_for(ask(client), PATIENCE_S)

    return asyncio.run(run())


async def until(condition: Callable[[], object]) -> None:
    """Waits until `condition` is true, which is for the server's thread to see to."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.002)


def raw(server: WebServer, data: bytes) -> bytes:
    """Everything that the server answers to these bytes before it closes the connection."""
    with socket.create_connection((server.address.host, server.address.port), PATIENCE_S) as connection:
        answer = b""
        with suppress(ConnectionError):  # it was closed before all was sent
            connection.sendall(data)
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
        return answer
