"""Visitor's and operator's page in a real browser, with a session behind them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from browser import CHROMIUM, Tab, browser
from pages import decoded, until
from patience import PATIENCE_S
from stage import BuildStage, Stage, stage  # noqa: F401
from stand_ins import ScriptedSource, ScriptedStylizer

from allaprima.app.core.clock import SystemClock
from allaprima.app.core.frame import StyledFrame
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.web.address import Address
from allaprima.app.web.server import WebServer

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="NOT CHECKED in a browser: no chromium (apt install chromium)")

PIXEL = (
    "(() => { const canvas = document.querySelector('#picture canvas'); "
    "const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true }); "
    "pixel.drawImage(canvas, -canvas.width / 2, -canvas.height / 2); "
    "return pixel.getImageData(0, 0, 1, 1).data.join() })()"
)


class Show:
    """A session that goes on until it is told to end, and what it painted."""

    def __init__(self, s: Stage, server: WebServer, pack: StylePack) -> None:
        self.stage, self.server, self.pack = s, server, pack
        self.labels: list[str] = []
        s.pipeline.on_painted = self._painted

    def _painted(self, styled: StyledFrame) -> None:
        self.labels.append(styled.style)

    def during(self, visit) -> None:
        """Runs the session while `visit` lasts, which is a coroutine, in a thread of its own."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(asyncio.wait_for(visit, 2 * PATIENCE_S))
            except BaseException as error:
                failed.append(error)
            finally:
                self.stage.session.quit = True

        thread = threading.Thread(target=run)
        thread.start()
        try:
            self.stage.session.run()
        finally:
            thread.join()
        if failed:
            raise failed[0]


@pytest.fixture
def show(stage: BuildStage, tiny_pack: Path) -> Iterator[Show]:  # noqa: F811
    pack = load_pack(tiny_pack)
    server = WebServer(Address("127.0.0.1", 0), pack, SystemClock())
    try:
        s = stage(
            ScriptedSource(10**6), ScriptedStylizer(), clock=SystemClock(), link=server.link, homes=f"{server.url}p/"
        )
        yield Show(s, server, pack)
    finally:
        server.close()


async def different_pictures(tab: Tab, count: int) -> None:
    seen: set[str] = set()
    async with asyncio.timeout(PATIENCE_S):
        while len(seen) < count:
            seen.add(await tab.evaluate(PIXEL))


def assert_well_behaved(tab: Tab, server: WebServer) -> None:
    assert tab.complaints == []
    assert tab.requests
    assert [url for url in tab.requests if not url.startswith(server.url)] == []


def test_visitors_see_moving_pictures_and_the_style_that_the_desk_chooses(show: Show, tmp_path: Path) -> None:
    second = show.pack.styles[1]

    async def visit() -> None:
        async with browser(tmp_path / "profile", tabs=3) as (visitor, desk, other):
            await visitor.open(show.server.url, 390, 844)
            await different_pictures(visitor, 4)
            for tab in (desk, other):
                await tab.open(show.server.operator_url, 1280, 900)
                await tab.until("document.querySelector('header .status').textContent.startsWith('connected')")
            assert await desk.evaluate("location.hash") == "", "the token is not left where all can read it"
            await different_pictures(desk, 3)

            await desk.evaluate(f"document.querySelector('[data-style={second.name}]').click()")
            await until(lambda: show.labels[-1:] == [second.label])
            pressed = f"document.querySelector('[data-style={second.name}]').ariaPressed === 'true'"
            await desk.until(pressed)
            await other.until(pressed)
            await visitor.until(f"!document.querySelector('article[data-style={second.name}]').hidden")
            label = await visitor.evaluate("document.querySelector('#label').innerText")
            assert second.title in label and show.pack.styles[0].title not in label

            await desk.evaluate(
                "(() => { const slider = document.querySelector('[data-set=set-strength]'); slider.value = 0.4; "
                "slider.dispatchEvent(new Event('input', { bubbles: true })) })()"
            )
            await until(lambda: show.stage.controls.palette.strength == 0.4)
            await other.until("document.querySelector('[data-set=set-strength]').value === '0.4'")
            for tab in (visitor, desk, other):
                assert_well_behaved(tab, show.server)

    show.during(visit())


@pytest.mark.parametrize("view", ["side-by-side", "anaglyph"])
def test_a_visitor_chooses_the_view_by_keyboard(show: Show, tmp_path: Path, view: str) -> None:
    async def visit() -> None:
        async with browser(tmp_path / "profile") as (tab,):
            await tab.open(f"{show.server.url}?lang=de", 1280, 900)
            assert await tab.evaluate("document.documentElement.lang") == "de"
            await tab.evaluate("document.querySelector('input[name=view]').focus()")
            for _ in range(["left", "side-by-side", "anaglyph"].index(view)):
                for kind in ("keyDown", "keyUp"):
                    await tab.send("Input.dispatchKeyEvent", type=kind, key="ArrowRight", windowsVirtualKeyCode=39)
            await tab.until(f"document.querySelector('input:checked').value === '{view}'")
            width = 160 if view == "side-by-side" else 80
            await tab.until(f"document.querySelector('#picture canvas').width === {width}")
            await different_pictures(tab, 3)
            assert_well_behaved(tab, show.server)

    show.during(visit())


def test_a_wrong_token_is_said_and_asked_for_again(show: Show, tmp_path: Path) -> None:
    async def visit() -> None:
        async with browser(tmp_path / "profile") as (tab,):
            await tab.open(f"{show.server.url}operator#wrong", 390, 844)
            await tab.until("document.querySelector('header .status').textContent.includes('not the token')")
            assert await tab.evaluate("document.querySelector('main').hidden")
            await tab.evaluate(f"document.querySelector('#enter input').value = '{show.server.token}'")
            await tab.evaluate("document.querySelector('#enter button').click()")
            await tab.until("document.querySelector('header .status').textContent.startsWith('connected')")
            assert_well_behaved(tab, show.server)

    show.during(visit())


def test_a_code_on_the_desk_leads_to_the_picture_that_was_kept(show: Show, tmp_path: Path) -> None:
    async def visit() -> None:
        async with browser(tmp_path / "profile", tabs=2) as (desk, phone):
            await desk.open(show.server.operator_url, 1280, 900)
            await desk.until("document.querySelector('header .status').textContent.startsWith('connected')")
            await desk.evaluate("document.querySelector('[data-do=take-home]').click()")
            await desk.until("document.querySelector('#kept img').complete && !document.querySelector('#kept').hidden")
            shot = decoded(await desk.screenshot())
            url, _, _ = cv2.QRCodeDetector().detectAndDecode(shot)
            assert url.startswith(f"{show.server.url}p/")

            await phone.open(url, 390, 844)
            await phone.until("[...document.images].every((image) => image.complete)")
            sizes = await phone.evaluate(
                "[...document.images].map((image) => [image.naturalWidth, image.naturalHeight])"
            )
            assert sizes == [[80, 90], [160, 90], [80, 90]]
            assert "half an hour" in await phone.evaluate("document.body.innerText")
            for tab in (desk, phone):
                assert_well_behaved(tab, show.server)

    show.during(visit())


def test_a_console_error_and_a_request_elsewhere_would_be_seen(show: Show, tmp_path: Path) -> None:
    async def visit() -> None:
        async with browser(tmp_path / "profile") as (tab,):
            await tab.open(show.server.url, 390, 844)
            await tab.evaluate("new Image().src = 'http://elsewhere.example/x.png'; 0")
            await until(lambda: any("Content Security Policy" in complaint for complaint in tab.complaints))

    show.during(visit())
