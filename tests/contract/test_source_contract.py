"""What every stereo source owes, whatever it reads from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from simulated_runner import SimulatedRunner

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.errors import SourceEnded, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.journal import Opening, RigSeen
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.recording.stereo_recording import StereoRecording
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.eyes import SplitCamera, TwoCameras
from allaprima.app.sources.cameras.inbox import Inbox
from allaprima.app.sources.cameras.simulated import SimulatedCamera
from allaprima.app.sources.cameras.source import CameraSource
from allaprima.app.sources.delayed import DelayedSource
from allaprima.app.sources.faulty import FaultySource
from allaprima.app.sources.recorded.opening import open_recording
from allaprima.app.sources.rectified import Rectified
from allaprima.app.sources.reel import Pace
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.app.sources.timecode import TimeCodedSource
from allaprima.calibration.camera import CameraModel
from allaprima.calibration.rig import STRAIGHT, RigCalibration

SIZE = (64, 48)
COUNT = 4
RATE_HZ = 25


def quadrants(eye: str, number: int = 0) -> NDArray[np.uint8]:
    """Red top left, green top right, blue bottom left, white bottom right; the right eye a bar of black in the middle,
    and a grey spot in the centre that tells the number."""
    width, height = SIZE
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (255, 0, 0)
    picture[: height // 2, width // 2 :] = (0, 255, 0)
    picture[height // 2 :, : width // 2] = (0, 0, 255)
    picture[height // 2 :, width // 2 :] = 255
    if eye == "right":
        picture[:, width // 2 - 8 : width // 2 + 8] = 0
    picture[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2] = 40 + 10 * number
    return picture


def write_video(path: Path, pictures: list[NDArray[np.uint8]], metadata: dict[str, str] | None = None) -> None:
    """FFV1 in RGB: not a bit is lost."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=RATE_HZ)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "bgr0"
        stream.time_base = Fraction(1, RATE_HZ)
        stream.metadata.update(metadata or {})
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture[..., ::-1])


def make_folder(at: Path) -> Path:
    for n in range(COUNT):
        for eye in ("left", "right"):
            write_picture(at / "rec" / eye / f"{n:06}.png", quadrants(eye, n))
    return at / "rec"


def make_suffixed_folder(at: Path) -> Path:
    for n in range(COUNT):
        for eye in ("left", "right"):
            write_picture(at / "rec" / f"frame{n + 9}_{eye}.png", quadrants(eye, n))  # 9, 10, ... sorts as numbers only
    return at / "rec"


def make_sbs(at: Path) -> Path:
    write_video(at / "walk_sbs.mkv", [np.hstack([quadrants("left", n), quadrants("right", n)]) for n in range(COUNT)])
    return at / "walk_sbs.mkv"


def make_tb(at: Path) -> Path:
    write_video(at / "walk_ou.mkv", [np.vstack([quadrants("left", n), quadrants("right", n)]) for n in range(COUNT)])
    return at / "walk_ou.mkv"


def make_tagged(at: Path) -> Path:
    """Right eye on the left, which only the container tells."""
    pictures = [np.hstack([quadrants("right", n), quadrants("left", n)]) for n in range(COUNT)]
    write_video(at / "plain.mkv", pictures, {"stereo_mode": "right_left"})
    return at / "plain.mkv"


def make_two_videos(at: Path) -> Path:
    (at / "rec").mkdir()
    for eye in ("left", "right"):
        write_video(at / "rec" / f"{eye}.mkv", [quadrants(eye, n) for n in range(COUNT)])
    return at / "rec"


