"""The judge tells a painting from a photo, and finds pictures."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason='VGG runs in torch: pip install -e ".[train]"')
pytest.importorskip("safetensors", reason='weights are safetensors: pip install -e ".[train]"')

from allaprima.models.judging.judge import (
    Judge,
    content_distances,
    covering,
    held_out_photos,
    known_paintings,
    style_distances,
)
from allaprima.models.judging.metrics import WEAK
from allaprima.models.judging.weights import WeightsMissing
from allaprima.models.motifs import motifs
from allaprima.models.photos import read_rgb, resize_short

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[3].parent / "shared" / "data"))


@pytest.mark.skipif(not (DATA / "vgg").is_dir(), reason=f"NO VGG-19 WEIGHTS AT {DATA}: set ALLAPRIMA_DATA")
def test_a_painting_is_nearer_to_itself_than_a_photo_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    painting = cv2.GaussianBlur(rng.integers(0, 255, (96, 128, 3), dtype=np.uint8), (0, 0), 2)
    cv2.imwrite(str(tmp_path / "p.png"), cv2.cvtColor(painting, cv2.COLOR_RGB2BGR))
    photo = np.broadcast_to(np.linspace(0, 255, 128).astype(np.uint8)[None, :, None], (96, 128, 3))
    judge = Judge(DATA / "vgg")
    target = judge.target(tmp_path / "p.png", 96)
    seen = judge.look(np.stack((painting, photo, painting[:, ::-1])))
    own, plain, mirrored = style_distances(seen, target)
    assert own < 1e-6 < mirrored < 0.2 * plain
    content = content_distances(seen, judge.look(np.stack((painting, photo, photo))))
    assert content[0] == content[1] == 0 < content[2]


def recoloured(photo: np.ndarray, painting: np.ndarray) -> np.ndarray:
    """`photo` with the painting's mean and covariance of colours: the best that a mere tint can do."""

    def spread(pixels: np.ndarray) -> np.ndarray:
        return np.linalg.cholesky(np.cov(pixels.T) + np.eye(3))

    before, wanted = photo.reshape(-1, 3).astype(float), painting.reshape(-1, 3).astype(float)
    after = (before - before.mean(0)) @ np.linalg.inv(spread(before)).T @ spread(wanted).T + wanted.mean(0)
    return np.clip(np.rint(after), 0, 255).astype(np.uint8).reshape(photo.shape)


@pytest.mark.skipif(not (DATA / "paintings").is_dir(), reason=f"NO PAINTINGS AT {DATA}: set ALLAPRIMA_DATA")
def test_no_recolouring_comes_near_the_limit_of_a_weak_style() -> None:
    judge, photo = Judge(DATA / "vgg"), resize_short(read_rgb(motifs()[0]), 240)
    for name in ("vangogh_starry_night_1889.jpg", "hokusai_great_wave_1831.jpg", "vangogh_night_cafe_1888.jpg"):
        tint = recoloured(photo, resize_short(read_rgb(DATA / "paintings" / name), 240))
        plain, tinted = style_distances(
            judge.look(np.stack((photo, tint))), judge.target(DATA / "paintings" / name, 800)
        )
        assert tinted > 1.5 * WEAK * plain, name


def test_missing_weights_are_an_error_that_names_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=str(tmp_path.name)):
        Judge(tmp_path)


def test_paintings_are_known_by_the_name_their_style_has(tmp_path: Path) -> None:
    for name in ("munch_scream_1893.jpg", "My Own.png"):
        (tmp_path / name).write_bytes(b"")
    assert known_paintings(tmp_path) == {
        "scream": tmp_path / "munch_scream_1893.jpg",
        "my-own": tmp_path / "My Own.png",
    }
    assert known_paintings(tmp_path / "nowhere") == {}


def test_only_photos_that_training_leaves_alone_are_judged(tmp_path: Path) -> None:
    for n in range(101):
        cv2.imwrite(str(tmp_path / f"{n:03}.png"), np.full((20, 30, 3), n, np.uint8))
    photos = held_out_photos(tmp_path, (16, 16), 6)
    assert photos is not None and photos.shape == (3, 16, 16, 3)
    assert photos[:, 0, 0, 0].tolist() == [0, 50, 100]
    assert held_out_photos(tmp_path / "nowhere", (16, 16), 6) is None


def test_covering_keeps_the_aspect_and_the_middle() -> None:
    picture = np.zeros((40, 120, 3), np.uint8)
    picture[:, 50:70] = 255
    small = covering(picture, (20, 20))
    assert small.shape == (20, 20, 3)
    assert small[:, 6:14].min() > 200 and small[:, :4].max() < 50
