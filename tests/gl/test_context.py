"""GL contexts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from patience import PATIENCE_S

from allaprima.app.core.errors import GraphicsError


def test_the_context_says_what_renders(graphics):
    assert "OpenGL 4." in graphics.description


def test_a_second_context_lives_and_dies_without_hurting_the_first(graphics):
    from allaprima.app.compositor.context import SurfacelessContext
    from allaprima.app.compositor.framebuffer import Framebuffer

    with SurfacelessContext() as other:
        assert other.description == graphics.description
    other.close()
    with pytest.raises(GraphicsError):
        other.make_current()
    graphics.make_current()
    target = Framebuffer(4, 4)
    assert target.read()[0, 0].tolist() == [0, 0, 0, 255]
    target.close()


@pytest.mark.parametrize("platform", ["glx", "egl", ""])
def test_it_works_whatever_platform_pyopengl_was_told(graphics, platform):
    script = (
        "from allaprima.app.compositor.context import SurfacelessContext as C\n"
        "c = C()\n"
        "from allaprima.app.compositor.framebuffer import Framebuffer as F\n"
        "assert F(4, 4).read_rgb().shape == (4, 4, 3)\n"
        "c.close()"
    )
    environment = {"PYOPENGL_PLATFORM": platform} if platform else {}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=PATIENCE_S)


@pytest.mark.skipif(sys.platform != "linux", reason="EGL is Linux's")
def test_without_egl_the_error_names_the_packages(monkeypatch):
    from allaprima.app.compositor import context

    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(context.ctypes, "CDLL", missing)
    with pytest.raises(GraphicsError, match=r"libEGL\.so\.1") as caught:
        context.SurfacelessContext()
    assert "apt install" in caught.value.hint and "libegl1" in caught.value.hint


def test_without_pyopengl_or_a_driver_the_error_says_what_to_install():
    script = (
        "import sys\n"
        "sys.modules['OpenGL'] = None\n"  # what an ImportError of the loader looks like
        "from allaprima.app.core.errors import GraphicsError\n"
        "try:\n"
        "    import allaprima.app.compositor.gl\n"
        "except GraphicsError as error:\n"
        "    print(error.message, '|', error.hint)"
    )
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S).stdout
    assert said.startswith("OpenGL cannot be loaded")
    assert ("apt install" if sys.platform == "linux" else "graphics driver") in said
