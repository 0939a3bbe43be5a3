"""Which sessions know how far away everything is."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from stand_ins import ScriptedSource

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.pose import Pose
from allaprima.app.depth.feed import ImmediateDepth, ThreadedDepth
from allaprima.app.live.depth import open_depth
from allaprima.app.settings import CompositorSettings
from allaprima.app.sources.synthetic.source import SyntheticRoom

AUTO = CompositorSettings()


@pytest.fixture
def room() -> SyntheticRoom:
    return SyntheticRoom((64, 48), cache=False)


def test_the_room_is_calibrated(room: SyntheticRoom) -> None:
    assert isinstance(open_depth(AUTO, room, room, None, None), ThreadedDepth)


def test_what_is_read_as_fast_as_it_is_painted_gives_the_same_depth_in_every_replay() -> None:
    room = SyntheticRoom((64, 48), rate_hz=None, cache=False)
    assert isinstance(open_depth(AUTO, room, room, None, None), ImmediateDepth)


def test_flat_needs_nobody_to_estimate(room: SyntheticRoom) -> None:
    assert open_depth(replace(AUTO, depth="flat"), room, room, None, None) is None


def test_the_room_s_exact_depth(room: SyntheticRoom) -> None:
    feed = open_depth(replace(AUTO, depth="exact"), room, room, None, None)
    assert isinstance(feed, ThreadedDepth)
    feed.tell(room.read(10))
    feed.step()
    assert feed.newest is not None and feed.newest.trust == 1
    assert feed.newest.camera.position != Pose().position


def test_nothing_else_is_known_exactly() -> None:
    source = ScriptedSource(1)
    with pytest.raises(SettingsError, match="only the synthetic room"):
        open_depth(replace(AUTO, depth="exact"), source, source, None, None)


@pytest.mark.parametrize(("asked", "level"), [("matched", logging.WARNING), ("auto", logging.INFO)])
def test_cameras_without_calibration_stay_flat_and_that_is_said(
    asked: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    source = ScriptedSource(1)
    with caplog.at_level(logging.INFO):
        settings = replace(AUTO, depth=asked)  # type: ignore[arg-type]
        assert open_depth(settings, source, source, None, None) is None
    assert [(record.levelno, "calibration" in record.getMessage()) for record in caplog.records] == [(level, True)]
