"""What is answered under each address. Nothing of a request is ever a path: what can be asked for is in tables."""

import asyncio
import logging
from importlib.resources import files

from aiohttp import web

from allaprima.app.core.commands import BY_NAME, COMMANDS, Group
from allaprima.app.core.reading import parse_toml
from allaprima.app.packs.pack import Style, StylePack
from allaprima.app.report.html import render
from allaprima.app.web import sockets
from allaprima.app.web.hub import WIDTHS, Hub, width_for
from allaprima.app.web.link import VIEWS, Link, View
from allaprima.app.web.qr import qr_svg

_PACKAGE = "allaprima.app.web"
_KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_LANGUAGES = ("en", "de")
_OFTEN = ("freeze", "plain", "recentre", "take-home", "screenshot", "record")
"""The commands beside the picture of the operator's page; the others stand below, by their groups."""
_GROUPS: tuple[Group, ...] = ("Painting", "Styles", "Trims", "Window", "Session")
_PATIENCE_S = 5.0  # for the next picture, for programs that take one


class Pages:
    """The pages, their pictures and their sockets."""

    def __init__(self, hub: Hub, link: Link, pack: StylePack, token: str, url: str, log: logging.Logger) -> None:
        """`url` is the visitors' page, as others reach it."""
        self._url = url
        self._hub, self._link, self._token, self._log = hub, link, token, log
        self._styles = pack.styles
        self._previews = {style.name: data for style in pack.styles if (data := _preview(style))}
        folder = files(_PACKAGE) / "assets"
        self._assets = {
            one.name: (one.read_bytes(), kind)
            for one in folder.iterdir()
            if (kind := _KINDS.get(one.name.rpartition(".")[2]))
        }
        self._texts = parse_toml((files(_PACKAGE) / "texts.toml").read_text(encoding="utf-8"))

    def add_to(self, app: web.Application) -> None:
        router = app.router
        router.add_get("/", self.visitor)
        router.add_get("/operator", self.operator)
        router.add_get("/assets/{name}", self.asset)
        router.add_get("/preview/{name}", self.preview)
        router.add_get("/snapshot.jpg", self.snapshot)
        router.add_get("/stream.mjpg", self.stream, allow_head=False)
        router.add_get("/p/{name}", self.home)
        router.add_get("/p/{name}/{file}", self.home_file)
        router.add_get("/live", self.live, allow_head=False)
        router.add_get("/desk", self.desk, allow_head=False)

    async def visitor(self, request: web.Request) -> web.Response:
        code = _language(request)
        return self._page("visitor.html", code=code, text=self._texts[code], styles=self._styles, views=VIEWS)

    async def home(self, request: web.Request) -> web.Response:
        """The page of a kept picture."""
        code, name = _language(request), request.match_info["name"]
        if self._hub.kept.get(name) is None:
            raise web.HTTPNotFound(text=self._texts[code]["gone"])
        return self._page("home.html", code=code, text=self._texts[code], name=name, views=VIEWS)

    async def home_file(self, request: web.Request) -> web.Response:
        name, file = request.match_info["name"], request.match_info["file"]
        if (jpegs := self._hub.kept.get(name)) is None:
            raise web.HTTPNotFound
        if file == "code.svg":
            return web.Response(body=qr_svg(f"{self._url}p/{name}"), content_type="image/svg+xml")
        view = next((view for view in VIEWS if file == f"{view}.jpg"), None)
        if view is None:
            raise web.HTTPNotFound
        return web.Response(body=jpegs[view], content_type="image/jpeg")

    async def operator(self, request: web.Request) -> web.Response:
        often = [BY_NAME[name] for name in _OFTEN]
        sliders = [command for command in COMMANDS if command.range]
        others = [command for command in COMMANDS if command not in (*often, *sliders, BY_NAME["style"])]
        groups = {group: [command for command in others if command.group == group] for group in _GROUPS}
        return self._page("operator.html", styles=self._styles, often=often, groups=groups, sliders=sliders)

    async def asset(self, request: web.Request) -> web.Response:
        if not (found := self._assets.get(request.match_info["name"])):
            raise web.HTTPNotFound
        return web.Response(body=found[0], content_type=found[1])

    async def preview(self, request: web.Request) -> web.Response:
        if not (found := self._previews.get(request.match_info["name"])):
            raise web.HTTPNotFound
        return web.Response(body=found[0], content_type=found[1])

    async def snapshot(self, request: web.Request) -> web.Response:
        view, width = _asked(request)
        try:
            picture = await asyncio.wait_for(self._hub.picture(view, width), _PATIENCE_S)
        except TimeoutError:
            raise web.HTTPServiceUnavailable(text="no picture yet") from None
        return web.Response(body=picture.jpeg, content_type="image/jpeg")

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Motion JPEG: `write` waits until the viewer has taken enough, so a slow one gets fewer pictures."""
        view, width = _asked(request)
        response = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=picture"})
        await response.prepare(request)
        seq = 0
        while True:
            picture = await self._hub.picture(view, width, seq)
            seq = picture.seq
            head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture.jpeg)}\r\n\r\n"
            await response.write(head.encode() + picture.jpeg + b"\r\n")

    async def live(self, request: web.Request) -> web.StreamResponse:
        return await sockets.visit(request, self._hub, self._log)

    async def desk(self, request: web.Request) -> web.StreamResponse:
        return await sockets.operate(request, self._hub, self._log, self._link, self._token)

    def _page(self, template: str, **values: object) -> web.Response:
        page = render(template, _PACKAGE, previews=self._previews.keys(), **values)
        return web.Response(text=page, content_type="text/html", charset="utf-8")


def _asked(request: web.Request) -> tuple[View, int]:
    """The view and the width of a picture's address, such as ?view=anaglyph&width=640."""
    name, width = request.query.get("view", "left"), request.query.get("width", "")
    view = next((view for view in VIEWS if view == name), None)
    if view is None:
        raise web.HTTPBadRequest(text=f"view is one of {', '.join(VIEWS)}")
    if width and not (width.isascii() and width.isdigit() and len(width) < 6):
        raise web.HTTPBadRequest(text="width is a number of pixels")
    return view, width_for(int(width)) if width else WIDTHS[-1]


def _language(request: web.Request) -> str:
    """The language of a page: as its address says, else as the browser prefers."""
    code = request.query.get("lang")
    return code if code in _LANGUAGES else _preferred(request.headers.get("Accept-Language", ""))


def _preferred(header: str) -> str:
    """The first of our languages in an Accept-Language header."""
    codes = [part.partition(";")[0].strip().lower().partition("-")[0] for part in header.split(",")]
    return next((code for code in codes if code in _LANGUAGES), _LANGUAGES[0])


def _preview(style: Style) -> tuple[bytes, str] | None:
    """A style's preview and its type, if it is what its first bytes say."""
    if style.preview is None:
        return None
    data = style.preview.read_bytes()
    kind = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png"}.get(data[:3])
    return (data, kind) if kind else None
