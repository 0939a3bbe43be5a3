"""A whole session on a headset, with a source and a network that do what a test says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from stand_ins import SIZE, ScriptedSource, ScriptedStylizer, networks

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.hud import Hud
from allaprima.app.compositor.trims import KeptTrims
from allaprima.app.core.clock import Clock, FakeClock
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.headset.failover import FailoverHeadset
from allaprima.app.headset.headset import Headset
from allaprima.app.headset.motion import Following
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.live.audience import Audience
from allaprima.app.live.controls import Controls
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.live.session import Session
from allaprima.app.live.web_view import WebView
from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.governor import Governor
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.prepare import Size
from allaprima.app.web.link import Link


@dataclass
class Stage:
    session: Session
    headset: SimulatedHeadset
    worn: FailoverHeadset
    pipeline: Pipeline
    controls: Controls
    monitor: LatencyMonitor
    audience: Audience
    hud: Hud
    clock: Clock


class BuildStage(Protocol):
    def __call__(
        self,
        source: ScriptedSource,
        stylizer: ScriptedStylizer,
        load: Callable[[Size], ScriptedStylizer] | None = None,
        full: Size = SIZE,
        headset: Headset | None = None,
        wear: Callable[[Headset, Clock], FailoverHeadset] | None = None,
        clock: Clock | None = None,
        crossfade_s: float = 0.0,
        video: Path | None = None,
        camera_delay_ns: int = 0,
        trims: KeptTrims | None = None,
        guided: bool = False,
        governor: Governor | None = None,
        link: Link | None = None,
        homes: str | None = None,
    ) -> Stage: ...


@pytest.fixture
def stage(graphics: object, tiny_pack: Path) -> Iterator[BuildStage]:
    """Without a `headset`, a simulated one of 80x90 at 90 Hz that follows the source; it has no stand-in, unless `wear`
    says otherwise.
    """
    closing: list[Callable[[], None]] = []
    interval = sys.getswitchinterval()

    def build(
        source: ScriptedSource,
        stylizer: ScriptedStylizer,
        load: Callable[[Size], ScriptedStylizer] | None = None,
        full: Size = SIZE,
        headset: Headset | None = None,
        wear: Callable[[Headset, Clock], FailoverHeadset] | None = None,
        clock: Clock | None = None,
        crossfade_s: float = 0.0,
        video: Path | None = None,
        camera_delay_ns: int = 0,
        trims: KeptTrims | None = None,
        guided: bool = False,
        governor: Governor | None = None,
        link: Link | None = None,
        homes: str | None = None,
    ) -> Stage:
        clock = clock or FakeClock()
        palette = Palette(load_pack(tiny_pack), clock, crossfade_s)
        pipeline = Pipeline(source, networks(stylizer, load, full), palette, clock, governor=governor)
        compositor, hud, motion = Compositor(source.rig, guided=guided), Hud(), Following()
        headset = headset or SimulatedHeadset(clock, (80, 90), 90.0, motion)
        worn = wear(headset, clock) if wear else FailoverHeadset(headset, clock, simulated=True)
        notices: Latest[str] = Latest()
        controls, monitor = Controls(palette, pipeline, hud=False), LatencyMonitor(clock)
        web = WebView(link, monitor, clock, homes) if link else None
        audience = Audience(worn, compositor, clock, "side-by-side", notices, video=video, web=web)
        closing.extend(
            (stylizer.go.set, pipeline.networks.close, audience.close, worn.close, hud.close, compositor.close)
        )
        session = Session(
            pipeline, compositor, worn, hud, audience, controls, monitor, clock, notices, motion, camera_delay_ns, trims
        )
        return Stage(session, headset, worn, pipeline, controls, monitor, audience, hud, clock)  # type: ignore[arg-type]

    yield build
    for close in closing:
        close()
    sys.setswitchinterval(interval)
