import re

import numpy as np
import pytest

from allaprima.app.latency.plot import Axis, Plot, binned


@pytest.mark.parametrize(
    ("low", "high", "axis_low", "axis_high", "ticks"),
    [
        (0, 97, 0, 100, [0, 20, 40, 60, 80, 100]),
        (31, 122, 20, 140, [20, 40, 60, 80, 100, 120, 140]),
        (0, 0.9, 0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (7, 7, 7, 8, [7, 7.2, 7.4, 7.6, 7.8, 8]),
        (0, 0, 0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_an_axis_holds_its_values_between_round_numbers(low, high, axis_low, axis_high, ticks):
    axis = Axis.round(low, high, "ms")
    assert (axis.low, axis.high) == pytest.approx((axis_low, axis_high))
    assert axis.ticks() == pytest.approx(ticks)


def test_ticks_stay_on_an_axis_that_does_not_end_on_a_round_number():
    assert Axis(0, 59.98, "s").ticks() == [0, 10, 20, 30, 40, 50]


def test_a_line_of_many_points_keeps_its_extremes_in_the_band():
    x = np.arange(1000.0)
    y = np.full(1000, 10.0)
    y[777] = 99
    middle, low, median, high = binned(x, y, bins=100)
    assert middle.size == 100
    assert (low.min(), median.max(), high.max()) == (10, 10, 99)
    assert int(high.argmax()) == 77
    assert (middle[0], middle[-1]) == (0, 999)


def test_few_points_are_drawn_as_they_are():
    x, y = np.array([0.0, 1, 5]), np.array([3.0, 1, 2])
    for column, expected in zip(binned(x, y), (x, y, y, y), strict=True):
        assert np.array_equal(column, expected)


def test_no_points_draw_nothing():
    plot = Plot("empty", Axis(0, 1, "s"), Axis(0, 1, "ms"))
    plot.line(np.array([]), np.array([]), "age")
    assert "<polyline" not in plot.html()


def test_values_are_drawn_where_they_belong_y_up():
    plot = Plot("two points", Axis(0, 10, "s"), Axis(0, 50, "ms"))
    plot.line(np.array([0.0, 5.0]), np.array([0.0, 25.0]), "age")
    assert re.search(r'<polyline[^>]*points="0\.0,1000\.0 500\.0,500\.0"', plot.html())
    plot.bars(np.array([2.0, 4.0]), np.array([50.0]), "added")
    assert '<rect class="added" x="200.0" y="0.0" width="198.5" height="1000.0"/>' in plot.html()


def test_a_mark_outside_the_axes_is_left_out_and_a_late_one_has_its_label_before_it():
    plot = Plot("marks", Axis(0, 100, "ms"), Axis(0, 1, "pairs"))
    plot.mark(120, "p99 120", "p99")
    plot.mark(90, "p95 <90>", "p95", row=1)
    html = plot.html()
    assert "p99 120" not in html
    assert '<span class="mark before p95" style="left:90.00%;--row:1">p95 &lt;90&gt;</span>' in html
