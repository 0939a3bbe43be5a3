"""What a journal says was chosen, as a function of the recording's time."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.journal import Event
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.stylize.blend import Blend, parse_blend
from allaprima.app.stylize.fade import Fade
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.reenactment import MOST_CHANGES, Reenactment, Setting

T0 = 7_000 * NS
RED, HARBOUR, MOSAIC = (np.eye(4, dtype=np.float32)[row] for row in (1, 2, 3))


@pytest.fixture
def pack(tiny_pack: Path) -> StylePack:
    return load_pack(tiny_pack)


def reenactment(
    pack: StylePack, *events: tuple[float, str, str | float | None], crossfade_s: float = 0.0
) -> Reenactment:
    """`events`: (seconds from T0, name, value)."""
    blend = Blend.of(pack.styles[0])
    weights = blend.weights(pack.rows)
    told = [Event(T0 + round(at * NS), name, value) for at, name, value in events]
    return Reenactment(told, pack, Setting(blend, Fade(weights, weights), crossfade_s=crossfade_s))


def weights(of: Reenactment, at: float) -> np.ndarray:
    t_ns = T0 + round(at * NS)
    return of.at(t_ns).weights(t_ns)


def test_the_first_of_each_name_holds_from_the_beginning_and_the_others_from_their_own_time(pack: StylePack) -> None:
    then = reenactment(
        pack, (0.2, "style", "harbour"), (0.2, "plain", False), (1, "style", "mosaic"), (2, "plain", True)
    )
    for at, style, plain in ((-5, HARBOUR, False), (0.999, HARBOUR, False), (1, MOSAIC, False), (2, MOSAIC, True)):
        np.testing.assert_array_equal(weights(then, at), style)
        assert then.at(T0 + round(at * NS)).plain == plain
    assert then.changes == 2 and then.has_changes and not then.refused
    assert then.at(None) is then.at(T0), "a pair of which nobody knows when is painted as at the beginning"


def test_at_the_beginning_nothing_is_faded_to_however_early_the_clock_is(pack: StylePack) -> None:
    blend = Blend.of(pack.styles[0])
    start = Setting(blend, Fade(blend.weights(4), blend.weights(4)), crossfade_s=1.0)
    then = Reenactment([Event(20, "style", "harbour")], pack, start)
    for t_ns in (-NS, 0, 20, NS // 2):
        np.testing.assert_array_equal(then.at(t_ns).weights(t_ns), HARBOUR)


def test_a_crossfade_takes_its_time_on_the_recordings_clock(pack: StylePack) -> None:
    then = reenactment(
        pack, (0, "style", "red-room"), (0, "crossfade_s", 2.0), (1, "style", "mosaic"), (2, "style", "harbour")
    )
    np.testing.assert_array_equal(weights(then, 1), RED)
    np.testing.assert_allclose(weights(then, 2 - 1e-9), (RED + MOSAIC) / 2, atol=1e-6)
    np.testing.assert_allclose(weights(then, 2), (RED + MOSAIC) / 2, atol=1e-6)  # interrupted, without a jump
    np.testing.assert_array_equal(weights(then, 4), HARBOUR)


def test_the_weights_are_those_that_a_palette_had_when_it_was_turned_so(pack: StylePack) -> None:
    dice, clock = random.Random(3), FakeClock(T0)
    palette, events, seen = (
        Palette(pack, clock, 0.7),
        [Event(T0, "style", "red-room"), Event(T0, "crossfade_s", 0.7)],
        [],
    )
    for _ in range(60):
        clock.advance(dice.randrange(NS // 2))
        if dice.random() < 0.4:
            palette.turn(0.25 * dice.randrange(1, 8))
            events.append(Event(clock.now_ns(), "style", palette.blend.expression))
        if dice.random() < 0.2:
            palette.strength = round(dice.random(), 1)
            events.append(Event(clock.now_ns(), "strength", palette.strength))
        seen.append((clock.now_ns(), palette.weights(clock.now_ns())))
    events.insert(0, Event(T0, "strength", 1.0))
    dice.shuffle(events)
    start = Blend.of(pack.styles[2]).weights(pack.rows)
    then = Reenactment(events, pack, Setting(Blend.of(pack.styles[2]), Fade(start, start)))
    for t_ns, meant in seen:
        np.testing.assert_array_equal(then.at(t_ns).weights(t_ns), meant)


def test_what_changes_in_one_moment_changes_at_once(pack: StylePack) -> None:
    """The journal has the style before the length of its crossfade."""
    then = reenactment(
        pack, (0, "style", "harbour"), (0, "crossfade_s", 5.0), (1, "style", "mosaic"), (1, "crossfade_s", 0.0)
    )
    np.testing.assert_array_equal(weights(then, 1), MOSAIC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("style", "rusty-nail"), ("style", ""), ("style", 3.0), ("style", None), ("style", "mosaic:nan"),
        ("style", "mosaic," * 5000),
        ("strength", 1.1), ("strength", -1e-9), ("strength", math.nan), ("strength", math.inf), ("strength", "1"),
        ("strength", True), ("strength", None), ("crossfade_s", 1e9), ("stroke_size", 0.0), ("stroke_size", 100.0),
        ("keep_colour", 2.0), ("plain", 1), ("plain", "yes"), ("frozen", None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_all_as_it_is(
    pack: StylePack, name: str, value: str | float | None
) -> None:
    then = reenactment(pack, (0, "style", "harbour"), (0, "strength", 1.0), (1, name, value), (2, "style", "mosaic"))
    before, after = then.at(T0 + NS - 1), then.at(T0 + NS)
    np.testing.assert_array_equal(weights(then, 1.5), HARBOUR)
    for field in ("strength", "crossfade_s", "stroke_size", "keep_colour", "plain", "frozen"):
        assert getattr(before, field) == getattr(after, field)
    assert then.refused == 1 and 0 < len(then.reason) < 300
    np.testing.assert_array_equal(weights(then, 2), MOSAIC)


def test_a_style_that_the_pack_lacks_does_not_bring_the_next_one_forward(pack: StylePack) -> None:
    then = reenactment(pack, (0, "style", "rusty-nail"), (3, "style", "mosaic"))
    np.testing.assert_array_equal(weights(then, 2.9), RED)
    np.testing.assert_array_equal(weights(then, 3), MOSAIC)
    assert then.refused == 1 and "rusty-nail" in then.reason


def test_names_of_later_versions_are_passed_over(pack: StylePack) -> None:
    then = reenactment(pack, (0, "weather", "rain"), (1, "weather", "sun"))
    assert not then.has_changes and not then.changes and not then.refused


def test_a_journal_that_was_made_to_fill_the_memory_does_not(pack: StylePack) -> None:
    endless = [(n / 1000, "plain", bool(n % 2)) for n in range(MOST_CHANGES + 500)]
    assert reenactment(pack, *endless).changes == MOST_CHANGES
    many = [(n / 1000, "style", f"no-such-{n}") for n in range(1500)]
    assert reenactment(pack, *many).refused == 1500


@pytest.mark.parametrize("expression", ["mosaic", "mosaic:0.3,harbour:0.7", "red-room:1,harbour:1,mosaic:1"])
def test_a_blend_is_written_as_it_is_read(pack: StylePack, expression: str) -> None:
    blend = parse_blend(expression, pack)
    again = parse_blend(blend.expression, pack)
    np.testing.assert_array_equal(again.weights(4), blend.weights(4))
    assert again.label == blend.label
