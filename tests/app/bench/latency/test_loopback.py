"""The loop-back finds what the stamps say, to the nanosecond of a fake clock, and finds stamps out that lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from stand_ins import GreyReel

from allaprima.app.bench.latency.loopback import LoopBack
from allaprima.app.compositor.compositor import Compositor
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.stamps import Stamps
from allaprima.app.headset.motion import Following
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.latency.monitor import Painted
from allaprima.app.sources.delayed import DelayedSource
from allaprima.app.sources.reel import Playback
from allaprima.app.sources.timecode import TimeCodedSource

SIZE, EYE = (320, 240), (320, 360)
MS = 1_000_000
ADDED_MS = 12


@dataclass
class Rig:
    """A session in miniature: a pair is read, painted, shown `ADDED_MS` after it was paired, and stamped."""

    clock: FakeClock
    delay_ms: int
    hold: int = 0
    """Shows the pair from so many pairs ago, while the stamps are those of the newest."""
    records: list[Painted] = field(default_factory=list)

    def run(self, pairs: int, distance_m: float = 2.0) -> LoopBack:
        coded = TimeCodedSource(Playback(GreyReel(SIZE), self.clock, pace="rate", rate_hz=50))
        source = DelayedSource(coded, self.delay_ms * MS, self.clock)
        compositor = Compositor(coded.rig, distance_m)
        headset = SimulatedHeadset(FakeClock(), EYE, motion=Following())
        loop_back, past = LoopBack(headset, coded, distance_m), []
        for _ in range(pairs):
            frame = source.read(1)
            past.append(255 - (255 - np.stack((frame.left, frame.right))) // 2)  # paint it pale
            compositor.upload(past[max(0, len(past) - 1 - self.hold)], None)
            self.clock.advance(ADDED_MS * MS)
            asked = headset.wait_frame()
            for eye in (0, 1):
                at_capture = headset.pose_at(frame.t_ns)
                compositor.draw_eye(eye, headset.eye_framebuffer(eye), EYE, asked.views[eye], asked.head, at_capture)
            headset.submit(asked)
            now = self.clock.now_ns()
            stamps = Stamps(frame.stamps.grabbed, frame.stamps.paired, submitted=now)
            self.records.append(Painted(frame.seq, now, stamps))
            loop_back.look(now)
        headset.close()
        compositor.close()
        return loop_back


@pytest.fixture
def clock(graphics: object) -> Iterator[FakeClock]:
    yield FakeClock(3 * MS)


@pytest.mark.parametrize("ms", [0, 5, 40, 80])
def test_an_injected_delay_is_found_exactly(clock: FakeClock, ms: int) -> None:
    rig = Rig(clock, ms)
    seen = rig.run(12)
    told = seen.summary(tuple(rig.records))
    assert (told["looks"], told["unreadable"], told["timed"]) == (12, 0, 11), "before the first there was nothing"
    assert told["before_added_ms"] == pytest.approx(ms, abs=1e-3)
    assert told["latency_ms"]["max"] == pytest.approx(ms + ADDED_MS, abs=1e-3)
    assert told["beyond_stamps_ms"] == {"p50": 0.0, "worst": 0.0}


def test_pictures_older_than_their_stamps_are_found_out(clock: FakeClock) -> None:
    rig = Rig(clock, 20, hold=2)
    told = rig.run(12).summary(tuple(rig.records))
    assert told["latency_ms"]["p50"] == pytest.approx(20 + ADDED_MS + 2 * 20, rel=0.01)
    assert told["before_added_ms"] == pytest.approx(60, abs=1e-3), "not the 20 that the stamps have"


@pytest.mark.parametrize("distance_m", [0.5, 2.0, 50.0])
def test_the_strip_is_where_it_is_looked_for(clock: FakeClock, distance_m: float) -> None:
    assert Rig(clock, 0).run(5, distance_m).unreadable == 0


def test_nothing_seen_is_said_as_nothing(clock: FakeClock) -> None:
    told = Rig(clock, 0).run(1).summary(())
    assert told["timed"] == 0 and told["latency_ms"]["p50"] is None and told["before_added_ms"] is None
