"""What an audience sees: the eyes of the headset, laid out in a window or in a picture for a video."""

from typing import Literal, get_args

from allaprima.app.compositor.framebuffer import blacken, draw_into
from allaprima.app.compositor.gl import GL
from allaprima.app.compositor.hud import Panel, PanelPainter, Rectangle
from allaprima.app.compositor.program import Program
from allaprima.app.compositor.texture import Texture
from allaprima.app.core.frame import Pixels
from allaprima.app.mirror.keys import HELP_PAGES, help_lines

Layout = Literal["left", "right", "side-by-side", "anaglyph", "before-after"]
"""`before-after` is the left eye, half unpainted; `anaglyph` is for red-cyan glasses, red on the left eye."""

LAYOUTS: tuple[Layout, ...] = get_args(Layout)
"""In the order in which a key goes through them."""

_SINGLE, _ANAGLYPH, _SPLIT = 0, 1, 2  # modes of mirror.frag
_CODE_SHARE = 0.4  # of the shorter side of the window
_LINE_PX = 1.0  # half the width of the line between before and after


def next_layout(layout: Layout, step: int = 1) -> Layout:
    """The layout `step` places after `layout`, round and round."""
    return LAYOUTS[(LAYOUTS.index(layout) + step) % len(LAYOUTS)]


def mirror_size(layout: Layout, eye_size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) in pixels that shows `layout` of eyes of `eye_size` at full size and without bars."""
    width, height = eye_size
    return (2 * width if layout == "side-by-side" else width), height


def letterbox(content: tuple[int, int], size: tuple[int, int]) -> Rectangle:
    """The largest rectangle with the aspect of `content` in the middle of `size`, in whole pixels."""
    scale = min(size[0] / content[0], size[1] / content[1])
    width, height = round(content[0] * scale), round(content[1] * scale)
    return (size[0] - width) // 2, (size[1] - height) // 2, width, height


class Mirror:
    """Draws a layout and, over it, the help. Needs a current GL context; window and offscreen targets are alike.

    Textures are GL handles of framebuffers' colour, bottom row first, as `Headset.eye_texture` gives them.
    """

    def __init__(self) -> None:
        self._program = Program("rectangle.vert", "mirror.frag")
        self._painter = PanelPainter()
        self._help = Panel(title_px=26, opacity=0.92)
        self._code: Texture | None = None

    def draw(
        self,
        framebuffer: int,
        size: tuple[int, int],
        layout: Layout,
        eyes: tuple[int, int],
        eye_size: tuple[int, int],
        plain: int | None = None,
        aim: tuple[float, float] = (0.5, 0.5),
    ) -> Rectangle:
        """Draw `layout` of `eyes` (left, right) over the whole of `framebuffer` (0 is the window's), with black bars
        where the aspect differs. Returns the rectangle of the picture inside the bars.

        `aim` is where each eye sees what an anaglyph shows at the depth of the screen, in picture widths from its
        left: a headset's eyes see further outwards than inwards, so their middles are not one direction.
        `plain` is the unpainted left eye, for `before-after`: without it that layout shows the left eye.
        """
        draw_into(framebuffer, size)
        GL.glDisable(GL.GL_BLEND)
        blacken()
        if size[0] <= 0 or size[1] <= 0:  # a minimised window
            return 0, 0, 0, 0
        left, right = eyes
        x, y, width, height = area = letterbox(mirror_size(layout, eye_size), size)
        if layout == "side-by-side":
            self._draw(size, (x, y, width / 2, height), _SINGLE, left)
            self._draw(size, (x + width / 2, y, width / 2, height), _SINGLE, right)
        elif layout == "anaglyph":
            self._draw(size, area, _ANAGLYPH, left, right, aim)
        elif layout == "before-after" and plain is not None:
            self._draw(size, area, _SPLIT, left, plain)
        else:
            self._draw(size, area, _SINGLE, right if layout == "right" else left)
        return area

    def draw_help(self, framebuffer: int, size: tuple[int, int], page: int = 1) -> None:
        """Draw a page of the keys over what is in the middle of `framebuffer`, smaller where it does not fit."""
        self._help.show(f"Keys {page}/{len(HELP_PAGES)}", help_lines(page))
        width, height = self._help.size
        scale = min(1.0, 0.94 * size[0] / width, 0.94 * size[1] / height)
        width, height = round(width * scale), round(height * scale)
        place = ((size[0] - width) // 2, (size[1] - height) // 2, width, height)
        self._painter.draw_flat(self._help, framebuffer, size, place)

    def show_code(self, code: Pixels) -> None:
        """The QR code, (N, N, 3) RGB, that `draw_code` draws from now on."""
        if self._code:
            self._code.close()
        self._code = Texture(code.shape[1], code.shape[0])
        self._code.upload(code)

    def draw_code(self, framebuffer: int, size: tuple[int, int]) -> None:
        """Draw the QR code in the lower right corner of `framebuffer`, large enough for a phone two metres away."""
        if self._code is None:
            return
        draw_into(framebuffer, size)
        side = round(_CODE_SHARE * min(size))
        self._draw(size, (size[0] - side, 0, side, side), _SINGLE, self._code.handle, flip=True)

    def close(self) -> None:
        for thing in (self._program, self._painter, self._help, self._code):
            if thing:
                thing.close()

    def _draw(
        self,
        size: tuple[int, int],
        place: Rectangle,
        mode: int,
        first: int,
        second: int | None = None,
        aim: tuple[float, float] = (0.5, 0.5),
        flip: bool = False,
    ) -> None:
        x, y, width, height = place
        left, bottom = 2 * x / size[0] - 1, 2 * y / size[1] - 1
        for unit, texture in enumerate((first, first if second is None else second)):
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
            GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
        self._program.use()
        self._program.set_floats("rectangle", left, bottom, left + 2 * width / size[0], bottom + 2 * height / size[1])
        self._program.set_floats("flip", float(flip))
        self._program.set_int("first", 0)
        self._program.set_int("second", 1)
        self._program.set_int("mode", mode)
        self._program.set_floats("aim", *aim)
        self._program.set_floats("line", _LINE_PX / max(1.0, width))
        self._program.draw()
