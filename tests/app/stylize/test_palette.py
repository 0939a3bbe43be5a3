from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.errors import SettingsError, StylePackError
from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.blend import parse_blend
from allaprima.app.stylize.palette import Palette


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(5 * NS)


@pytest.fixture
def palette(tiny_pack: Path, clock: FakeClock) -> Palette:
    return Palette(load_pack(tiny_pack), clock, crossfade_s=1.0)


def now(palette: Palette, clock: FakeClock) -> np.ndarray:
    return palette.weights(clock.now_ns())


def test_begins_with_the_first_style_at_full_strength(palette: Palette, clock: FakeClock) -> None:
    np.testing.assert_array_equal(now(palette, clock), np.array([0, 1, 0, 0], np.float32))
    assert now(palette, clock).dtype == np.float32
    assert palette.label == "The Red Room — Henri M."


def test_crossfade_is_smooth_and_ends_at_the_new_style(palette: Palette, clock: FakeClock) -> None:
    palette.select("mosaic")
    shares = []
    for _ in range(11):
        weights = now(palette, clock)
        assert weights.sum() == pytest.approx(1)
        shares.append(float(weights[3]))
        clock.advance(NS // 10)
    assert shares[0] == 0 and shares[5] == pytest.approx(0.5) and shares[10] == 1
    steps = np.diff(shares)
    assert (steps > 0).all() and steps[0] < steps[4] > steps[9]  # eased in and out
    clock.advance(100 * NS)
    np.testing.assert_array_equal(now(palette, clock), np.array([0, 0, 0, 1], np.float32))


def test_interrupted_crossfade_goes_on_from_where_it_was(palette: Palette, clock: FakeClock) -> None:
    palette.select("mosaic")
    clock.advance(NS * 6 // 10)
    before = now(palette, clock)
    palette.select("harbour")
    np.testing.assert_array_equal(now(palette, clock), before)
    clock.advance(NS // 1000)
    assert np.abs(now(palette, clock) - before).max() < 0.001
    clock.advance(NS)
    np.testing.assert_array_equal(now(palette, clock), np.array([0, 0, 1, 0], np.float32))


def test_frame_older_than_the_switch_is_painted_as_before_it(palette: Palette, clock: FakeClock) -> None:
    captured = clock.now_ns() - NS // 20
    palette.select("mosaic")
    np.testing.assert_array_equal(palette.weights(captured), np.array([0, 1, 0, 0], np.float32))


def test_crossfade_of_no_length_switches_at_once(palette: Palette, clock: FakeClock) -> None:
    palette.crossfade_s = 0.0
    palette.select(2)
    np.testing.assert_array_equal(palette.weights(clock.now_ns() - 1), np.array([0, 0, 0, 1], np.float32))


def test_next_and_previous_wrap_round(palette: Palette) -> None:
    assert [palette.next().name for _ in range(3)] == ["harbour", "mosaic", "red-room"]
    assert palette.previous().name == "mosaic"
    assert palette.index == 2
    assert palette.label == "Mosaic"


def test_strength_blends_with_the_identity_row_at_once(palette: Palette, clock: FakeClock) -> None:
    palette.strength = 0.25
    np.testing.assert_allclose(now(palette, clock), [0.75, 0.25, 0, 0])


@pytest.mark.parametrize("strength", [-0.01, 1.01, float("nan")])
def test_strength_outside_its_range_changes_nothing(palette: Palette, strength: float) -> None:
    with pytest.raises(SettingsError):
        palette.strength = strength
    assert palette.strength == 1.0


def test_session_begins_with_a_blend_without_fading(palette: Palette, clock: FakeClock) -> None:
    palette.select("mosaic")
    palette.begin(parse_blend("harbour:3,mosaic:1", palette.pack))
    np.testing.assert_allclose(palette.weights(0), [0, 0, 0.75, 0.25])
    assert palette.index == 1
    assert palette.label == "75 % Harbour + 25 % Mosaic"
    assert palette.next().name == "mosaic", "the one after the first of the blend"


def test_turning_goes_from_style_to_style_by_any_part_and_round(palette: Palette, clock: FakeClock) -> None:
    assert palette.turn(0.25).label == "75 % The Red Room + 25 % Harbour"
    assert palette.index == 0
    clock.advance(2 * NS)
    np.testing.assert_allclose(now(palette, clock), [0, 0.75, 0.25, 0])
    for _ in range(3):
        palette.turn(0.25)
    assert palette.label == "Harbour — C. M." and palette.index == 1
    palette.turn(-1.5)
    clock.advance(2 * NS)
    np.testing.assert_allclose(now(palette, clock), [0, 0.5, 0, 0.5])  # half of the last, half of the first


def test_turning_is_crossfaded_too(palette: Palette, clock: FakeClock) -> None:
    before = now(palette, clock)
    palette.turn(0.5)
    np.testing.assert_array_equal(now(palette, clock), before)
    clock.advance(NS // 2)
    np.testing.assert_allclose(now(palette, clock), [0, 0.75, 0.25, 0])


def test_next_and_previous_leave_a_blend_for_the_styles_beside_it(palette: Palette) -> None:
    palette.turn(0.25)
    assert palette.previous().name == "red-room"
    palette.turn(0.25)
    assert palette.next().name == "harbour"
    assert palette.turn(0.5).label == "50 % Harbour + 50 % Mosaic"
    assert palette.turn(0.5).label == "Mosaic"


def test_unknown_style_leaves_the_palette_as_it_was(palette: Palette, clock: FakeClock) -> None:
    with pytest.raises(StylePackError, match="no style 'masaic'"):
        palette.select("masaic")
    assert palette.index == 0
    np.testing.assert_array_equal(now(palette, clock), np.array([0, 1, 0, 0], np.float32))


def test_weights_sum_to_one_while_another_thread_turns_the_palette(palette: Palette, clock: FakeClock) -> None:
    def turn() -> None:
        for _ in range(300):
            palette.next()
            clock.advance(NS // 50)

    turning = threading.Thread(target=turn, daemon=True)
    turning.start()
    sums = [float(now(palette, clock).sum()) for _ in range(300)]
    turning.join()
    assert max(abs(total - 1) for total in sums) < 1e-4
