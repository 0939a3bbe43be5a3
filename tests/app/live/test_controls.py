"""What keys and controller buttons do to style, strength, strokes and colour."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from patience import PATIENCE_S
from stand_ins import ScriptedSource, ScriptedStylizer, networks

from allaprima.app.canvas.still import StillCanvas
from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.commands import COMMANDS, Call, Command
from allaprima.app.core.journal import Event
from allaprima.app.depth.feed import ImmediateDepth
from allaprima.app.depth.flat import FlatDepth
from allaprima.app.live.controls import Controls
from allaprima.app.live.effects import Effect
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.fade import Fade
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.reenactment import Reenactment, Setting
from allaprima.app.stylize.zoning import ZoneStyles


@pytest.fixture
def controls(tiny_pack: Path) -> Iterator[Controls]:
    """Of a pipeline whose pictures, of 96x96, can be painted with strokes of size 0.5, 0.7, 1 and 1.4."""
    clock = FakeClock()
    palette = Palette(load_pack(tiny_pack), clock, 0.0)
    loading = networks(ScriptedStylizer(size=(96, 96)), full=(96, 96))
    yield Controls(palette, Pipeline(ScriptedSource(1), loading, palette, clock))
    loading.close()


def test_strokes_are_stepped_through_as_far_as_they_can_be_painted(controls: Controls) -> None:
    assert controls.do("larger-strokes") == "strokes of size 1.4"
    assert controls.pipeline.networks.asked == 1.4
    assert controls.do("larger-strokes") == "strokes cannot be larger"
    assert controls.pipeline.networks.asked == 1.4
    for size in ("1", "0.7", "0.5"):
        assert controls.do("smaller-strokes") == f"strokes of size {size}"
    assert controls.do("smaller-strokes") == "strokes cannot be smaller"


def test_impasto_is_turned_within_its_range_and_only_where_there_is_a_canvas(controls: Controls) -> None:
    assert controls.do("more-impasto") == "these styles paint on no canvas"
    controls.pipeline = Pipeline(
        ScriptedSource(1), controls.pipeline.networks, controls.palette, FakeClock(), canvas=StillCanvas(2)
    )
    found = [controls.do("more-impasto") for _ in range(3)]
    assert found == ["impasto 125%", "impasto 150%", "impasto 150%"]
    for _ in range(7):
        controls.do("less-impasto")
    assert controls.pipeline.impasto == 0


def test_near_and_far_go_round_where_distances_are_known(controls: Controls) -> None:
    assert controls.do("near") == controls.do("far") == "distances are known of calibrated cameras only"
    controls.pipeline.depth = ImmediateDepth(FlatDepth(ScriptedSource.rig, 2.0))
    assert [controls.do("near") for _ in range(4)] == [
        "unpainted: nearer than 0.5 m",
        "unpainted: nearer than 0.8 m",
        "unpainted: nearer than 1.2 m",
        "what is near is painted as the rest",
    ]
    controls.pipeline.far_m = 2.5
    controls.pipeline.zone_styles = ZoneStyles(far=controls.palette.blend)
    assert controls.do("far") == "painted otherwise: farther than 3 m"
    assert (controls.pipeline.near_m, controls.pipeline.far_m) == (0, 3)


def test_a_size_between_the_steps_goes_on_to_the_one_beside_it(controls: Controls) -> None:
    controls.pipeline.networks.ask(1.2)
    controls.do("smaller-strokes")
    assert controls.pipeline.networks.asked == 1.0


def test_keep_colour_goes_through_half_and_wholly_back_to_none(controls: Controls) -> None:
    seen = []
    for _ in range(4):
        notice = controls.do("keep-colour")
        seen.append((controls.keep_colour, notice))
    assert seen == [
        (0.5, "the camera's colours 50%"),
        (1.0, "the camera's colours 100%"),
        (0.0, "painted colours"),
        (0.5, "the camera's colours 50%"),
    ]
    controls.keep_colour = 0.8
    controls.do("keep-colour")
    assert controls.keep_colour == 1.0


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_table_is_carried_out(controls: Controls, command: Command) -> None:
    before = state_of(controls)
    effect = controls.do(Call(command.name, 2 if command.name == "style" else None))
    assert effect is not None or state_of(controls) != before or command.name == "hide-plain"


def test_a_command_that_is_none_is_an_error(controls: Controls) -> None:
    with pytest.raises(KeyError, match="dance"):
        controls.do("dance")


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("quit", Effect.QUIT),
        ("screenshot", Effect.SCREENSHOT),
        ("record", Effect.RECORD),
        ("fullscreen", Effect.FULLSCREEN),
        ("recentre", Effect.RECENTRE),
    ],
)
def test_what_others_do_is_returned_and_leaves_nothing_behind(controls: Controls, name: str, effect: Effect) -> None:
    before = state_of(controls)
    assert controls.do(name) == effect
    assert state_of(controls) == before


def state_of(controls: Controls) -> list[object]:
    return [getattr(controls, field.name) for field in fields(controls)]


def test_styles_are_blended_in_quarters(controls: Controls) -> None:
    assert controls.do("blend-next") == "75 % The Red Room + 25 % Harbour"
    controls.do("blend-previous")
    assert controls.do("blend-previous") == "25 % Mosaic + 75 % The Red Room"


def test_asking_for_strokes_does_not_wait_for_them(controls: Controls) -> None:
    """The thread that draws is the one that asks."""
    drawing = threading.current_thread().name
    loaded_by: list[str] = []
    held = threading.Event()

    def load(size: tuple[int, int]) -> ScriptedStylizer:
        loaded_by.append(threading.current_thread().name)
        held.wait(PATIENCE_S)
        return ScriptedStylizer(size=size)

    slow = controls.pipeline.networks = networks(ScriptedStylizer(size=(96, 96)), load, (96, 96))
    controls.do("larger-strokes")
    assert slow.in_hand.stroke_size == 1.0 and not held.is_set()
    held.set()
    slow.close()
    assert loaded_by and drawing not in loaded_by


RECORDED = 10**15


@pytest.fixture
def replaying(controls: Controls) -> Controls:
    """A replay whose wearer chose Harbour, and a second later Mosaic: paler, unpainted, half in its colours."""
    later: dict[str, str | float]
    first: dict[str, str | float]
    later = {
        "style": "mosaic",
        "strength": 0.5,
        "plain": True,
        "keep_colour": 0.5,
        "crossfade_s": 2.0,
        "impasto": 0.5,
        "near_m": 0.8,
        "far_m": 4.0,
    }
    first = {
        "style": "harbour",
        "strength": 1.0,
        "plain": False,
        "keep_colour": 0.0,
        "crossfade_s": 0.0,
    }
    events = [Event(RECORDED, name, value) for name, value in first.items()]
    events += [Event(RECORDED + NS, name, value) for name, value in later.items()]
    pack = controls.palette.pack
    weights = controls.palette.blend.weights(pack.rows)
    start = Setting(controls.palette.blend, Fade(weights, weights))
    controls.pipeline.reenactment = Reenactment(events, pack, start)
    return controls


def test_what_is_shown_is_set_as_it_was_when_it_was_recorded(replaying: Controls) -> None:
    for recorded_ns, label, plain in ((RECORDED, "Harbour — C. M.", False), (RECORDED + NS, "Mosaic", True)) * 2:
        replaying.follow(recorded_ns)
        assert (replaying.palette.label, replaying.plain) == (label, plain), "and again after a rewind"
    assert (replaying.palette.strength, replaying.keep_colour, replaying.palette.crossfade_s) == (0.5, 0.5, 2.0)
    assert replaying.pipeline.impasto == 0.5
    assert (replaying.pipeline.near_m, replaying.pipeline.far_m) == (0.8, 4.0)
    replaying.keep_colour = 0.25
    replaying.follow(RECORDED + NS + 1)
    assert replaying.keep_colour == 0.25, "set where something changes, not with every pair"


@pytest.mark.parametrize("key", ["blend-next", "stronger", "plain", "keep-colour", "crossfade", "smaller-strokes"])
def test_whoever_turns_something_takes_over_from_where_it_was(replaying: Controls, key: str) -> None:
    replaying.follow(RECORDED)
    notice = replaying.do(key)
    assert isinstance(notice, str) and notice.endswith(": from here on you choose")
    assert replaying.pipeline.reenactment is None
    if key == "blend-next":
        assert replaying.palette.label == "75 % Harbour + 25 % Mosaic"
    label, plain = replaying.palette.label, replaying.plain
    replaying.follow(RECORDED + NS)
    assert (replaying.palette.label, replaying.plain) == (label, plain)
    notice = replaying.do("stronger")
    assert isinstance(notice, str) and "you choose" not in notice, "told once"


@pytest.mark.parametrize("key", ["layout", "hud", "screenshot", "freeze", "show-plain", "further-away", "recentre"])
def test_looking_about_is_not_taking_over(replaying: Controls, key: str) -> None:
    replaying.do(key)
    assert replaying.pipeline.reenactment is not None
    replaying.follow(RECORDED + NS)
    assert replaying.palette.label == "Mosaic"


def test_taking_over_in_a_crossfade_goes_on_from_there(replaying: Controls) -> None:
    replaying.follow(RECORDED + 2 * NS)  # half of the two seconds
    halfway = replaying.palette.weights(replaying.palette._clock.now_ns())
    assert halfway[2] == halfway[3] == pytest.approx(0.25)
    replaying.do("next-style")
    assert (replaying.palette.weights(replaying.palette._clock.now_ns()) == halfway).all()
    assert replaying.palette.label == "The Red Room — Henri M."
