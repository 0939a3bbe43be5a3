"""A take, from the first number on the screen to its end or its error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, Queue

import numpy as np
import pytest
from filming import GAMMA, Filming
from stand_ins import ScriptedSource

from allaprima.app.bench.latency.film import ADVICE, Film
from allaprima.app.bench.latency.filmed_clock import PERIOD_NS
from allaprima.app.bench.latency.marker_reader import Reading
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.commands import Call
from allaprima.app.core.errors import AllaPrimaError, CameraLost, MarkerNotSeen, SourceEnded, Stalled
from allaprima.app.core.frame import Pixels, StereoFrame

LATE_MS = 30
PATIENT_S = 60.0


class Room(ScriptedSource):
    """Screen and camera: what is shown comes out of the camera `LATE_MS` later, before the next is drawn."""

    name = "camera 7"

    def __init__(self, clock: FakeClock, see: Callable[[Pixels], Pixels]) -> None:
        super().__init__(0)
        self.clock, self.see = clock, see
        self.pictures: Queue[StereoFrame] = Queue()
        self.read_all = threading.Semaphore(0)
        self.every = 1
        """The camera sees one number in so many."""
        self.said: list[str] = []
        self.shown = 0
        self.commands: list[Call] = []
        self.broken: AllaPrimaError | None = None
        self.closed = False

    def say(self, title: str, lines: Sequence[str]) -> None:
        self.said = [title, *lines]

    def draw(self, picture: Pixels) -> None:
        self._drawn = picture

    def swap(self) -> None:
        self.shown += 1
        if self.shown % self.every:
            return
        stamp = self.clock.now_ns() + LATE_MS * 1_000_000 + PERIOD_NS // 2
        pixels = self.see(self._drawn)
        self.pictures.put(StereoFrame(pixels, pixels, self.shown, stamp))
        assert self.broken or self.read_all.acquire(timeout=PATIENT_S)

    def poll(self) -> list[Call]:
        return self.commands

    def read(self, timeout_s: float) -> StereoFrame:
        if self.closed:
            raise SourceEnded
        if self.broken:
            raise self.broken
        try:
            return self.pictures.get(timeout=0.01)
        except Empty:
            raise Stalled from None

    def close(self) -> None:
        self.closed = True


def filmed(picture: Pixels) -> Pixels:
    light = (picture[::4, ::4] / np.float32(255)) ** GAMMA
    return Filming((320, 240), ((30, 60), (292, 48), (285, 190), (25, 172))).picture(light)


def covered(picture: Pixels) -> Pixels:
    """A hand before all strips but the first."""
    picture[90:150, 100:220] = (0, 255, 0)
    return picture


def film(room: Room, wanted: int = 12, seconds: float | None = None) -> Film:
    """Told of each reading: the room waits until its picture was looked at."""
    take = Film(room, room, room.clock, wanted, seconds)
    look = take.filmed.look

    def looked(picture: Pixels, t_ns: int) -> Reading:
        verdict = look(picture, t_ns)
        room.read_all.release()
        return verdict

    take.filmed.look = looked  # type: ignore[method-assign]
    return take


def test_a_take_ends_when_enough_was_read_and_knows_the_delay() -> None:
    room = Room(FakeClock(9), filmed)
    progress: list[int] = []
    told = film(room).run(progress.append).summary()
    assert told["read"] == 12 and told["age_ms"]["p50"] == pytest.approx(LATE_MS, abs=0.1)
    assert progress == sorted(progress) and progress[-1] == 12 and room.closed


def test_the_operator_is_told_what_to_do_and_how_it_goes() -> None:
    room = Room(FakeClock(9), filmed)
    film(room, wanted=60).run()
    assert room.said[0] == "Film this with camera 7" and "q: quit" in room.said[1]
    assert "of 60 pictures read" in room.said[2] and room.said[2].endswith("good")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("see", "verdict"),
    [
        (lambda _: np.full((240, 320, 3), 128, np.uint8), Reading.ABSENT),
        (lambda picture: covered(filmed(picture)), Reading.WRONG),
    ],
)
def test_a_marker_that_is_not_seen_is_an_error_that_says_what_to_do(
    see: Callable[[Pixels], Pixels], verdict: Reading
) -> None:
    room = Room(FakeClock(9), see)
    room.every = 8
    with pytest.raises(MarkerNotSeen) as error:
        film(room).run()
    message, hint = ADVICE[verdict]
    assert error.value.message.startswith(f"camera 7: {message}") and error.value.hint.startswith(hint)
    assert room.clock.now_ns() >= 30e9, "the operator has time"
    assert hint in room.said[2] and room.closed


def test_a_camera_of_one_picture_in_a_second_is_too_slow() -> None:
    room = Room(FakeClock(9), lambda _: np.zeros((60, 80, 3), np.uint8))
    room.every = 55
    with pytest.raises(CameraLost, match=r"camera 7 gives 1\.0 pictures a second"):
        film(room).run()


def test_a_take_that_lost_sight_of_the_marker_ends_with_what_it_has() -> None:
    room = Room(FakeClock(9), lambda picture: filmed(picture) if room.shown < 40 else np.zeros((60, 80, 3), np.uint8))
    room.every = 8
    told = film(room).run().summary()
    assert told["read"] == 4 and told["unread"]["no marker"] > 100 and told["timed"] == 4


def test_what_breaks_the_camera_ends_the_take() -> None:
    room = Room(FakeClock(9), filmed)
    room.broken = CameraLost("camera 7 is gone")
    with pytest.raises(CameraLost, match="is gone"):
        film(room).run()


def test_the_key_q_and_the_time_end_it_with_what_was_read() -> None:
    room = Room(FakeClock(9), filmed)
    take = film(room, wanted=10_000, seconds=0.3)
    assert 0 < take.run().read < 30 and take.seconds >= 0.3
    room = Room(FakeClock(9), filmed)
    room.commands = [Call("quit")]
    assert film(room).run().read == 1
