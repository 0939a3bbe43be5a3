"""The operator's page: who gets in, what it can do, and that two of them see the same."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import WSMsgType
from pages import asking, until

from allaprima.app.core.commands import Call
from allaprima.app.web.link import State
from allaprima.app.web.server import WebServer
from allaprima.app.web.sockets import WRONG_TOKEN

STATE = State(
    style=(("great-wave", 1.0),), values={"set-strength": 0.7}, on=("freeze",), said="frozen", pairs_per_s=19.5
)


def origin(server: WebServer) -> dict[str, str]:
    return {"Origin": f"http://{server.address}"}


@pytest.mark.parametrize("message", ['{"token": "wrong"}', '{"token": 7}', '{"do": "quit"}', "[", '{"token": "ü"}', ""])
def test_without_the_token_there_is_neither_state_nor_command(server: WebServer, message: str) -> None:
    async def ask(client: aiohttp.ClientSession) -> None:
        async with client.ws_connect("/desk", headers=origin(server)) as socket:
            await socket.send_str(message)
            await socket.send_str('{"do": "quit"}')
            answer = await socket.receive()
            assert answer.type is WSMsgType.CLOSE and answer.data == WRONG_TOKEN

    asking(server, ask)
    assert server.link.poll() == []


def test_a_command_reaches_the_session_and_its_answer_every_operator(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> None:
        async with (
            client.ws_connect("/desk", headers=origin(server)) as one,
            client.ws_connect("/desk", headers=origin(server)) as other,
        ):
            for socket in (one, other):
                await socket.send_json({"token": server.token})
                await socket.receive_json()
            await one.send_json({"do": "style", "argument": 2})
            await one.send_json({"do": "set-strength", "argument": 0.35})
            await one.send_json({"do": "freeze"})
            calls: list[Call] = []

            def three() -> bool:
                calls.extend(server.link.poll())
                return len(calls) >= 3

            await until(three)
            assert calls == [Call("style", 2), Call("set-strength", 0.35), Call("freeze")]
            server.link.tell(STATE)
            for socket in (one, other):
                state = await socket.receive_json()
                assert state["style"] == [["great-wave", 1.0]] and state["values"] == {"set-strength": 0.7}
                assert (state["on"], state["said"], state["pairs_per_s"]) == (["freeze"], "frozen", 19.5)

    asking(server, ask)


def test_a_visitor_sees_the_style_and_nothing_of_the_operators(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> None:
        async with client.ws_connect("/live") as socket:
            await socket.receive_json()
            server.link.tell(STATE)
            assert await socket.receive_json() == {"style": [["great-wave", 1.0]], "plain": False, "worn": True}

    asking(server, ask)


@pytest.mark.parametrize("message", ['{"do": "freeze"}', '{"do": "style", "argument": 1}'])
def test_a_visitor_cannot_command(server: WebServer, message: str) -> None:
    async def ask(client: aiohttp.ClientSession) -> None:
        async with client.ws_connect("/live") as socket:
            await socket.receive_json()
            await socket.send_str(message)
            assert (await socket.receive()).data == 1008

    asking(server, ask)
    assert server.link.poll() == []


@pytest.mark.parametrize(
    "message",
    [
        '{"do": "format-disk"}', '{"do": "style", "argument": "1"}', '{"do": "style", "argument": true}',
        '{"do": "set-strength", "argument": NaN}', '{"do": "set-strength", "argument": 1e400}', '{"do": ["quit"]}',
        '{"do": "style", "argument": ' + "9" * 900 + "}", "{}", "[]", "7", "null", '{"ready": "left"}',
        '{"ready": "left", "width": "wide"}', '{"ready": "inside", "width": 1}', "[" * 1000, "\x00",
    ],
)  # fmt: skip
def test_what_no_page_sends_closes_the_connection_and_does_nothing(server: WebServer, message: str) -> None:
    async def ask(client: aiohttp.ClientSession) -> None:
        async with client.ws_connect("/desk", headers=origin(server)) as socket:
            await socket.send_json({"token": server.token})
            await socket.receive_json()
            await socket.send_str(message)
            assert (await socket.receive()).data == 1008

    asking(server, ask)
    assert server.link.poll() == []
