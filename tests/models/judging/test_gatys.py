"""Painting by optimisation, on real VGG features and small pictures."""

from __future__ import annotations

import os
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='optimisation needs torch: pip install -e ".[train]"')

from allaprima.app.core.errors import SourceError  # noqa: E402
from allaprima.models.judging.gatys import optimise, worth  # noqa: E402
from allaprima.models.judging.losses import style_target  # noqa: E402
from allaprima.models.judging.vgg import FeatureNetwork  # noqa: E402
from allaprima.models.photos import to_pixels, to_tensor  # noqa: E402

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
pytestmark = pytest.mark.skipif(not (DATA / "vgg").is_dir(), reason=f"NO VGG WEIGHTS in {DATA / 'vgg'}: not optimised")
STROKE, STRENGTH = 96, 14.0


@pytest.fixture(scope="module")
def vgg() -> FeatureNetwork:
    return FeatureNetwork(DATA / "vgg").eval()


@pytest.fixture(scope="module")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thick diagonal strokes of yellow and blue."""
    y, x = np.mgrid[0:96, 0:128]
    stripes = np.sin((x + y) / 3 + 2 * np.sin(y / 9))[..., None] * [60, 50, -90] + [120, 130, 120]
    file = tmp_path_factory.mktemp("painting") / "stripes.png"
    cv2.imwrite(str(file), stripes.astype(np.uint8)[..., ::-1])
    return file


@pytest.fixture(scope="module")
def photo():
    """(1, 3, 72, 96): a red disc, its right half in shade, on a sky."""
    y, x = np.mgrid[0:72, 0:96]
    sky = np.stack([150 + y, 170 + y / 2, 230 - y / 3], -1)
    disc = ((x - 48) ** 2 + (y - 36) ** 2 < 24**2)[..., None]
    rgb = np.where(disc, np.where(x[..., None] < 48, [200, 40, 30], [90, 10, 20]), sky)
    return to_tensor(rgb.astype(np.uint8))[None]


@pytest.fixture(scope="module")
def walk(photo, painting: Path, vgg: FeatureNetwork):
    """The first 25 iterations from the photo."""
    return list(islice(optimise(photo, painting, vgg, stroke=STROKE, strength=STRENGTH), 26))


@pytest.mark.slow
def test_the_objective_falls_far_below_the_photos(walk, photo) -> None:
    iterations, objectives, pictures = zip(*walk, strict=True)
    assert iterations == tuple(range(26)) and torch.equal(pictures[0], photo)
    assert objectives[25] < 0.4 * objectives[0]
    assert sum(b < a for a, b in pairwise(objectives)) >= 22
    assert all(0 <= picture.min() and picture.max() <= 1 for picture in pictures)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_picture_and_another_one_another(photo, painting, vgg) -> None:
    def third(seed: int):
        steps = optimise(photo, painting, vgg, stroke=STROKE, start="noise", seed=seed)
        return next(islice(steps, 3, None))[2]

    assert torch.equal(third(5), third(5))
    assert (third(5) - third(6)).abs().mean() > 0.05


@pytest.mark.slow
def test_lbfgs_gets_further_in_as_many_iterations(walk, photo, painting, vgg) -> None:
    steps = list(islice(optimise(photo, painting, vgg, stroke=STROKE, method="lbfgs"), 26))
    assert steps[25][1] < walk[25][1]
    assert 0 <= steps[25][2].min() and steps[25][2].max() <= 1


@pytest.mark.slow
def test_a_picture_is_worth_the_iterations_that_it_took(walk, photo, painting, vgg) -> None:
    told: list[int] = []

    def value(iteration: int, most: int = 25) -> int | None:
        picture = walk[iteration][2]
        return worth(photo, picture, painting, vgg, STROKE, STRENGTH, most, lambda done, objective: told.append(done))

    assert value(8) in (8, 9, 10)
    assert told == list(range(told[-1] + 1))
    assert value(20, most=5) is None
    assert worth(photo, walk[0][2], painting, vgg, STROKE, STRENGTH, 5) == 1  # the photo itself: the very first step


@pytest.mark.slow
def test_a_painting_may_be_given_as_what_is_known_of_it(walk, photo, painting, vgg) -> None:
    target = style_target(painting, vgg, STROKE)
    (_, first, _), (_, second, _) = islice(optimise(photo, target, vgg, strength=STRENGTH), 2)
    assert (first, second) == (walk[0][1], walk[1][1])


def test_what_is_no_photo_and_what_is_no_painting_are_errors(photo, painting, vgg, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\(1, 3, H, W\)"):
        next(optimise(photo[0], painting, vgg, stroke=STROKE))
    (tmp_path / "notes.jpg").write_text("not a picture")
    with pytest.raises(SourceError, match="not a picture"):
        next(optimise(photo, tmp_path / "notes.jpg", vgg))


def test_pixels_survive_the_way_to_a_tensor_and_back(photo) -> None:
    assert torch.equal(to_tensor(to_pixels(photo[0])), photo[0])
