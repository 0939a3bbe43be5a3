"""Laws of growth."""

from __future__ import annotations

import pytest

from allaprima.app.bench.speed.growth import power_law, spread


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
