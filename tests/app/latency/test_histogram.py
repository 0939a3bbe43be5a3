import math

import numpy as np
import pytest

from allaprima.app.latency.histogram import CEILING_MS, FLOOR_MS, RELATIVE_ERROR, Histogram

QUANTILES = (0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


def filled(values) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(float(value))
    return histogram


@pytest.mark.parametrize("shape", ["lognormal", "uniform", "two humps", "powers"])
def test_quantiles_are_within_the_promised_relative_error_of_numpys(shape):
    rng = np.random.default_rng(7)
    values = {
        "lognormal": rng.lognormal(3, 1, 20_011),
        "uniform": rng.uniform(0.01, 200, 5_003),
        "two humps": np.concatenate([rng.normal(20, 1, 3001), rng.normal(400, 10, 997)]),
        "powers": 10.0 ** rng.uniform(-2.9, 4.9, 10_007),
    }[shape]
    histogram = filled(values)
    for q in QUANTILES:
        true = float(np.quantile(values, q, method="inverted_cdf"))
        assert histogram.quantile(q) == pytest.approx(true, rel=RELATIVE_ERROR * 1.0001), q
    assert RELATIVE_ERROR <= 0.01


def test_count_mean_min_and_max_are_exact():
    values = np.random.default_rng(1).lognormal(2, 1, 1000)
    histogram = filled(values)
    assert histogram.count == 1000
    assert histogram.mean == pytest.approx(values.mean(), rel=1e-12)
    assert histogram.min == histogram.quantile(0) == values.min()
    assert histogram.max == histogram.quantile(1) == values.max()


def test_an_empty_histogram_knows_nothing():
    histogram = Histogram()
    assert histogram.count == 0
    assert histogram.quantile(0.5) is histogram.mean is histogram.min is histogram.max is None


def test_one_value_is_every_quantile():
    histogram = filled([12.345])
    assert [histogram.quantile(q) for q in (0, 0.5, 0.99, 1)] == [12.345] * 4


def test_what_is_no_duration_is_counted_apart_and_changes_nothing():
    histogram = filled([10.0, math.nan, math.inf, -math.inf, -1.0])
    assert (histogram.count, histogram.invalid) == (1, 4)
    assert histogram.mean == histogram.max == histogram.quantile(0.99) == 10.0


def test_zero_tiny_and_huge_values_stay_inside_the_fixed_memory():
    histogram = filled([0.0, FLOOR_MS / 10, FLOOR_MS, CEILING_MS, CEILING_MS * 1000])
    assert histogram.count == 5
    assert histogram.min == 0.0
    assert histogram.max == CEILING_MS * 1000
    middle, high = histogram.quantile(0.5), histogram.quantile(0.8)
    assert middle is not None and middle <= FLOOR_MS
    assert high is not None and high >= CEILING_MS * (1 - RELATIVE_ERROR)


@pytest.mark.parametrize("q", [-0.01, 1.01, math.nan])
def test_a_quantile_outside_0_to_1_is_refused(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        filled([1.0]).quantile(q)
