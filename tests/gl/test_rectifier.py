"""What the GPU rectifies is what `cv2.remap` does of it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.compositor.rectifier import Rectifier
from allaprima.app.compositor.texture import Texture
from allaprima.calibration.camera import CameraModel, Lens
from allaprima.calibration.rectify import Rectification, Tangents, rectification
from allaprima.calibration.rig import RigCalibration, as_rotation

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
LENSES: list[Lens] = ["pinhole", "fisheye"]
Pair = tuple[np.ndarray, np.ndarray]


def rig(lens: Lens, size: tuple[int, int]) -> RigCalibration:
    """Two cameras of that many pixels, distorted, decentred and turned against one another."""
    (wide, high), pinhole = size, lens == "pinhole"
    f = (0.83 if pinhole else 0.47) * wide
    first = (-0.28, 0.09, 0.0007, -0.0004, -0.01) if pinhole else (0.02, -0.01, 0.003, -0.001)
    second = (-0.27, 0.08, -0.0005, 0.0003, -0.01) if pinhole else (0.018, -0.008, 0.002, -0.0008)
    left = CameraModel((f, f * 1.002), (0.497 * wide, 0.506 * high), first, lens)
    right = CameraModel((f * 1.01, f * 1.011), (0.508 * wide, 0.492 * high), second, lens)
    turn = as_rotation(cv2.Rodrigues(np.radians((1.2, -0.6, 0.8)))[0])
    return RigCalibration(size, left, right, turn, (-0.0645, 0.0012, 0.0021))


def on_the_gpu(ways: Rectification, pair: Pair) -> Pair:
    raw = [Texture(picture.shape[1], picture.shape[0]) for picture in pair]
    for texture, picture in zip(raw, pair, strict=True):
        texture.upload(picture)
    rectifier = Rectifier(ways)
    left, right = (read(texture) for texture in rectifier.rectified(raw))
    for close in (rectifier.close, rectifier.close, *(texture.close for texture in raw)):
        close()
    return left, right


def read(texture: Texture) -> np.ndarray:
    """(H, W, 3), its row v = 0 first."""
    from allaprima.app.compositor.gl import GL

    pixels = np.empty((texture.size[1], texture.size[0], 3), np.uint8)
    texture.bind()
    GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
    GL.glGetTexImage(GL.GL_TEXTURE_2D, 0, GL.GL_RGB, GL.GL_UNSIGNED_BYTE, pixels)
    return pixels


def assert_remapped(ways: Rectification, pair: Pair) -> None:
    for eye, raw, shown in zip((ways.left, ways.right), pair, on_the_gpu(ways, pair), strict=True):
        apart = np.abs(eye.remap(raw).astype(int) - shown)
        assert apart.mean() <= 0.5 and apart.max() <= 3  # of 255; software GL is within 1, GPUs round coarser


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("name", ["aloe/aloe{}.jpg", "chessboards/{}01.jpg"])
def test_photos_come_out_as_from_remap(graphics: object, lens: Lens, name: str) -> None:
    files = [DATA / "stereo" / name.format(side) for side in (("L", "R") if "aloe" in name else ("left", "right"))]
    if not all(file.is_file() for file in files):
        pytest.skip(f"NO PHOTOS IN {DATA}: the shader that rectifies was not tried on them")
    left, right = (cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB) for file in files)
    assert_remapped(rectification(rig(lens, (left.shape[1], left.shape[0]))), (left, right))


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("size", [None, (333, 251), (800, 400)])
def test_the_sharpest_edges_come_out_as_from_remap(graphics: object, lens: Lens, size: tuple[int, int] | None) -> None:
    noise = np.random.default_rng(1).integers(0, 2, (2, 240, 320, 3), np.uint8) * 255
    assert_remapped(rectification(rig(lens, (320, 240)), size), (noise[0], noise[1]))


@pytest.mark.parametrize("lens", LENSES)
def test_beyond_the_cameras_border_its_last_pixels_go_on(graphics: object, lens: Lens) -> None:
    ways = rectification(rig(lens, (320, 240)))
    wider = Tangents(*(1.6 * side for side in dataclasses.astuple(ways.tangents)))
    left, right = (dataclasses.replace(eye, tangents=wider).resized((240, 180)) for eye in (ways.left, ways.right))
    assert (left.float_map() < -5).any() and (left.float_map() > (325, 245)).any()
    noise = np.random.default_rng(2).integers(0, 256, (2, 240, 320, 3), np.uint8)
    assert_remapped(Rectification(left, right, ways.baseline_m), (noise[0], noise[1]))


def test_boards_of_known_cameras_are_found_where_the_points_say(graphics: object) -> None:
    """Not by way of `cv2.remap`: corners in what the GPU made, against the cameras' own geometry."""
    for lens in LENSES:
        ways = rectification(rig(lens, (640, 480)))
        x, y = np.meshgrid(np.linspace(-0.3, 0.3, 7), np.linspace(-0.2, 0.2, 5))
        points = np.stack((x, y, np.ones_like(x)), axis=-1).reshape(-1, 3)  # m, in the rectified left camera's axes
        pair = np.zeros((2, 480, 640, 3), np.uint8)
        eyes = ways.left, ways.right
        for eye, picture, aside in zip(eyes, pair, (0.0, ways.baseline_m), strict=True):
            for at in eye.camera.project((points - (aside, 0, 0)) @ eye.rotation):
                cv2.circle(picture, tuple(round(v * 256) for v in at), 4 * 256, (255,) * 3, -1, cv2.LINE_AA, 8)
        for eye, shown, aside in zip(eyes, on_the_gpu(ways, (pair[0], pair[1])), (0.0, ways.baseline_m), strict=True):
            found = cv2.connectedComponentsWithStats((shown[..., 0] > 60).astype(np.uint8))[3][1:]
            true = ((points[:, :2] - (aside, 0)) + (eye.tangents.left, eye.tangents.up)) / (
                eye.tangents.width,
                eye.tangents.height,
            ) * eye.size - 0.5
            assert len(found) == len(true)
            assert np.linalg.norm(found[:, None] - true, axis=-1).min(axis=1).max() < 0.5
