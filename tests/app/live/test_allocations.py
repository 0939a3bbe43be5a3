"""In its steady state the chain keeps what it has: nothing grows with the number of pairs."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import allaprima.app
from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.compositor.hud import Hud
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.stamps import Stamps
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.headset.motion import Following
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.governor import Governor
from allaprima.app.stylize.network_cache import NetworkCache
from allaprima.app.stylize.palette import Palette

CAMERA, PAINTED, EYE = (128, 96), (96, 72), (64, 72)
PICTURES = PAINTED[0] * PAINTED[1] * 3 * 2
"""Bytes of the pair that an engine gives out, which is a fresh one, because the one before may be on its way yet."""
SMALL = 16_000
"""Bytes for small objects that come and go (floats, tuples, matrices): less than half a pair."""

RECORD = 256
"""Bytes a pair that are less than any record of it would take: a pose has 380, stamps 300."""
FULL, STRETCH = 170, 24
"""Pairs until the rings and the governor's five seconds are full, and between two looks at the memory."""


@contextmanager
def traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def ours() -> int:
    """Bytes held that the program's own lines asked for; OpenVINO fills a cache of its own for a thousand passes."""
    folder = str(Path(allaprima.app.__file__).parent / "*")
    snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, folder)])
    return sum(trace.size for trace in snapshot.traces)


@contextmanager
def chain(tiny_pack: Path) -> Iterator[Callable[[int], None]]:
    """What paints a pair and shows it twice, as the pipeline and the session do, without their threads."""
    pack, clock = load_pack(tiny_pack), FakeClock()
    networks = NetworkCache(lambda size: open_stylizer(pack, size, "openvino"), PAINTED, pack.rows)
    palette, governor = Palette(pack, clock), Governor(30)
    rig = StereoRig.parallel(FieldOfView.symmetric(110, 4 / 3), 0.063)
    compositor, hud, motion = Compositor(rig, guided=True), Hud(), Following()
    headset, monitor = SimulatedHeadset(clock, EYE, 60.0, motion), LatencyMonitor(clock, capacity=32)
    for t_ns in range(512):  # as many as the history of poses holds
        motion.tell(t_ns - 512, Pose.from_euler(0.001 * t_ns))
    eyes = np.random.default_rng(0).integers(0, 256, (2, CAMERA[1], CAMERA[0], 3), np.uint8)
    seen = np.empty((EYE[1], EYE[0], 3), np.uint8)

    def run(seq: int) -> None:
        now = clock.now_ns()
        stamps = Stamps(grabbed=now, paired=now)
        head = Pose.from_euler(0.001 * seq)
        source = StereoFrame(eyes[0], eyes[1], seq, now, head_pose=head, stamps=stamps)
        network = networks.pick_up()
        pixels = network.paint(network.prepare(source.left, source.right), palette.weights(now))
        networks.ask_scale(governor.painted(network, networks.asked_scale, 5_000_000, now))
        motion.tell(now, head)
        for repeat in (0, 1):
            frame = headset.wait_frame()
            if not repeat:
                compositor.upload(pixels, source)
            for eye, view in enumerate(frame.views):
                target = headset.eye_framebuffer(eye)
                compositor.draw_eye(eye, target, EYE, view, frame.head, source.head_pose, keep_colour=0.5)
                hud.draw_eye(target, EYE, view, now)
            headset.submit(frame)
            if not repeat:
                monitor.styled(stamps.at("submitted", clock.now_ns()), seq)
            monitor.submitted(frame.index, clock.now_ns(), seq, now)
        headset.read_eye(0, seen)

    hud.set_status("A style", ["30 pairs/s"])
    yield run
    for thing in (networks, hud, compositor, headset):
        thing.close()


def test_nothing_grows_with_the_number_of_pairs(graphics: object, tiny_pack: Path) -> None:
    with traced(), chain(tiny_pack) as one_pair:
        held = []
        for seq in range(FULL + 5 * STRETCH + 1):
            one_pair(seq)
            if seq >= FULL and (seq - FULL) % STRETCH == 0:
                gc.collect()
                held.append(ours())
    grown = min(np.diff(held))  # a dictionary is enlarged now and then; a leak grows in every stretch
    assert grown < RECORD * STRETCH, f"{grown} bytes in {STRETCH} pairs"


def test_a_pair_costs_one_picture_and_no_copies_of_it(graphics: object, tiny_pack: Path) -> None:
    with traced(), chain(tiny_pack) as one_pair:
        peaks = []
        for seq in range(40):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            one_pair(seq)
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    assert min(peaks) <= PICTURES + SMALL, f"{min(peaks)} bytes beside the picture's {PICTURES}"


def test_reading_an_eye_into_an_array_makes_no_other(graphics: object) -> None:
    target, out = Framebuffer(*EYE), np.empty((EYE[1], EYE[0], 3), np.uint8)
    target.read_rgb(out)
    with traced():
        target.read_rgb(out)
        peak = tracemalloc.get_traced_memory()[1]
    target.close()
    assert peak < SMALL
