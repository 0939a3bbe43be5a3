"""The age of a filmed picture is found to the millisecond of a fake clock, whatever the camera."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from filming import CELL, GAMMA, MS, Filming

from allaprima.app.bench.latency.filmed_clock import PERIOD_NS, FilmedClock
from allaprima.app.bench.latency.marker_reader import Reading
from allaprima.app.bench.latency.time_marker import draw_marker
from allaprima.app.core.clock import NS

SIZE, CORNERS = (320, 240), ((30, 60), (292, 48), (285, 190), (25, 172))
START = 5 * NS


@dataclass
class Take:
    """A clock on a screen, and a camera before it, on one fake clock."""

    camera: Filming
    fps: float = 30.0
    busy: float = 0.0
    """The screen stands still for this part of every half second."""
    clock: FilmedClock = field(default_factory=FilmedClock)

    def run(self, pictures: int) -> FilmedClock:
        exposures = [START + NS // 4 + round(number * NS / self.fps) for number in range(pictures)]
        at = START
        while at < exposures[-1] + NS // 10:
            if at % (NS // 2) >= self.busy * (NS // 2):
                self.camera.shown.append(at)
            at += PERIOD_NS
        for exposed in exposures:
            stamped = exposed + round(self.camera.camera_ms * MS)
            while self.clock.next < len(self.camera.shown) and self.camera.shown[self.clock.next] <= stamped:
                self.clock.shown(self.camera.shown[self.clock.next])
            self.clock.look(self.camera.expose(exposed), stamped)
        return self.clock


@pytest.mark.parametrize(
    ("camera_ms", "exposure_ms", "fps"), [(5, 1, 60), (35, 5, 30), (42.5, 16, 25), (80, 33, 30), (150, 45, 20)]
)
def test_a_known_delay_is_found_within_a_millisecond(camera_ms: float, exposure_ms: float, fps: float) -> None:
    camera = Filming(SIZE, CORNERS, camera_ms=camera_ms, exposure_ms=exposure_ms)
    told = Take(camera, fps).run(60).summary()
    truth = camera.display_ms + camera_ms
    period_ms = PERIOD_NS / MS
    assert told["read"] == told["timed"] == 60 and told["wrong"] == 0
    assert told["age_ms"]["p50"] == pytest.approx(truth, abs=1.0)
    assert truth - period_ms < told["age_ms"]["p5"] < told["age_ms"]["p95"] < truth + period_ms


def test_a_screen_that_falters_costs_no_more_than_the_pictures_of_those_moments() -> None:
    camera = Filming(SIZE, CORNERS)
    told = Take(camera, busy=0.4).run(80).summary()
    assert told["age_ms"]["p50"] == pytest.approx(camera.display_ms + camera.camera_ms, abs=2)


def test_the_numbers_come_round_unnoticed() -> None:
    camera = Filming(SIZE, CORNERS)
    take = Take(camera)
    for number in reversed(range(1, 4090)):
        take.clock.shown(START - number * PERIOD_NS)
        camera.shown.append(START - number * PERIOD_NS)
    told = take.run(20).summary()
    assert take.clock.next > 4096 and told["read"] == 20
    assert told["age_ms"]["p50"] == pytest.approx(camera.display_ms + camera.camera_ms, abs=2.0)


def test_a_mirror_beside_the_clock_tells_how_old_it_is_in_one_exposure() -> None:
    """120 ms lie between the two on the screen; a picture of the mirror alone is not taken for the clock."""
    clock, behind = FilmedClock(), 120 * MS
    large = Filming(SIZE, ((10, 10), (200, 10), (200, 97), (10, 97)), noise=0, blur_px=0.4)
    small = Filming(SIZE, ((190, 150), (312, 145), (315, 205), (188, 208)), noise=0, blur_px=0.4)
    for number in range(120):
        clock.shown(START + number * PERIOD_NS)
    for picture in range(40):
        exposed = START + NS // 2 + round(picture * NS / 30)
        now, then = ((t - START) // PERIOD_NS for t in (exposed, exposed - behind))
        light = [(draw_marker(number, CELL) / np.float32(255)) ** GAMMA for number in (now, then)]
        mirrored = small.picture(light[1], 0.0)
        clock.look(
            mirrored if picture % 4 == 0 else np.maximum(mirrored, large.picture(light[0], 0.0)), exposed + 40 * MS
        )
    told = clock.summary()
    assert told["timed"] == 30 and told["age_ms"]["p50"] == pytest.approx(40, abs=2)
    (mirror,) = told["mirrors"]
    assert mirror["exposures"] == 30 and mirror["behind_ms"]["p50"] == pytest.approx(120, abs=4)


def test_a_number_that_was_not_yet_shown_is_rejected() -> None:
    clock = FilmedClock()
    for number in range(50):
        clock.shown(START + number * PERIOD_NS)
    light = (draw_marker(60, CELL) / np.float32(255)) ** GAMMA
    assert clock.look(Filming(SIZE, CORNERS).picture(light), START + 50 * PERIOD_NS) is Reading.WRONG
    told = clock.summary()
    assert (told["wrong"], told["read"], told["timed"]) == (1, 0, 0) and told["unread"] == {"wrong": 1}
    assert told["age_ms"] == {"p5": None, "p50": None, "p95": None}


def test_a_camera_that_never_holds_still_is_believed_all_the_same() -> None:
    clock, dice = FilmedClock(), np.random.default_rng(1)
    for number in range(60):
        clock.shown(START + number * PERIOD_NS)
        x, y = 200 * dice.random(2)
        camera = Filming((320, 320), ((x, y), (x + 96, y), (x + 96, y + 44), (x, y + 44)), noise=1, blur_px=0)
        light = (draw_marker(number, CELL) / np.float32(255)) ** GAMMA
        clock.look(camera.picture(light), START + number * PERIOD_NS + PERIOD_NS // 2 + 40 * MS)
    told = clock.summary()
    assert told["timed"] > 0 and told["age_ms"]["p50"] == pytest.approx(40, abs=0.1) and not told["mirrors"]


def test_pictures_without_the_marker_are_counted() -> None:
    clock = FilmedClock()
    assert clock.look(np.full((240, 320, 3), 90, np.uint8), START) is Reading.ABSENT
    assert clock.summary()["unread"] == {"no marker": 1} and clock.read == 0
