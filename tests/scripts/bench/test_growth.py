"""How time grows, and the laws of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from growth import growth, growth_sizes, power_law, spread, tables, with_styles

from allaprima.app.bench.speed.rounds import Times
from allaprima.app.packs.pack import load_pack


def test_a_power_law_is_found_again() -> None:
    x = [100.0, 400.0, 2500.0, 9000.0]
    law = power_law(x, [0.03 * value**1.25 for value in x])
    assert law.exponent == pytest.approx(1.25)
    assert law.factor == pytest.approx(0.03)
    assert law.at(640) == pytest.approx(0.03 * 640**1.25)


def test_what_does_not_grow_has_exponent_0() -> None:
    assert power_law([4, 16, 64], [20, 20, 20]).exponent == pytest.approx(0)


@pytest.mark.parametrize(("x", "y"), [([5, 5], [1, 2]), ([5], [1]), ([1, 2], [0, 3]), ([1, 2], [1, 2, 3])])
def test_points_that_no_law_goes_through_are_refused(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match="power law"):
        power_law(x, y)


def test_spread_is_the_greatest_over_the_least() -> None:
    assert spread([20, 22, 21]) == pytest.approx(0.1)
    assert spread([7]) == 0


def test_growth_with_pixels_is_fitted(tiny_pack: Path) -> None:
    assert growth_sizes((640, 480)) == [(160, 120), (320, 240), (480, 360), (640, 480)]
    assert growth_sizes((128, 96)) == [(96, 72), (128, 96)]  # the others would be too small for a network

    def pretended(passes: dict[Any, Any]) -> dict[Any, Times]:
        ms = {name: name[0] * name[1] / 1e3 if isinstance(name, tuple) else 7.0 for name in passes}
        return {name: Times(one, one, one) for name, one in ms.items()}

    found = growth(load_pack(tiny_pack), (64, 64), (128, 96), (1, 2), pretended)
    assert [point["size"] for point in found["pixels"]["points"]] == ["96x72", "128x96"]
    assert found["pixels"]["exponent"] == 1 and found["styles"]["spread"] == 0
    assert [point["styles"] for point in found["styles"]["points"]] == [4, 16, 64]
    assert [point["threads"] for point in found["threads"]["points"]] == [1, 2]
    assert [len(table.rows) for table in tables(found)] == [2, 3, 2]


@pytest.mark.parametrize("rows", [2, 4, 64])
def test_a_network_takes_any_number_of_styles(tiny_pack: Path, rows: int) -> None:
    painted = with_styles(load_pack(tiny_pack).read_network().data, (64, 64), rows, "f32")()
    (pixels,) = painted.values()  # type: ignore[attr-defined]
    assert pixels.shape == (2, 64, 64, 3) and np.ptp(pixels) > 0
