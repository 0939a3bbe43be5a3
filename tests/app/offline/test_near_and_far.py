"""Near and far in stereo files, of which nothing but the pictures is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Pixels
from allaprima.app.matte.zones import Zone
from allaprima.app.offline.painter import Painter
from allaprima.app.packs.pack import load_pack

PAINTED, OTHER = np.array([0, 1, 0, 0], np.float32), np.array([0, 0, 1, 0], np.float32)
NEAR, FAR = 0.5, 2.5  # metres, for cameras 70 degrees wide and 63 mm apart
PER_INVERSE = 0.063 * 160 / np.tan(np.radians(35))
TEXTURE = cv2.resize(np.random.default_rng(3).integers(0, 256, (90, 140, 3), np.uint8), (560, 360))


def eyes() -> tuple[Pixels, Pixels]:
    """A textured square `NEAR`, before a textured wall `FAR` away."""
    found = []
    for eye in (0, 1):
        far, near = (round(eye * PER_INVERSE / metres) for metres in (FAR, NEAR))
        picture = TEXTURE[:240, 100 + far : 420 + far].copy()
        picture[80:170, 130 - near : 230 - near] = TEXTURE[260:350, 10:110]
        found.append(picture)
    return found[0], found[1]


@pytest.fixture
def plain(tiny_pack: Path) -> Iterator[Painter]:
    painter = Painter(load_pack(tiny_pack), precision="f32")
    yield painter
    painter.close()


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


def test_what_is_near_stays_unpainted_and_the_rest_is_painted(plain: Painter, tiny_pack: Path) -> None:
    left, right = eyes()
    whole = plain.paint(left, right, PAINTED)
    painter = Painter(load_pack(tiny_pack), precision="f32", zones=[Zone(0.8, False)])
    painter.begin()
    painted = painter.paint(left, right, PAINTED)
    painter.close()
    inside, outside = np.s_[0, 90:160, 140:220], np.s_[0, :60]
    assert apart(painted[inside], left[90:160, 140:220]) < 3 < 20 < apart(whole[inside], left[90:160, 140:220])
    assert apart(painted[outside], whole[outside]) < 1


def test_far_has_a_style_of_its_own(plain: Painter, tiny_pack: Path) -> None:
    left, right = eyes()
    near, far = plain.paint(left, right, PAINTED), plain.paint(left, right, OTHER)
    painter = Painter(load_pack(tiny_pack), precision="f32", zones=[Zone(0.8, True, OTHER)], requested=320)
    painter.begin()
    painted = painter.paint(left, right, PAINTED)
    painter.close()
    inside, outside = np.s_[0, 90:160, 140:220], np.s_[0, :60]
    assert apart(painted[inside], near[inside]) < 3 and apart(painted[outside], far[outside]) < 3
    assert apart(near[outside], far[outside]) > 10


def test_the_pairs_of_a_film_do_not_depend_on_how_often_they_are_painted(tiny_pack: Path) -> None:
    left, right = eyes()
    runs = []
    for _ in range(2):
        painter = Painter(load_pack(tiny_pack), precision="f32", zones=[Zone(0.8, False)])
        painter.begin()
        runs.append([painter.paint(left, right, PAINTED) for _ in range(3)])
        painter.close()
    np.testing.assert_array_equal(runs[0], runs[1])


def test_one_eye_sees_no_distances(tiny_pack: Path) -> None:
    painter = Painter(load_pack(tiny_pack), precision="f32", zones=[Zone(0.8, False)])
    left, _ = eyes()
    with pytest.raises(SettingsError, match="two eyes") as refusal:
        painter.paint(left, left, PAINTED)
    assert "--stereo" in refusal.value.hint
    painter.close()
