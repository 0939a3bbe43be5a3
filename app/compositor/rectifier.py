"""Rectification on the GPU, of pictures that are there already."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.compositor.gl import GL
from allaprima.app.compositor.program import Program
from allaprima.app.compositor.texture import Texture
from allaprima.calibration.rectify import Rectification, RectifiedEye

_STEPS = 32  # to a pixel, between which OpenCV interpolates with its fixed-point maps; GPUs have 256


class Rectifier:
    """Undistorts and rectifies pairs, each eye in one draw: what `RectifiedEye.remap` gives, within a rounding, where
    pictures keep about the cameras' size (for much smaller ones nothing is averaged here).

    The map is a texture with a pixel for each of the picture's. A mesh instead, with a vertex every 16 pixels, was up
    to twice as fast in software GL, but 0.2 pixels off with a fisheye; with one every 8, 0.05 pixels off and slower.
    Needs a current GL context.
    """

    def __init__(self, rectification: Rectification) -> None:
        eyes = rectification.left, rectification.right
        self._program = Program("rectangle.vert", "rectify.frag")
        self._maps = [Texture(*eye.size, channels=2, numbers=True) for eye in eyes]
        self._rectified = [Framebuffer(*eye.size) for eye in eyes]
        for texture, eye in zip(self._maps, eyes, strict=True):
            texture.upload(_map(eye))

    def rectified(self, raw: Sequence[Texture]) -> list[Texture]:
        """Left and right of `Rectification.size`, from the cameras' own pictures; valid until the next call.

        Like what was uploaded, and unlike what else is in framebuffers, they have v = 0 at the picture's top.
        """
        GL.glDisable(GL.GL_BLEND)
        self._program.use()
        self._program.set_floats("rectangle", -1, -1, 1, 1)
        self._program.set_int("picture", 0)
        self._program.set_int("map", 1)
        for picture, map_, target in zip(raw, self._maps, self._rectified, strict=True):
            picture.bind(0)
            map_.bind(1)
            target.bind()
            self._program.draw()
        return [target.texture for target in self._rectified]

    def close(self) -> None:
        self._program.close()
        for map_, target in zip(self._maps, self._rectified, strict=True):
            map_.close()
            target.close()


def _map(eye: RectifiedEye) -> NDArray[np.float32]:
    """(H, W, 2) x, y in the raw picture: the very map of `cv2.remap`, whose steps are a 32nd of a pixel."""
    whole, part = eye.maps
    binned = whole + np.stack((part % _STEPS, part // _STEPS), axis=-1) / _STEPS
    return ((binned + 0.5) * eye.block - 0.5).astype(np.float32)
