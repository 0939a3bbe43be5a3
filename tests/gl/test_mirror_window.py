"""The real window. Each test runs in a process of its own: one process cannot hold GLX and EGL contexts at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from patience import PATIENCE_S


@pytest.fixture(scope="module")
def display() -> Iterator[dict[str, str]]:
    """The environment with a display: the one there is, else a fresh Xvfb; skips loudly, but not in CI on Linux."""
    from virtual_display import virtual_display

    with virtual_display() as added:
        if sys.platform == "linux" and not (added or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            if os.environ.get("CI"):
                pytest.fail("no display and no Xvfb: apt install xvfb")
            pytest.skip("NO DISPLAY AND NO XVFB, the window was not tested: apt install xvfb")
        yield {**os.environ, **added}


def run(script: str, environment: dict[str, str]) -> dict[str, Any]:
    """What `script` leaves in `seen`."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", script + "\nprint(json.dumps(seen))"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


OPENED = """
import json
from allaprima.app.mirror.window import MirrorWindow, display_available
seen = {"display": display_available()}
window = MirrorWindow("mirror under test", (320, 200))
"""


def test_a_window_has_opengl_and_can_be_drawn_into_and_read_back(display: dict[str, str]) -> None:
    seen = run(
        OPENED
        + """
from allaprima.app.compositor.gl import GL
import numpy as np
seen["description"], seen["size"] = window.description, window.framebuffer_size
seen["commands"] = len(window.poll())
GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, 0)
GL.glClearColor(1, 0, 0, 1)
GL.glClear(GL.GL_COLOR_BUFFER_BIT)
seen["pixel"] = list(bytes(GL.glReadPixels(5, 5, 1, 1, GL.GL_RGB, GL.GL_UNSIGNED_BYTE)))
window.swap()
window.close()
window.close()
""",
        display,
    )
    assert seen["display"] is True
    assert "OpenGL 4" in str(seen["description"])
    width, height = seen["size"]
    assert width >= 320 and height >= 200 and abs(width / height - 1.6) < 0.02
    assert seen["pixel"] == [255, 0, 0]
    assert seen["commands"] == 0


def test_typed_characters_and_named_keys_become_commands_in_order(display: dict[str, str]) -> None:
    seen = run(
        OPENED
        + """
import glfw
def press(key, action=glfw.PRESS):
    window._on_key(window._window, key, 0, action, 0)
def type_(text, action=glfw.PRESS):
    for c in text:
        press(glfw.KEY_UNKNOWN, action)
        window._on_char(window._window, ord(c))
type_("<>?7[")
press(glfw.KEY_ESCAPE)
press(glfw.KEY_ESCAPE, glfw.RELEASE)
press(glfw.KEY_F11)
type_("x")
seen["once"] = [(c.name, c.argument) for c in window.poll()]
type_("f]", glfw.REPEAT)
press(glfw.KEY_DOWN, glfw.REPEAT)
seen["held"] = [c.name for c in window.poll()]
seen["left"] = len(window.poll())
glfw.set_window_should_close(window._window, True)
seen["closed"] = [c.name for c in window.poll()]
window.close()
""",
        display,
    )
    names = ["previous-style", "next-style", "help", "style", "weaker", "quit", "fullscreen"]
    assert seen["once"] == [[name, 7 if name == "style" else None] for name in names]
    assert seen["held"] == ["stronger", "weaker"]
    assert seen["left"] == 0
    assert seen["closed"] == ["quit"]


@pytest.mark.skipif(not shutil.which("xdotool"), reason="NO XDOTOOL: real key presses were not tested")
def test_real_key_presses_arrive(display: dict[str, str]) -> None:
    seen = run(
        OPENED
        + """
import subprocess, time
window.swap()
window.poll()
found = ["xdotool", "search", "--sync", "--name", "mirror under test"]
wid = subprocess.run(found, capture_output=True, text=True, timeout=60)
subprocess.run(["xdotool", "windowfocus", "--sync", wid.stdout.split()[0]], check=True, timeout=60)
window.poll()
subprocess.run(["xdotool", "key", "--delay", "30", "greater", "question", "3", "Escape"], check=True, timeout=60)
got, end = [], time.monotonic() + 60
while len(got) < 4 and time.monotonic() < end:
    got += window.poll()
seen["commands"] = [(c.name, c.argument) for c in got]
window.close()
""",
        display,
    )
    assert seen["commands"] == [["next-style", None], ["help", None], ["style", 3], ["quit", None]]


