"""From a press on a controller to what the eyes see, with everything of OpenVR between them real but the runtime."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from allaprima.app.compositor.gl import GL


@pytest.fixture
def wearer(steamvr: Any, graphics: Any) -> Iterator[Any]:
    from openvr_runtime.wearer import Wearer

    wearer = Wearer(steamvr)
    yield wearer
    wearer.headset.close()


def paint(headset: Any, eye: int, colour: tuple[int, int, int]) -> None:
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, headset.eye_framebuffer(eye))
    GL.glClearColor(*(channel / 255 for channel in colour), 1.0)
    GL.glClear(GL.GL_COLOR_BUFFER_BIT)


def test_every_button_is_one_action_however_often_it_is_asked_for(wearer):
    from openvr_runtime.wearer import BUTTONS

    for action in BUTTONS:
        wearer.press(action)
        asked = []
        for _ in range(3):
            wearer.headset.wait_frame()
            asked += wearer.headset.poll_actions()
        assert asked == [action]


def test_each_frame_is_seen_by_its_own_eye_when_it_is_submitted(wearer):
    for number in range(3):
        frame = wearer.headset.wait_frame()
        colours = [(40 * number + 10, 200, 30), (30, 40 * number + 10, 200)]
        for eye, colour in enumerate(colours):
            paint(wearer.headset, eye, colour)
        wearer.headset.submit(frame)
        for eye, colour in enumerate(colours):
            assert (wearer.read_eye(eye) == colour).all()


def test_no_frame_is_late_for_a_runtime_without_a_pace(wearer):
    for _ in range(50):
        wearer.headset.submit(wearer.headset.wait_frame())
    assert wearer.headset.timing().dropped == 0
    assert wearer.headset.timing().submitted == 50


def test_a_press_brings_the_next_style_and_the_hands_feel_it(wearer, tiny_pack):
    from stand_ins import ScriptedSource, ScriptedStylizer, networks

    from allaprima.app.live.controls import Controls
    from allaprima.app.live.pipeline import Pipeline
    from allaprima.app.packs.pack import load_pack
    from allaprima.app.stylize.palette import Palette

    palette = Palette(load_pack(tiny_pack), wearer.clock, 0.0)
    pipeline = Pipeline(ScriptedSource(0), networks(ScriptedStylizer()), palette, wearer.clock)
    controls = Controls(palette, pipeline, "left")
    wearer.press("next-style")
    wearer.headset.wait_frame()
    for action in wearer.headset.poll_actions():
        controls.do(action)
        wearer.headset.tick()
    pipeline.networks.close()
    assert controls.palette.index == 1
    assert wearer.ticks() == 1
