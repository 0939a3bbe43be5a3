"""What is measured of painters whose faults are known."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.app.bench import scenes
from allaprima.app.bench.painters import Paint, cycle_spinning, unpainted
from allaprima.app.bench.scenes import Pair, Scene
from allaprima.app.bench.stability import measures
from allaprima.app.bench.stability.canvases import Canvases
from allaprima.app.bench.stability.measures import Measured, drift, measure
from allaprima.app.canvas.canvas import Field

SIZE = (160, 120)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scenes._planes(SIZE, (20,), lambda: None)


def measured(paint: Paint, scene: Scene) -> Measured:
    return measure(paint, [scene], Canvases(), 0, lambda share: None)


def values(paint: Paint, scene: Scene) -> dict[str, float]:
    """What could be measured."""
    return {key: value for key, value in measured(paint, scene).values.items() if value is not None}


def value(paint: Paint, scene: Scene, key: str) -> float:
    return values(paint, scene)[key]


def inverted(pair: Pair, canvas: Field | None = None, /) -> Pair:
    return 255 - pair


def gridded(pair: Pair, canvas: Field | None = None, /) -> Pair:
    """Lines that stay where they are on the picture, every four pixels."""
    lines = np.zeros(pair.shape[1:], np.uint8)
    lines[::4] = lines[:, ::4] = 60
    return pair // 2 + lines


def framed(pair: Pair, canvas: Field | None = None, /) -> Pair:
    painted = pair // 2
    painted[:, :4] += 51
    return painted


def test_what_is_painted_point_by_point_moves_with_the_picture(scene: Scene) -> None:
    raw, found = values(unpainted, scene), values(inverted, scene)
    assert [found[f"shift_{k}px"] for k in (1, 2, 3, 4)] == [0, 0, 0, 0]
    for key in ("e_view", "e_stab", "e_stab_10", "output_std", "noise"):
        assert found[key] == pytest.approx(raw[key], rel=0.02), key
    assert raw["e_view"] < 0.004 and raw["e_stab"] < 0.004 and raw["e_stab_10"] < 0.004


def test_a_grid_is_seen_by_every_shift_but_its_own_period(scene: Scene) -> None:
    found = values(gridded, scene)
    assert min(found[f"shift_{k}px"] for k in (1, 2, 3)) > 0.1
    assert found["shift_4px"] == 0
    assert found["grid_4"] > 0.3
    assert found["e_view"] > 0.05 and found["e_stab"] > 0.02


def test_cycle_spinning_takes_a_grid_away(scene: Scene) -> None:
    assert value(cycle_spinning(gridded), scene, "shift_2px") < 0.3 * value(gridded, scene, "shift_2px")
    assert value(cycle_spinning(inverted), scene, "e_view") == pytest.approx(value(inverted, scene, "e_view"), abs=1e-4)


def test_swapped_eyes_are_noticed(scene: Scene) -> None:
    swapped, raw = values(lambda pair, canvas=None, /: pair[::-1], scene), values(unpainted, scene)
    assert swapped["e_view"] > 10 * raw["e_view"]
    assert swapped["bad2"] > raw["bad2"] + 10


def test_one_eye_painted_brighter_is_noticed_between_the_eyes_but_not_in_time(scene: Scene) -> None:
    found = values(lambda pair, canvas=None, /: pair // 2 + np.array([0, 25], np.uint8)[:, None, None, None], scene)
    assert found["e_view"] == pytest.approx(25 / 255, rel=0.05)
    assert found["e_stab"] < 0.01


def test_a_frame_is_noticed(scene: Scene) -> None:
    assert value(framed, scene, "border") == pytest.approx(0.2, abs=0.01)
    assert value(inverted, scene, "border") == 0


def test_a_blank_picture_has_no_contrast_and_keeps_nothing(scene: Scene) -> None:
    found = measured(lambda pair, canvas=None, /: np.zeros_like(pair), scene).values
    assert (found["output_std"], found["outline"], found["tint"]) == (0, 0, 1)
    assert found["e_view"] == found["e_stab"] == 0  # which is why contrast is told beside


def test_drift_is_what_a_painter_remembers_and_not_the_noise(scene: Scene) -> None:
    pair = scene.moments[0].pair
    passes: list[Pair] = []

    def darkening(noisy: Pair, canvas: Field | None = None, /) -> Pair:
        passes.append(noisy)
        return (noisy * max(0.0, 1 - len(passes) / 2000)).astype(np.uint8)

    assert drift(unpainted, pair, 200) == 0
    assert drift(darkening, pair, 200) > 0.01
    assert len(passes) == 200
    assert not np.array_equal(passes[0], passes[1])


def test_every_pair_of_the_scenes_is_painted_once(scene: Scene) -> None:
    seen: list[bytes] = []

    def paint(pair: Pair, canvas: Field | None = None, /) -> Pair:
        seen.append(pair.tobytes())
        return pair

    shares: list[float] = []
    measure(paint, [scene], Canvases(), 60, shares.append)
    assert sum(shares) == pytest.approx(1)
    large = [s for s in seen if len(s) == scene.moments[0].pair.nbytes]
    assert len(large) == len(set(large)) == 1 + len(scenes.LAGS) + 2 + 2 * len(measures.SHIFTS) + 2