def test_full_screen_and_back_restores_the_size(display: dict[str, str]) -> None:
    seen = run(
        OPENED
        + """
seen["states"] = []
for _ in range(3):
    window.poll()
    seen["states"].append([window.fullscreen, window.framebuffer_size])
    window.toggle_fullscreen()
window.close()
""",
        display,
    )
    before, full, after = seen["states"]
    assert [before[0], full[0], after[0]] == [False, True, False]
    assert full[1][0] > before[1][0] and after[1] == before[1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux runs without a display")
def test_without_a_display_there_is_an_error_with_the_way_out() -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    seen = run(
        """
import json
from allaprima.app.core.errors import GraphicsError
from allaprima.app.mirror.window import MirrorWindow, display_available
seen = {"display": display_available()}
try:
    MirrorWindow("no", (64, 64))
except GraphicsError as error:
    seen["message"], seen["hint"] = error.message, error.hint
""",
        environment,
    )
    assert seen["display"] is False
    assert "no display" in str(seen["message"])
    assert "--no-window" in str(seen["hint"]) and "xvfb-run" in str(seen["hint"])


def test_the_viewfinder_shows_left_left_and_up_up_and_keeps_only_its_own_keys(
    display: dict[str, str],
) -> None:
    seen = run(
        """
import json
import numpy as np
from allaprima.app.compositor.gl import GL
from allaprima.app.core.frame import StereoFrame
from allaprima.app.mirror.keys import lookup
from allaprima.app.mirror.viewfinder import Viewfinder
viewfinder = Viewfinder("viewfinder under test", (64, 48), "side-by-side")
left, right = np.zeros((48, 64, 3), np.uint8), np.full((48, 64, 3), (0, 0, 255), np.uint8)
left[:24] = (255, 0, 0)
def middle_of(across, up):
    width, height = viewfinder._window.framebuffer_size
    x, y = int(across * width), int(height / 2 + (up - 0.5) * width / 2 * 48 / 64)
    return list(bytes(GL.glReadPixels(x, y, 1, 1, GL.GL_RGB, GL.GL_UNSIGNED_BYTE)))
swap, viewfinder._window.swap = viewfinder._window.swap, lambda: None
viewfinder.show(StereoFrame(left, right, 0, 0))
seen = {"pixels": [middle_of(0.25, 0.75), middle_of(0.25, 0.25), middle_of(0.75, 0.75)]}
viewfinder._window._calls = [lookup("m"), lookup("q")]
seen["commands"] = [command.name for command in viewfinder.poll()]
seen["layout"] = viewfinder._layout
viewfinder.close()
viewfinder.close()
""",
        display,
    )
    assert seen["pixels"] == [[255, 0, 0], [0, 0, 0], [0, 0, 255]]
    assert (seen["commands"], seen["layout"]) == (["quit"], "anaglyph")


def test_the_poster_shows_its_picture_upright_with_words_under_it_and_keeps_only_its_own_keys(
    display: dict[str, str],
) -> None:
    seen = run(
        """
import json
import numpy as np
from allaprima.app.compositor.gl import GL
from allaprima.app.mirror.keys import lookup
from allaprima.app.mirror.poster import Poster
poster = Poster("poster under test", (320, 140))  # of 320x180
picture = np.zeros((140, 320, 3), np.uint8)
picture[:70, :160] = (255, 0, 0)
def part(x, y, width, height):
    whole = poster._window.framebuffer_size
    place = int(x * whole[0]), int((1 - y - height) * whole[1]), int(width * whole[0]), int(height * whole[1])
    GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, 0)
    pixels = np.frombuffer(GL.glReadPixels(*place, GL.GL_RGB, GL.GL_UNSIGNED_BYTE), np.uint8)
    return pixels.reshape(-1, 3).mean(0).round(1).tolist()
seen = {}
for said in ("", "Film this"):
    poster.say(said, ["now"] if said else [])
    poster.draw(picture)
    seen["words" if said else "none"] = sum(part(0.1, 0.82, 0.8, 0.15))
seen["corners"] = [part(x, y, 0.1, 0.1) for x, y in ((0.2, 0.1), (0.7, 0.1), (0.2, 0.6))]
poster.swap()
rate = poster.refresh_hz
seen["rate"] = rate is None or rate >= 1
poster._window._calls = [lookup("f"), lookup("q")]
seen["commands"] = [command.name for command in poster.poll()]
seen["fullscreen"] = poster._window.fullscreen
poster.draw(picture)
poster.close()
poster.close()
""",
        display,
    )
    assert seen["corners"] == [[255, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert seen["none"] == 0 and float(str(seen["words"])) > 5
    assert (seen["commands"], seen["fullscreen"], seen["rate"]) == (["quit"], True, True)


def test_a_picture_is_shown_upright_between_bars_and_drawn_anew_for_another_size(display: dict[str, str]) -> None:
    seen = run(
        """
import json
import numpy as np
from allaprima.app.compositor.gl import GL
from allaprima.app.mirror.keys import lookup
from allaprima.app.mirror.picture_window import PictureWindow
window = PictureWindow("picture under test", (400, 200))
window._window.swap = lambda: None
def pixel(across, up):
    width, height = window._window.framebuffer_size
    return list(bytes(GL.glReadPixels(int(across * width), int(up * height), 1, 1, GL.GL_RGB, GL.GL_UNSIGNED_BYTE)))
seen = {"size": window.size}
picture = np.zeros((100, 100, 3), np.uint8)
picture[:50, :50], picture[50:, 50:] = (255, 0, 0), (0, 0, 255)
window.show(picture)
seen["square"] = [pixel(0.35, 0.9), pixel(0.65, 0.1), pixel(0.35, 0.1), pixel(0.1, 0.5)]
window.show(np.full((50, 100, 3), (0, 255, 0), np.uint8))
seen["wide"] = [pixel(0.01, 0.01), pixel(0.99, 0.99)]
window._window._calls = [lookup("m"), lookup("f"), lookup("Esc")]
seen["commands"] = [command.name for command in window.poll()]
seen["fullscreen"] = window._window.fullscreen
window.close()
window.close()
""",
        display,
    )
    assert seen["size"] == [400, 200]
    assert seen["square"] == [[255, 0, 0], [0, 0, 255], [0, 0, 0], [0, 0, 0]]
    assert seen["wide"] == [[0, 255, 0]] * 2
    assert seen["commands"] == ["layout", "quit"] and seen["fullscreen"] is True


def test_capture_shows_the_window_until_it_is_ended_there(display: dict[str, str]) -> None:
    seen = run(
        """
import json, tempfile
import allaprima.app.mirror.picture_window as module
from allaprima.app.command_line import main
from allaprima.app.guided.picture import CapturePicture
from allaprima.app.mirror.keys import lookup
shown, mirrored, keys = [], [], {3: "m", 6: "q"}
class Window(module.PictureWindow):
    def show(self, picture):
        super().show(picture)
        shown.append(picture.shape)
    def poll(self):
        key = keys.pop(len(shown), None)  # once, however often it asks before the next picture
        return super().poll() + ([lookup(key)] if key else [])
module.PictureWindow = Window
draw = CapturePicture.draw
CapturePicture.draw = lambda self, *a, **k: mirrored.append(self.mirrored) or draw(self, *a, **k)
folder = tempfile.mkdtemp()
code = main(["calibrate", "capture", folder, "--source", "cameras:simulated,simulated"])
seen = {"code": code, "shapes": list(map(list, set(shown))), "frames": len(shown)}
seen["mirrored"] = [mirrored[0], mirrored[3]]
""",
        display,
    )
    assert seen["code"] == 0 and seen["shapes"] == [[720, 1280, 3]] and seen["frames"] >= 6
    assert seen["mirrored"] == [True, False]