def make_recorded(at: Path) -> Path:
    """What `allaprima record` writes."""
    recording = StereoRecording(at / "walk.mkv", Opening(SIZE, rate_hz=RATE_HZ))
    recording.note(RigSeen(StereoRig.parallel(FieldOfView.symmetric(70, 4 / 3), 0.063)))
    for n in range(COUNT):
        recording.write(StereoFrame(quadrants("left", n), quadrants("right", n), n, 10**12 + n * NS // RATE_HZ))
    recording.close()
    return at / "walk.mkv"


def make_still(at: Path) -> tuple[Path, Path]:
    for eye in ("left", "right"):
        write_picture(at / f"{eye}.png", quadrants(eye))
    return at / "left.png", at / "right.png"


def make_mated_still(at: Path) -> Path:
    return make_still(at)[0]


def make_sbs_still(at: Path) -> Path:
    write_picture(at / "one.png", np.hstack([quadrants("left"), quadrants("right")]))
    return at / "one.png"


CAMERA = CameraModel((50.0, 50.0), (31.5, 23.5))
STRAIGHT_RIG = RigCalibration(SIZE, CAMERA, CAMERA, STRAIGHT, (-0.063, 0.0, 0.0))
"""Of cameras that have nothing to rectify: every picture comes out as it went in."""

Maker = Callable[[Path], Path | tuple[Path, Path]]
RECORDINGS: dict[str, tuple[Maker, int]] = {
    "folder": (make_folder, COUNT),
    "suffixed": (make_suffixed_folder, COUNT),
    "sbs": (make_sbs, COUNT),
    "tb": (make_tb, COUNT),
    "tagged": (make_tagged, COUNT),
    "two-videos": (make_two_videos, COUNT),
    "recorded": (make_recorded, COUNT),
    "still": (make_still, 1),
    "mated-still": (make_mated_still, 1),
    "sbs-still": (make_sbs_still, 1),
    "rectified": (make_folder, COUNT),
}
SYNTHETIC = ("synthetic", "wrapped")


@dataclass
class Case:
    """How to open one kind of source, finite, and how many pairs it then has."""

    kind: str
    at: Path
    count: int

    def open(self, clock: FakeClock, *, rate_hz: float | None = None, loop: bool = False) -> StereoSource:
        if self.kind in SYNTHETIC:
            room = SyntheticRoom(SIZE, rate_hz=rate_hz, frames=None if loop else self.count, clock=clock, cache=False)
            return room if self.kind == "synthetic" else DelayedSource(TimeCodedSource(room), 0, clock)
        if self.kind == "faulty":
            return FaultySource(
                SyntheticRoom(SIZE, rate_hz=None, frames=self.count, clock=clock, cache=False), (), clock
            )
        if self.kind == "cameras":
            return open_simulated(clock, self.count)
        if self.kind == "headset":
            return open_worn(clock, self.count)
        path = self.made
        pace: Pace = "fast" if rate_hz is None else "rate"
        source = open_recording(path, pace=pace, rate_hz=rate_hz, loop=loop, clock=clock)
        return Rectified(source, STRAIGHT_RIG) if self.kind == "rectified" else source

    def __post_init__(self) -> None:
        make = {"faulty": make_folder}.get(self.kind) or RECORDINGS.get(self.kind, (lambda at: at,))[0]
        self.made = make(self.at)


def open_simulated(clock: FakeClock, count: int) -> CameraSource:
    inbox = Inbox()
    left, right = (SimulatedCamera(clock, place, size=SIZE, jitter_ms=2) for place in (0, 1))
    eyes = TwoCameras(Camera("0", left.open, inbox, clock, "left"), Camera("1", right.open, inbox, clock, "right"))
    return CameraSource("two", eyes, SimulatedRunner(clock, inbox), clock, count)


def open_worn(clock: FakeClock, count: int) -> CameraSource:
    """The headset's own cameras, of the OpenVR test runtime."""
    from openvr_runtime.in_line import InLineRunner

    from allaprima.app.sources.cameras.openvr.stream import Stream

    inbox = Inbox()
    camera = Camera("headset", lambda: Stream(clock), inbox, clock)
    return CameraSource("headset", SplitCamera(camera, lambda _: "sbs"), InLineRunner(clock, inbox), clock, count)


@pytest.fixture(params=[*SYNTHETIC, "faulty", "cameras", "headset", *RECORDINGS])
def every(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """Also those that do not go as fast as they are read."""
    if request.param == "headset":
        request.getfixturevalue("steamvr")
    return Case(request.param, tmp_path, RECORDINGS[request.param][1] if request.param in RECORDINGS else COUNT)


@pytest.fixture(params=[*SYNTHETIC, *RECORDINGS])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    count = COUNT if request.param in SYNTHETIC else RECORDINGS[request.param][1]
    return Case(request.param, tmp_path, count)


@pytest.fixture(params=RECORDINGS)
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    return Case(request.param, tmp_path, RECORDINGS[request.param][1])


def test_pairs_come_numbered_stamped_and_read_only(every: Case) -> None:
    clock = FakeClock(7)
    with every.open(clock) as source:
        assert source.size == SIZE and source.length in (every.count, None)
        assert (source.rate_hz is None) == (every.kind not in ("cameras", "headset"))
        last = -1
        for seq in range(every.count):
            frame = source.read(1)
            assert frame.seq == seq and frame.t_ns >= last
            assert frame.stamps.grabbed == frame.t_ns and frame.stamps.paired is not None
            last = frame.t_ns
            for pixels in (frame.left, frame.right):
                assert pixels.shape == (SIZE[1], SIZE[0], 3) and pixels.dtype == np.uint8
                assert pixels.flags.c_contiguous and not pixels.flags.writeable
                assert type(pixels) is np.ndarray
            clock.advance(1000)
        with pytest.raises(SourceEnded):
            source.read(0)
        with pytest.raises(SourceEnded):
            source.read(1)


def test_a_closed_source_has_ended(every: Case) -> None:
    source = every.open(FakeClock())
    source.read(1)
    source.close()
    source.close()
    with pytest.raises(SourceEnded):
        source.read(1)


def test_a_read_that_waits_ends_when_the_source_is_closed(case: Case) -> None:
    class ClosingClock(FakeClock):
        """Somebody closes the source while `read` sleeps."""

        def sleep_until(self, t_ns: int) -> None:
            source.close()
            super().sleep_until(t_ns)

    clock = ClosingClock()
    source = case.open(clock, rate_hz=1, loop=True)
    source.read(0)
    with pytest.raises(SourceEnded):
        source.read(10)
    assert clock.now_ns() < NS  # it did not wait until the pair was due


def test_the_cameras_stand_a_baseline_apart(every: Case) -> None:
    with every.open(FakeClock()) as source:
        assert source.rig.baseline_m == pytest.approx(0.063)
        assert source.rig.left.camera_to_head.position[0] < 0 < source.rig.right.camera_to_head.position[0]


def test_pairs_come_at_the_rate_asked_for(case: Case) -> None:
    clock = FakeClock()
    with case.open(clock, rate_hz=50, loop=True) as source:
        assert source.rate_hz == 50 and source.length is None
        assert [source.read(1).t_ns for _ in range(5)] == [n * NS // 50 for n in range(5)]


def test_a_pair_that_is_not_due_in_time_stalls_and_comes_later(case: Case) -> None:
    clock = FakeClock()
    with case.open(clock, rate_hz=10, loop=True) as source:
        first = source.read(0)
        with pytest.raises(Stalled):
            source.read(0.03)
        assert clock.now_ns() == 30_000_000  # it waited as long as it was allowed to, no longer
        with pytest.raises(Stalled):
            source.read(0)
        second = source.read(0.08)
        assert (second.seq, second.t_ns) == (1, NS // 10) and first.t_ns == 0


def test_a_late_reader_is_not_served_a_burst(case: Case) -> None:
    clock = FakeClock()
    with case.open(clock, rate_hz=10, loop=True) as source:
        source.read(0)
        clock.advance(5 * NS)
        assert source.read(0).t_ns == 5 * NS
        times = [source.read(1).t_ns for _ in range(3)]
        assert times[0] == 5 * NS and times[1:] == [5 * NS + NS // 10, 5 * NS + 2 * NS // 10]


def test_looping_starts_again_and_goes_on_counting(recording: Case) -> None:
    with recording.open(FakeClock(), loop=True) as source:
        frames = [source.read(0) for _ in range(2 * recording.count + 1)]
    assert [f.seq for f in frames] == list(range(2 * recording.count + 1))
    for a, b in zip(frames, frames[recording.count :], strict=False):
        assert np.array_equal(a.left, b.left) and np.array_equal(a.right, b.right)


def test_left_is_left_up_is_up_and_red_is_red(recording: Case) -> None:
    with recording.open(FakeClock()) as source:
        for n in range(recording.count):
            frame = source.read(0)
            assert np.array_equal(frame.left, quadrants("left", n))
            assert np.array_equal(frame.right, quadrants("right", n))
