"""What keys and controller buttons do to style, strength, strokes and colour."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import PATIENCE_S
from stand_ins import ScriptedSource, ScriptedStylizer, brushes

from allaprima.app.controls import Controls
from allaprima.app.core.clock import FakeClock
from allaprima.app.pipeline import Pipeline
from allaprima.app.stylize.pack import load_pack
from allaprima.app.stylize.palette import Palette


@pytest.fixture
def controls(tiny_pack: Path) -> Iterator[Controls]:
    """Of a pipeline whose pictures, of 96x96, can be painted with strokes of size 0.5, 0.7, 1 and 1.4."""
    clock = FakeClock()
    palette = Palette(load_pack(tiny_pack), clock, 0.0)
    loading = brushes(ScriptedStylizer(size=(96, 96)), full=(96, 96))
    yield Controls(palette, Pipeline(ScriptedSource(1), loading, palette, clock))
    loading.close()


def test_strokes_are_stepped_through_as_far_as_they_can_be_painted(controls: Controls) -> None:
    controls.do("larger-strokes")
    assert (controls.notice, controls.pipeline.brushes.asked) == ("strokes of size 1.4", 1.4)
    controls.do("larger-strokes")
    assert (controls.notice, controls.pipeline.brushes.asked) == ("strokes cannot be larger", 1.4)
    for size in ("1", "0.7", "0.5"):
        controls.do("smaller-strokes")
        assert controls.notice == f"strokes of size {size}"
    controls.do("smaller-strokes")
    assert controls.notice == "strokes cannot be smaller"


def test_a_size_between_the_steps_goes_on_to_the_one_beside_it(controls: Controls) -> None:
    controls.pipeline.brushes.ask(1.2)
    controls.do("smaller-strokes")
    assert controls.pipeline.brushes.asked == 1.0


def test_keep_colour_goes_through_half_and_wholly_back_to_none(controls: Controls) -> None:
    seen = []
    for _ in range(4):
        controls.do("keep-colour")
        seen.append((controls.keep_colour, controls.notice))
    assert seen == [
        (0.5, "the camera's colours 50%"),
        (1.0, "the camera's colours 100%"),
        (0.0, "painted colours"),
        (0.5, "the camera's colours 50%"),
    ]
    controls.keep_colour = 0.8
    controls.do("keep-colour")
    assert controls.keep_colour == 1.0


def test_styles_are_blended_in_quarters(controls: Controls) -> None:
    controls.do("blend-next")
    assert controls.notice == "75 % The Red Room + 25 % Harbour"
    controls.do("blend-previous")
    controls.do("blend-previous")
    assert controls.notice == "25 % Mosaic + 75 % The Red Room"


def test_asking_for_strokes_does_not_wait_for_them(controls: Controls) -> None:
    """The thread that draws is the one that asks."""
    drawing = threading.current_thread().name
    loaded_by: list[str] = []
    held = threading.Event()

    def load(size: tuple[int, int]) -> ScriptedStylizer:
        loaded_by.append(threading.current_thread().name)
        held.wait(PATIENCE_S)
        return ScriptedStylizer(size=size)

    slow = controls.pipeline.brushes = brushes(ScriptedStylizer(size=(96, 96)), load, (96, 96))
    controls.do("larger-strokes")
    assert slow.in_hand.stroke_size == 1.0 and not held.is_set()
    held.set()
    slow.close()
    assert loaded_by and drawing not in loaded_by
