"""The overlay for wearer and audience: a status panel, and a banner when the style changes."""

from collections.abc import Sequence

from allaprima.app.compositor.framebuffer import draw_into
from allaprima.app.compositor.gl import GL
from allaprima.app.compositor.lettering import letter_panel, load_font
from allaprima.app.compositor.program import Program
from allaprima.app.compositor.texture import Texture
from allaprima.app.core.clock import NS
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView

Rectangle = tuple[float, float, float, float]
"""(x, y, width, height) in pixels of a framebuffer, (0, 0) at its bottom left as in GL."""

DISTANCE_M = 1.2  # comfortable for the eyes, and nearer than most of the scene
_STATUS_Y_M, _BANNER_Y_M = -0.44, 0.26  # lower third; above the centre, outside the point of view
_STATUS_M_PER_PX, _BANNER_M_PER_PX = 0.0025, 0.0019
_SEEN = 0.9  # the part of the narrower half of an eye's field of view that a panel may fill
_DIMMED = 0.5
_FADE_IN_NS, _SHOWN_NS, _FADE_OUT_NS = NS // 8, 2 * NS, NS // 2


class Panel:
    """A panel of text in a texture, redrawn only when the text changes. `size` is (0, 0) without a text."""

    def __init__(self, title_px: int, opacity: float = 0.66) -> None:
        """`opacity` 0..1 is that of the panel behind the text."""
        load_font()
        self._title_px, self._opacity = title_px, opacity
        self._shown: tuple[str, ...] = ()
        self._texture: Texture | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self._texture.size if self._texture else (0, 0)

    def show(self, title: str, lines: Sequence[str] = ()) -> None:
        """Show this text; nothing at all if it is empty."""
        if self._shown == (title, *lines):
            return
        self._shown = (title, *lines)
        if not any(self._shown):
            self.close()
            return
        picture = letter_panel(title, lines, self._title_px, self._opacity)
        height, width = picture.shape[:2]
        if self.size != (width, height):
            self._free()
            self._texture = Texture(width, height, channels=4, mipmaps=True)
        assert self._texture
        self._texture.upload(picture)

    def bind(self) -> None:
        if self._texture:
            self._texture.bind()

    def close(self) -> None:
        """Free the texture and forget the text. Idempotent."""
        self._free()
        self._shown = ()

    def _free(self) -> None:
        if self._texture:
            self._texture.close()
            self._texture = None


class PanelPainter:
    """Blends panels over the drawn picture: in space for an eye, or flat on a window."""

    def __init__(self) -> None:
        self._in_space = Program("plane.vert", "panel.frag")
        self._flat = Program("rectangle.vert", "panel.frag")

    def draw_eye(
        self,
        panel: Panel,
        framebuffer: int,
        size: tuple[int, int],
        view: EyeView,
        panel_to_head: Pose,
        metres_per_px: float,
        opacity: float = 1.0,
    ) -> None:
        """Draw `panel`, `panel_to_head` being the place of its middle, into an eye's `framebuffer` of `size` pixels."""
        if opacity <= 0 or panel.size == (0, 0):
            return
        draw_into(framebuffer, size)
        x, y = panel.size[0] * metres_per_px / 2, panel.size[1] * metres_per_px / 2
        self._in_space.use()
        self._in_space.set_matrix("clip", view.fov.projection() @ (view.eye_to_head.inverse() @ panel_to_head).matrix())
        self._in_space.set_floats("rectangle", -x, -y, x, y)
        _blend(self._in_space, panel, opacity)

    def draw_flat(
        self, panel: Panel, framebuffer: int, size: tuple[int, int], place: Rectangle, opacity: float = 1.0
    ) -> None:
        """Draw `panel` over the rectangle `place` of a `framebuffer` of `size` pixels (0 is the window's)."""
        if opacity <= 0 or panel.size == (0, 0):
            return
        draw_into(framebuffer, size)
        x, y, width, height = place
        left, bottom = 2 * x / size[0] - 1, 2 * y / size[1] - 1
        self._flat.use()
        self._flat.set_floats("rectangle", left, bottom, left + 2 * width / size[0], bottom + 2 * height / size[1])
        self._flat.set_floats("flip", 1)
        _blend(self._flat, panel, opacity)

    def close(self) -> None:
        self._in_space.close()
        self._flat.close()


class Hud:
    """The status panel in the lower third, and a temporary banner; both are fixed to the head."""

    def __init__(self) -> None:
        self.visible = True
        """Whether the status panel is drawn; the banner always is."""
        self.dimmed = False
        """Draw it half as bright, for a fault that should not cover the view."""
        self._painter = PanelPainter()
        self._status = Panel(title_px=30)
        self._banner = Panel(title_px=52)
        self._banner_since_ns: int | None = None

    def set_status(self, title: str, lines: Sequence[str] = ()) -> None:
        """The style's name and a few short lines, such as rates and latency."""
        self._status.show(title, lines)

    def show_banner(self, title: str, now_ns: int, lines: Sequence[str] = ()) -> None:
        """Show `title` large for two seconds from `now_ns`, such as a new style's name with its painter under it."""
        self._banner.show(title, lines)
        self._banner_since_ns = now_ns

    def draw_eye(self, framebuffer: int, size: tuple[int, int], view: EyeView, now_ns: int) -> None:
        """Draw both for one eye, over the content of `framebuffer` of `size` (width, height) pixels."""
        if self.visible:
            place = Pose((0.0, _STATUS_Y_M, -DISTANCE_M))
            scale, opacity = _fitting(self._status, _STATUS_M_PER_PX, view), _DIMMED if self.dimmed else 1.0
            self._painter.draw_eye(self._status, framebuffer, size, view, place, scale, opacity)
        place = Pose((0.0, _BANNER_Y_M, -DISTANCE_M))
        scale, opacity = _fitting(self._banner, _BANNER_M_PER_PX, view), self._banner_opacity(now_ns)
        self._painter.draw_eye(self._banner, framebuffer, size, view, place, scale, opacity)

    def close(self) -> None:
        for thing in (self._status, self._banner, self._painter):
            thing.close()

    def _banner_opacity(self, now_ns: int) -> float:
        if self._banner_since_ns is None:
            return 0.0
        age = now_ns - self._banner_since_ns
        return max(
            0.0, min(1.0, (age + _FADE_IN_NS / 2) / _FADE_IN_NS, (_SHOWN_NS + _FADE_OUT_NS - age) / _FADE_OUT_NS)
        )


def _fitting(panel: Panel, metres_per_px: float, view: EyeView) -> float:
    """`metres_per_px`, or less if `panel` would leave the eye's field of view; the same for the other eye, its mirror
    image.
    """
    half_m = _SEEN * DISTANCE_M * min(view.fov.left, view.fov.right) - abs(view.eye_to_head.position[0])
    return min(metres_per_px, 2 * half_m / max(1, panel.size[0]))


def _blend(program: Program, panel: Panel, opacity: float) -> None:
    program.set_floats("opacity", opacity)
    program.set_int("picture", 0)
    panel.bind()
    GL.glEnable(GL.GL_BLEND)
    GL.glBlendFuncSeparate(GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA, GL.GL_ZERO, GL.GL_ONE)  # the target stays opaque
    program.draw()
    GL.glDisable(GL.GL_BLEND)
