"""Which sessions know how far away everything is."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE_S
from stand_ins import ScriptedSource

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.depth.depth import Depth
from allaprima.app.depth.feed import ImmediateDepth, ThreadedDepth
from allaprima.app.depth.flat import FlatDepth
from allaprima.app.depth.safety import SafetyView
from allaprima.app.live.depth import open_depth, open_safety
from allaprima.app.live.depth_view import DepthView
from allaprima.app.live.opening import assembled
from allaprima.app.live.request import Request
from allaprima.app.settings_and_flags import CompositorSettings, Settings
from allaprima.app.sources.synthetic.source import SyntheticRoom

AUTO = CompositorSettings()


@pytest.fixture
def room() -> SyntheticRoom:
    return SyntheticRoom((64, 48), cache=False)


def test_the_room_is_calibrated(room: SyntheticRoom) -> None:
    assert isinstance(open_depth(Settings(), room, room, None, None), ThreadedDepth)


def test_what_is_read_as_fast_as_it_is_painted_gives_the_same_depth_in_every_replay() -> None:
    room = SyntheticRoom((64, 48), rate_hz=None, cache=False)
    assert isinstance(open_depth(Settings(), room, room, None, None), ImmediateDepth)


def test_flat_needs_nobody_to_estimate(room: SyntheticRoom) -> None:
    assert open_depth(Settings(compositor=replace(AUTO, depth="flat")), room, room, None, None) is None


def test_the_room_s_exact_depth(room: SyntheticRoom) -> None:
    feed = open_depth(Settings(compositor=replace(AUTO, depth="exact")), room, room, None, None)
    assert isinstance(feed, ThreadedDepth)
    feed.tell(room.read(10))
    feed.step()
    assert feed.newest is not None and feed.newest.trust == 1
    assert feed.newest.camera.position != Pose().position


def test_nothing_else_is_known_exactly() -> None:
    source = ScriptedSource(1)
    with pytest.raises(SettingsError, match="only the synthetic room"):
        open_depth(Settings(compositor=replace(AUTO, depth="exact")), source, source, None, None)


def test_a_projection_by_depth_needs_one(room: SyntheticRoom) -> None:
    with pytest.raises(SettingsError, match="knows no distances"):
        open_depth(Settings(compositor=replace(AUTO, depth="flat", projection="depth")), room, room, None, None)


@pytest.mark.parametrize("flag", ["near_m", "far_m"])
def test_near_and_far_need_depth(room: SyntheticRoom, flag: str) -> None:
    needs = Settings().updated(f"stylize.{flag}", 0.8)
    with pytest.raises(SettingsError, match="knows no distances"):
        open_depth(needs.updated("compositor.depth", "flat"), room, room, None, None)
    source = ScriptedSource(1)
    with pytest.raises(SettingsError, match=r"--(near|far) has nothing to go by: without a calibration") as refusal:
        open_depth(needs, source, source, None, None)
    assert "calibrate" in refusal.value.hint


def test_a_session_draws_by_depth_and_tells_of_it(
    graphics: object, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Depth | None] = []
    set_depth = Compositor.set_depth

    def seen(compositor: Compositor, depth: Depth | None, head: Pose, t_ns: int) -> None:
        given.append(depth)
        set_depth(compositor, depth, head, t_ns)

    monkeypatch.setattr(Compositor, "set_depth", seen)
    chosen = Settings()
    for key, value in {
        "stylize.engine": "torch",
        "stylize.pack": str(tiny_pack),
        "source.size": (96, 72),
        "compositor.projection": "depth",
        "compositor.depth": "exact",
        "headset.kind": "simulated",
        "mirror.window": False,
    }.items():
        chosen = chosen.updated(key, value)
    with assembled(chosen, Request(source="synthetic", pairs=400)) as parts:

        def each_frame(now_ns: int) -> None:
            parts.session.quit = any(given)

        summary = parts.session.run(PATIENCE_S, each_frame)
    assert any(given) and summary["depth"]["estimates"] > 0 and summary["depth"]["confidence"] == 1


@pytest.mark.parametrize("within_m", [3.0, 0.0])
def test_a_session_shows_what_is_near_unpainted(
    graphics: object, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch, within_m: float
) -> None:
    shares: list[float] = []
    look = SafetyView.look

    def seen(safety: SafetyView, *given: Any) -> float:
        shares.append(look(safety, *given))
        return shares[-1]

    monkeypatch.setattr(SafetyView, "look", seen)
    chosen = Settings()
    for key, value in {
        "stylize.engine": "torch",
        "stylize.pack": str(tiny_pack),
        "source.size": (96, 72),
        "compositor.depth": "exact",
        "headset.kind": "simulated",
        "headset.safety_m": within_m,
        "mirror.window": False,
    }.items():
        chosen = chosen.updated(key, value)
    with assembled(chosen, Request(source="synthetic", pairs=None if within_m else 5)) as parts:

        def each_frame(now_ns: int) -> None:
            parts.session.quit = bool(shares) and shares[-1] == 1

        parts.session.run(PATIENCE_S, each_frame)
    assert (shares[-1] == 1) if within_m else not shares


def test_a_safety_view_is_there_by_default_for_cameras_on_a_head_only(room: SyntheticRoom) -> None:
    feed = open_depth(Settings(), room, room, None, None)
    assert feed is not None
    assert open_safety(Settings(), feed, on_a_head=False) is None and not feed.often
    assert open_safety(Settings(), feed, on_a_head=True) is not None and feed.often
    assert open_safety(Settings(), None, on_a_head=True) is None
    assert open_safety(Settings().updated("headset.safety_m", 0), feed, on_a_head=True) is None
    with pytest.raises(SettingsError, match="--safety has nothing to go by"):
        open_depth(Settings().updated("headset.safety_m", 0.4), ScriptedSource(1), ScriptedSource(1), None, None)


def test_the_hud_says_how_sure_and_how_old_the_depth_is_and_a_fault_is_noticed() -> None:
    rig, notices = ScriptedSource.rig, Latest[str]()
    estimator = FlatDepth(rig, 2.0)
    feed = ImmediateDepth(estimator)
    view = DepthView(feed, None, notices)  # type: ignore[arg-type]
    assert view.lines(0) == ["no depth yet"]
    pixels = np.zeros((48, 64, 3), np.uint8)
    feed.of(StereoFrame(pixels, pixels, 0, 10_000_000), None)
    assert view.lines(50_000_000) == ["depth 0% sure, 40 ms old"] and notices.empty
    estimator.note = "the eyes look swapped"
    assert view.lines(0) == view.lines(0) == ["the eyes look swapped"]
    assert notices.take() == "the eyes look swapped" and notices.empty
    assert DepthView(None, None, notices).lines(0) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("asked", "level"), [("matched", logging.WARNING), ("auto", logging.INFO)])
def test_cameras_without_calibration_stay_flat_and_that_is_said(
    asked: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    source = ScriptedSource(1)
    with caplog.at_level(logging.INFO):
        settings = Settings(compositor=replace(AUTO, depth=asked))  # type: ignore[arg-type]
        assert open_depth(settings, source, source, None, None) is None
    assert [(record.levelno, "calibration" in record.getMessage()) for record in caplog.records] == [(level, True)]
