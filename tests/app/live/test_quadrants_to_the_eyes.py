"""Left is left, up is up and red is red: four-colour pictures from a file to the headset's eyes and the mirror, through
every engine.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.frame import Pixels
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.live.opening import assembled
from allaprima.app.live.parts import Parts
from allaprima.app.live.request import Request
from allaprima.app.settings_and_flags import Settings

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 40), (30, 40, 220), (230, 220, 20)
CYAN, PINK, WHITE, BROWN = (20, 200, 210), (240, 130, 180), (240, 240, 240), (120, 70, 30)
LEFT = ((RED, GREEN), (BLUE, YELLOW))
RIGHT = ((CYAN, PINK), (WHITE, BROWN))
Quadrants = tuple[tuple[tuple[int, int, int], ...], ...]


def picture(colours: Quadrants) -> Pixels:
    pixels = np.zeros((96, 128, 3), np.uint8)
    for row in range(2):
        for column in range(2):
            pixels[row * 48 : row * 48 + 48, column * 64 : column * 64 + 64] = colours[row][column]
    return pixels


def mean_colour(pixels: Pixels) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in pixels.mean((0, 1)))
    return red, green, blue


def assert_quadrants(seen: Pixels, colours: Quadrants, tolerance: int = 8) -> None:
    """Looked for a little way off the middle: the eye sees more than the camera does."""
    height, width, _ = seen.shape
    for row in range(2):
        for column in range(2):
            y, x = height // 2 + (2 * row - 1) * height // 8, width // 2 + (2 * column - 1) * width // 8
            difference = np.abs(seen[y, x].astype(int) - colours[row][column])
            assert difference.max() <= tolerance, (row, column, seen[y, x], colours[row][column])


def shown(tmp_path: Path, pack: Path, engine: str, strength: float) -> tuple[Pixels, Pixels, Pixels]:
    """(left eye, right eye, mirror) as a session leaves them."""
    for side, colours in (("left", LEFT), ("right", RIGHT)):
        (tmp_path / side).mkdir()
        cv2.imwrite(str(tmp_path / side / "0.png"), cv2.cvtColor(picture(colours), cv2.COLOR_RGB2BGR))
    flags = {
        "stylize.engine": engine,
        "stylize.precision": "f32",
        "stylize.pack": str(pack),
        "stylize.strength": strength,
        "mirror.window": False,
        "mirror.hud": False,
        "headset.kind": "simulated",
        "headset.eye_size": (160, 180),
    }
    request = Request(source=str(tmp_path), pairs=3, loop=True, as_fast_as_possible=True)
    with assembled(Settings.load(tmp_path / "none.toml", flags=flags), request, FakeClock()) as parts:
        symmetric(parts)
        parts.session.run()
        headset = simulated(parts)
        return headset.read_eye(0), headset.read_eye(1), parts.audience.picture()


def simulated(parts: Parts) -> SimulatedHeadset:
    headset = parts.headset.current
    assert isinstance(headset, SimulatedHeadset)
    return headset


def symmetric(parts: Parts) -> None:
    """Look straight ahead with both eyes, so that the middle of the picture is the middle of the eye."""
    from allaprima.app.core.pose import Pose
    from allaprima.app.core.view import EyeView, FieldOfView

    view = FieldOfView(1, 1, 1, 1)
    simulated(parts).views = EyeView(view, Pose((-0.0315, 0.0, 0.0))), EyeView(view, Pose((0.0315, 0.0, 0.0)))


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime", "torch"])
def test_the_photo_comes_through_with_every_engine(
    graphics: object, tmp_path: Path, tiny_pack: Path, engine: str
) -> None:
    (tmp_path / "none.toml").write_text("")
    left, right, mirror = shown(tmp_path, tiny_pack, engine, strength=0.0)
    assert_quadrants(left, LEFT)
    assert_quadrants(right, RIGHT)
    half = mirror.shape[1] // 2
    assert_quadrants(mirror[:, :half], LEFT)
    assert_quadrants(mirror[:, half:], RIGHT)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime", "torch"])
def test_a_painting_keeps_its_place_in_its_own_eye(
    graphics: object, tmp_path: Path, tiny_pack: Path, engine: str
) -> None:
    """Painted, a quadrant has no known colour; but it must be where a painting made outside the pipeline has it."""
    from allaprima.app.packs.pack import load_pack
    from allaprima.app.stylize.engines import open_stylizer

    (tmp_path / "none.toml").write_text("")
    left, right, _ = shown(tmp_path, tiny_pack, engine, strength=1.0)
    pack = load_pack(tiny_pack)
    weights = np.zeros(pack.rows, np.float32)
    weights[pack.styles[0].row] = 1
    reference = open_stylizer(pack, (128, 96), "onnxruntime", "f32")
    painted = reference.paint(np.stack((picture(LEFT), picture(RIGHT))), weights)
    for eye, expected in ((left, painted[0]), (right, painted[1])):
        quadrants = [
            [expected[24 + 48 * row - 4 : 24 + 48 * row + 4, 32 + 64 * c - 4 : 32 + 64 * c + 4] for c in range(2)]
            for row in range(2)
        ]
        means = tuple(tuple(mean_colour(quadrant) for quadrant in line) for line in quadrants)
        assert_quadrants(cv2.blur(eye, (9, 9)), means, tolerance=24)
