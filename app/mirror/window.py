"""The desktop window. The only module that imports glfw."""

from typing import Any

from allaprima.app.core.commands import BY_NAME, Call
from allaprima.app.core.errors import GraphicsError
from allaprima.app.core.shell import pip
from allaprima.app.mirror.keys import lookup

_GLFW_NAMES = {
    "Esc": "KEY_ESCAPE",
    "F1": "KEY_F1",
    "F11": "KEY_F11",
    "Left": "KEY_LEFT",
    "Right": "KEY_RIGHT",
    "Up": "KEY_UP",
    "Down": "KEY_DOWN",
    "Backspace": "KEY_BACKSPACE",
}
_MIN_SIZE = (160, 120)
_HINT = "add --no-window to draw offscreen, or start it under xvfb-run"


def _load() -> Any:
    """The initialised glfw. Raises `GraphicsError` if it is missing or finds no display."""
    try:
        import glfw
    except ImportError as error:
        hint = f"{pip()} install glfw, {_HINT}"
        raise GraphicsError(f"the window library cannot be loaded: {error}", hint) from error
    glfw.ERROR_REPORTING = False  # type: ignore[assignment]  # it would only warn; `_reason` asks when a call has failed
    if not glfw.init():
        raise GraphicsError(f"no display for a window{_reason(glfw)}", _HINT)
    return glfw


def _reason(glfw: Any) -> str:
    _, text = glfw.get_error()
    return f" ({text.decode(errors='replace') if isinstance(text, bytes) else text})" if text else ""


def display_available() -> bool:
    """Whether a window can probably be opened on this machine, without opening one.

    The connection to the display stays open for the window: an X server resets itself when its last client leaves, and
    refuses new clients meanwhile.
    """
    try:
        _load()
    except GraphicsError:
        return False
    return True


class MirrorWindow:
    """A window with an OpenGL core context, 4.1 or newer, current in the calling thread: a `GraphicsContext`.

    `size` is in the desktop's units; the picture has `framebuffer_size` pixels, more on a HiDPI screen. It is never
    synchronised to the monitor, which would stall the headset. One per process, on the main thread. Raises
    `GraphicsError`.
    """

    def __init__(self, title: str, size: tuple[int, int], fullscreen: bool = False, visible: bool = True) -> None:
        from allaprima.app.compositor.context import VERSIONS, describe_current_context
        from allaprima.app.compositor.gl import install_hint

        self._glfw = glfw = _load()
        self._window: Any = None
        self._calls: list[Call] = []
        self._held = False
        self._windowed = (0, 0, *size)
        self._named = {getattr(glfw, code): name for name, code in _GLFW_NAMES.items()}
        for hint, value in (
            (glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE),
            (glfw.OPENGL_FORWARD_COMPAT, glfw.TRUE),
            (glfw.DEPTH_BITS, 0),
            (glfw.VISIBLE, visible),
            (glfw.AUTO_ICONIFY, glfw.FALSE),  # full screen on a second monitor stays when the first has the focus
        ):
            glfw.window_hint(hint, value)
        for major, minor in VERSIONS:
            glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, major)
            glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, minor)
            self._window = glfw.create_window(*size, title, None, None)
            if self._window:
                break
        else:
            reason = _reason(glfw)
            glfw.terminate()
            raise GraphicsError(f"no window with OpenGL 4.1{reason}", f"{install_hint()}; or {_HINT}")
        try:
            self.make_current()
            glfw.swap_interval(0)
            self.description = describe_current_context()
        except GraphicsError:
            self.close()
            raise
        glfw.set_window_size_limits(self._window, *_MIN_SIZE, glfw.DONT_CARE, glfw.DONT_CARE)
        glfw.set_key_callback(self._window, self._on_key)
        glfw.set_char_callback(self._window, self._on_char)
        if fullscreen:
            self.toggle_fullscreen()

    @property
    def framebuffer_size(self) -> tuple[int, int]:
        """(width, height) in pixels now; (0, 0) while it is minimised on some systems."""
        width, height = self._glfw.get_framebuffer_size(self._window)
        return width, height

    @property
    def fullscreen(self) -> bool:
        return bool(self._glfw.get_window_monitor(self._window))

    @property
    def refresh_hz(self) -> float | None:
        """Refresh rate of the monitor that most of the window is on; None if unknown, as for a virtual one."""
        monitor = self._monitor()
        rate = self._glfw.get_video_mode(monitor).refresh_rate if monitor is not None else 0
        return float(rate) if 1 <= rate <= 1000 else None

    def make_current(self) -> None:
        """Make its context the calling thread's. Raises `GraphicsError`."""
        if not self._window:
            raise GraphicsError("the window is closed")
        self._glfw.make_context_current(self._window)
        if not self._glfw.get_current_context():
            raise GraphicsError(f"the window's OpenGL cannot be used{_reason(self._glfw)}", _HINT)

    def poll(self) -> list[Call]:
        """The typed commands since the last call, in order; also `quit` if the window was closed. Never waits."""
        self._glfw.poll_events()
        calls, self._calls = self._calls, []
        if self._glfw.window_should_close(self._window) and Call("quit") not in calls:
            calls.append(Call("quit"))
        return calls

    def poll_with_fullscreen(self) -> list[Call]:
        """Like `poll`, for callers with their own keys: only full screen is handled here."""
        calls = []
        for call in self.poll():
            if call.name == "fullscreen":
                self.toggle_fullscreen()
            else:
                calls.append(call)
        return calls

    def swap(self) -> None:
        """Show what was drawn into framebuffer 0. Never waits for the monitor."""
        self._glfw.swap_buffers(self._window)

    def toggle_fullscreen(self) -> None:
        """Fill the monitor that most of the window is on, or go back to the size and place before."""
        glfw = self._glfw
        if self.fullscreen:
            glfw.set_window_monitor(self._window, None, *self._windowed, glfw.DONT_CARE)
            return
        monitor = self._monitor()
        if monitor is not None:
            mode = glfw.get_video_mode(monitor)
            glfw.set_window_monitor(self._window, monitor, 0, 0, *mode.size, mode.refresh_rate)
            glfw.swap_interval(0)  # some drivers start again from their default

    def close(self) -> None:
        if self._window:
            self._glfw.destroy_window(self._window)
            self._window = None
            self._glfw.terminate()

    def _monitor(self) -> Any:
        """The monitor that most of the window is on, or was before it went full screen; None if there is none."""
        if not self.fullscreen:
            self._windowed = (*self._glfw.get_window_pos(self._window), *self._glfw.get_window_size(self._window))
        x, y, width, height = self._windowed

        def overlap(monitor: Any) -> int:
            left, top = self._glfw.get_monitor_pos(monitor)
            size = self._glfw.get_video_mode(monitor).size
            across = min(x + width, left + size.width) - max(x, left)
            down = min(y + height, top + size.height) - max(y, top)
            return max(0, across) * max(0, down)

        return max(self._glfw.get_monitors(), key=overlap, default=None)

    def _on_key(self, window: Any, key: int, scancode: int, action: int, modifiers: int) -> None:
        self._held = action == self._glfw.REPEAT  # comes right before the character of the same press
        if action != self._glfw.RELEASE and key in self._named:
            self._typed(self._named[key])

    def _on_char(self, window: Any, codepoint: int) -> None:
        self._typed(chr(codepoint))

    def _typed(self, key: str) -> None:
        call = lookup(key)
        if call and (not self._held or BY_NAME[call.name].repeats):
            self._calls.append(call)
