"""Pictures to take home: for who has the name, for half an hour, and no more than there is room for."""

from __future__ import annotations

import aiohttp
import cv2
import numpy as np
import pytest
from pages import asking, decoded, until, views

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.web import kept
from allaprima.app.web.kept import Kept
from allaprima.app.web.link import VIEWS, Link
from allaprima.app.web.qr import qr_lines, qr_pixels
from allaprima.app.web.server import WebServer


def test_a_kept_picture_is_there_for_half_an_hour(server: WebServer, clock: FakeClock) -> None:
    name = server.link.keep(views(140))

    async def ask(client: aiohttp.ClientSession) -> None:
        await until(server.link.kept.empty)
        for view in VIEWS:
            answer = await client.get(f"/p/{name}/{view}.jpg")
            assert answer.content_type == "image/jpeg"
            assert decoded(await answer.read()).mean() == pytest.approx(140, abs=2)
        assert (await client.get(f"/p/{name}?lang=de")).status == 200
        clock.advance(30 * 60 * NS - 1)
        assert (await client.get(f"/p/{name}/left.jpg")).status == 200
        clock.advance(1)
        for path in (f"/p/{name}", f"/p/{name}/left.jpg", f"/p/{name}/code.svg"):
            assert (await client.get(path)).status == 404

    asking(server, ask)


@pytest.mark.parametrize(
    "path", ["/p/", "/p/AAAAAAAAAAAAAAAAAAAAAA", "/p/AAAAAAAAAAAAAAAAAAAAAA/left.jpg", "/p/..%2f..", "/p/{name}/x.jpg"]
)
def test_a_guessed_name_finds_nothing(server: WebServer, path: str) -> None:
    name = server.link.keep(views(1))

    async def ask(client: aiohttp.ClientSession) -> int:
        await until(server.link.kept.empty)
        return (await client.get(path.format(name=name))).status

    assert asking(server, ask) == 404


def test_the_oldest_go_first_when_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 250)
    store = Kept(FakeClock())
    for name in ("a", "b", "c"):
        store.put(name, {"left": bytes(100)})
    assert [store.get(name) is not None for name in ("a", "b", "c")] == [False, True, True]


def test_names_cannot_be_guessed_and_too_many_at_once_are_refused() -> None:
    link = Link()
    names = [link.keep(views(1)) for _ in range(5)]
    assert names[2:] == [None] * 3
    assert names[0] != names[1] and all(name and len(name) == 22 for name in names[:2])


@pytest.mark.parametrize(
    "text", ["http://192.168.1.7:8477/p/AAAAAAAAAAAAAAAAAAAAAA", "http://10.0.0.1:8477/operator#abc_-"]
)
def test_a_code_is_read_back_by_another_library(text: str) -> None:
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(qr_pixels(text))
    assert read == text


def from_blocks(lines: str) -> np.ndarray:
    """The picture that a dark terminal shows: two modules above one another in a character."""
    halves = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    shown = np.array([[halves[c] for c in line] for line in lines.split("\n")], np.uint8)
    return np.kron(shown.transpose(0, 2, 1).reshape(-1, shown.shape[1]), np.full((8, 8), 1, np.uint8))


def test_a_code_in_the_terminal_is_read_back() -> None:
    text = "http://192.168.1.7:8477/operator#AAAAAAAAAAAAAAAAAAAAAA"
    assert cv2.QRCodeDetector().detectAndDecode(from_blocks(qr_lines(text)))[0] == text
    assert qr_lines(text, colours=True).count("\x1b[97;40m") == qr_lines(text).count("\n") + 1
