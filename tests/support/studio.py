"""A tiny studio for tests of training: a few photos, a few paintings, a network that trains in a second."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.models.packing.paintings import Painting, paintings_of
from allaprima.models.recipe import Recipe

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
VGG = DATA / "vgg"
needs_vgg = pytest.mark.skipif(not VGG.is_dir(), reason=f"NO VGG WEIGHTS in {VGG}: not trained")
RECIPE = Recipe(family="E8-16x1c2", iterations=4, pairs=1, crop=64, stroke=96)


def picture(seed: int, height: int = 100, width: int = 140) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def furnish(folder: Path) -> Path:
    """Photos and the paintings red, blue and ochre in `folder`."""
    (folder / "photos").mkdir()
    for seed in range(5):
        cv2.imwrite(str(folder / "photos" / f"{seed}.png"), picture(seed))
    for seed, name in enumerate(("red", "blue", "ochre"), 100):
        cv2.imwrite(str(folder / f"{name}.png"), picture(seed))
    return folder


def paintings(studio: Path, *names: str) -> list[Painting]:
    return paintings_of([studio / f"{name}.png" for name in names])


def losses(run: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (run / "loss.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]
