"""Pictures up to the GPU and back."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.app.core.errors import GraphicsError


def quadrants(width: int, height: int, channels: int = 3) -> np.ndarray:
    """Red, green over blue, white: shows every flip and every channel swap."""
    picture = np.full((height, width, channels), 255, np.uint8)
    picture[: height // 2, : width // 2, :3] = (255, 0, 0)
    picture[: height // 2, width // 2 :, :3] = (0, 255, 0)
    picture[height // 2 :, : width // 2, :3] = (0, 0, 255)
    return picture


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("width", [64, 61])
def test_a_picture_drawn_over_a_whole_framebuffer_reads_back_the_same(graphics, width, channels):
    from allaprima.app.compositor.framebuffer import Framebuffer
    from allaprima.app.compositor.program import Program
    from allaprima.app.compositor.texture import Texture

    picture = quadrants(width, 47, channels)
    picture[3, 5, :3] = (10, 200, 30)
    texture, target = Texture(width, 47, channels), Framebuffer(width, 47)
    program = Program("rectangle.vert", "picture.frag")
    texture.upload(picture)
    target.bind()
    program.use()
    program.set_int("picture", 0)
    program.set_floats("rectangle", -1, -1, 1, 1)
    program.set_floats("flip", 1)
    texture.bind()
    program.draw()
    np.testing.assert_array_equal(target.read()[..., :3], picture[..., :3])
    out = np.zeros((47, width, 3), np.uint8)
    assert target.read_rgb(out) is out
    np.testing.assert_array_equal(out, picture[..., :3])
    for thing in (texture, target, program):
        thing.close()
        thing.close()


def test_a_picture_of_another_shape_is_refused(graphics):
    from allaprima.app.compositor.texture import Texture

    texture = Texture(8, 4)
    with pytest.raises(ValueError, match=r"\(4, 8, 3\)"):
        texture.upload(np.zeros((8, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="float32"):
        texture.upload(np.zeros((4, 8, 3), np.float32))
    texture.close()


@pytest.mark.parametrize("size", [(0, 4), (4, -1), (10**6, 4)])
def test_a_size_that_no_driver_has_is_refused(graphics, size):
    from allaprima.app.compositor.framebuffer import Framebuffer

    with pytest.raises(GraphicsError, match=f"{size[0]}x{size[1]}"):
        Framebuffer(*size)


def test_reading_into_an_array_of_another_shape_is_refused(graphics):
    from allaprima.app.compositor.framebuffer import Framebuffer

    target = Framebuffer(8, 4)
    with pytest.raises(ValueError, match="cannot be read into"):
        target.read_rgb(np.empty((8, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="cannot be read into"):
        target.read(np.empty((4, 8, 3), np.uint8))
    target.close()


def test_mipmaps_hold_the_mean_of_the_picture(graphics):
    from allaprima.app.compositor.gl import GL
    from allaprima.app.compositor.texture import Texture

    picture = np.zeros((32, 64, 4), np.uint8)
    picture[:, ::2] = 200
    texture = Texture(64, 32, 4, mipmaps=True)
    texture.upload(picture)
    texture.bind()
    smallest = GL.glGetTexImage(GL.GL_TEXTURE_2D, 6, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE)
    assert abs(smallest[0] - 100) <= 2
    texture.close()
