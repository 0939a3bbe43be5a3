"""Pictures: the newest, once for all, at the pace of whoever looks, and none while nobody does."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from pages import asking, decoded, until, views

from allaprima.app.core.clock import FakeClock
from allaprima.app.web.hub import Hub, width_for
from allaprima.app.web.link import Link, State
from allaprima.app.web.server import WebServer


async def ready(socket: aiohttp.ClientWebSocketResponse, view: str = "left", width: int = 640) -> None:
    await socket.send_json({"ready": view, "width": width})


def test_nothing_is_wanted_while_nobody_looks(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> None:
        assert not server.link.wanted
        async with client.ws_connect("/live") as socket:
            await socket.receive_json()
            assert not server.link.wanted, "the page is not ready yet"
            await ready(socket, "anaglyph")
            await until(lambda: server.link.wanted == {"anaglyph"})
            server.link.show(views(200))
            assert decoded(await socket.receive_bytes()).mean() == pytest.approx(200, abs=2)
            await until(lambda: not server.link.wanted)

    asking(server, ask)


def test_a_page_that_left_wants_nothing_any_more(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> None:
        async with client.ws_connect("/live") as socket:
            await ready(socket)
            await until(lambda: server.link.wanted)
        await until(lambda: not server.link.wanted)
        request = asyncio.create_task(client.get("/snapshot.jpg?view=side-by-side"))
        await until(lambda: server.link.wanted == {"side-by-side"})
        request.cancel()
        await until(lambda: not server.link.wanted)

    asking(server, ask)


def test_a_slow_page_gets_the_newest_picture_and_none_of_those_between(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> list[float]:
        seen = []
        async with client.ws_connect("/live") as socket:
            await socket.receive_json()
            for last in (30, 130, 230):
                for brightness in range(last - 30, last + 1, 10):
                    server.link.show(views(brightness))
                await ready(socket)
                seen.append(decoded(await socket.receive_bytes()).mean())
        return seen

    assert asking(server, ask) == pytest.approx([30, 130, 230], abs=2)


def test_a_page_that_is_ready_twice_gets_no_picture_twice(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> None:
        async with client.ws_connect("/live") as socket:
            await socket.receive_json()
            await ready(socket)
            await until(lambda: server.link.wanted)
            server.link.show(views(10))
            await socket.receive_bytes()
            await ready(socket)
            await until(lambda: server.link.wanted)
            server.link.show(views(90))
            assert decoded(await socket.receive_bytes()).mean() == pytest.approx(90, abs=2)

    asking(server, ask)


def test_a_snapshot_has_the_asked_view_and_width(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> tuple[int, ...]:
        request = asyncio.create_task(client.get("/snapshot.jpg?view=side-by-side&width=320"))
        await until(lambda: server.link.wanted)
        server.link.show(views(50))
        answer = await request
        assert answer.content_type == "image/jpeg"
        return decoded(await answer.read()).shape

    assert asking(server, ask) == (90, 160, 3)


@pytest.mark.parametrize("query", ["view=nothing", "view=../left", "view=", "width=nan", "width=-1"])
def test_a_view_that_there_is_not_is_refused(server: WebServer, query: str) -> None:
    async def ask(client: aiohttp.ClientSession) -> int:
        return (await client.get(f"/snapshot.jpg?{query}")).status

    assert asking(server, ask) == 400


def test_the_stream_goes_on_with_every_new_picture(server: WebServer) -> None:
    async def ask(client: aiohttp.ClientSession) -> list[float]:
        seen = []
        async with client.get("/stream.mjpg") as answer:
            reader = aiohttp.MultipartReader.from_response(answer)
            for brightness in (20, 120, 220):
                await until(lambda: server.link.wanted)
                server.link.show(views(brightness))
                part = await reader.next()
                seen.append(decoded(await part.read()).mean())  # type: ignore[union-attr]
        return seen

    assert asking(server, ask) == pytest.approx([20, 120, 220], abs=2)


def test_a_session_goes_on_when_the_pages_have_ended(server: WebServer) -> None:
    told = server.link.told
    server.close()
    server.link.told = told  # as it is where the pages' thread ended by a fault
    server.link.show(views(1))
    server.link.tell(State())
    assert not server.link.wanted


def test_a_picture_is_encoded_once_for_all_who_see_it_alike() -> None:
    async def run() -> tuple[int, int]:
        link = Link()
        hub = Hub(link, FakeClock())
        asked = [hub.picture("left", 320) for _ in range(20)] + [hub.picture("left", 640) for _ in range(20)]
        waiting = [asyncio.ensure_future(one) for one in asked]
        await asyncio.sleep(0)
        link.show(views(1))
        hub.refresh()
        pictures = await asyncio.gather(*waiting)
        return hub.encoded, len({id(picture) for picture in pictures})

    assert asyncio.run(run()) == (2, 2)


def test_a_picture_from_before_a_pause_is_not_shown_as_the_present_one() -> None:
    async def run() -> None:
        link, clock = Link(), FakeClock()
        hub = Hub(link, clock)
        link.show(views(1))
        hub.refresh()
        clock.advance(10**9)
        waiting = asyncio.ensure_future(hub.picture("left", 320))
        await asyncio.sleep(0)
        link.tell(State())
        hub.refresh()
        await asyncio.sleep(0)
        assert not waiting.done() and link.wanted == {"left"}
        link.show(views(99))
        hub.refresh()
        assert decoded((await waiting).jpeg).mean() == pytest.approx(99, abs=2)

    asyncio.run(run())


@pytest.mark.parametrize(("asked", "given"), [(0, 320), (320, 320), (321, 480), (10**6, 1280), (-5, 320)])
def test_widths_are_few(asked: int, given: int) -> None:
    assert width_for(asked) == given
