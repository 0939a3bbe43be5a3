"""How late a picture is, read from the picture itself: what a camera filming the headset would find."""

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.compositor.eye_pose import plane_to_eye_clip
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, EyeView
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.latency.histogram import Histogram
from allaprima.app.latency.monitor import TOTALS, Painted
from allaprima.app.sources.timecode import TimeCodedSource, read_code

LEFT = 0
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def in_the_eye(
    places: NDArray[np.float64],
    picture_size: tuple[int, int],
    camera: CameraView,
    view: EyeView,
    eye_size: tuple[int, int],
    distance_m: float,
) -> NDArray[np.float64]:
    """Where an eye whose head stands still sees `places` (..., 2), pixels of a camera's picture, hung at `distance_m`:
    (..., 2) pixels from the eye's top left corner.
    """
    fov, part = camera.fov, places / picture_size
    across = (part[..., 0] * (fov.left + fov.right) - fov.left) * distance_m
    up = (fov.up - part[..., 1] * (fov.up + fov.down)) * distance_m
    plane = np.stack((across, up, np.zeros_like(up), np.ones_like(up)), -1)
    clip = plane @ plane_to_eye_clip(view, Pose(), camera, None, distance_m).T
    x, y = clip[..., 0] / clip[..., 3], clip[..., 1] / clip[..., 3]
    return np.stack(((1 + x) / 2 * eye_size[0], (1 - y) / 2 * eye_size[1]), -1)


@dataclass(frozen=True, slots=True)
class Sight:
    """Pair `seq`, grabbed at `grabbed_ns`, was seen in the headset for the first time at `seen_ns`."""

    seq: int
    grabbed_ns: int
    seen_ns: int

    @property
    def ms(self) -> float:
        return (self.seen_ns - self.grabbed_ns) / 1e6


class LoopBack:
    """Looks at what the headset shows after every frame, and reads the time code that the source has drawn.

    It knows when a number was drawn and when it was seen, and nothing of the stamps that frames carry: where both
    agree, both are right.
    """

    def __init__(self, headset: SimulatedHeadset, source: TimeCodedSource, distance_m: float) -> None:
        """`distance_m` is what the compositor hangs pictures at. The headset must not have been moved."""
        view = headset.views[LEFT]
        self._headset, self._source = headset, source
        self._places = in_the_eye(
            source.time_code.centres(), source.size, source.rig.left, view, headset.eye_size, distance_m
        )
        self._pixels = np.empty((headset.eye_size[1], headset.eye_size[0], 3), np.uint8)
        self._last: int | None = None
        self.looks = self.unreadable = 0
        self.sights: list[Sight] = []

    def look(self, now_ns: int) -> None:
        """To be called when a frame was submitted, with the time at which that was."""
        number = read_code(self._headset.read_eye(LEFT, self._pixels), self._places)
        self.looks += 1
        self.unreadable += number is None
        known_before, self._last = self._last, number
        if number is None or known_before is None or number == known_before:
            return  # after an unreadable frame it is unknown whether this is its first time
        grabbed = self._source.grabbed(number)
        if grabbed:
            self.sights.append(Sight(*grabbed, now_ns))

    def summary(self, painted: tuple[Painted, ...]) -> dict[str, Any]:
        """Ready for JSON; `painted` are the stamped records of the same run. Milliseconds, None where nothing was seen.

        `latency_ms`: grab to first sight. `beyond_stamps_ms`: by how much that is more than the same pair's stamps say.
        `before_added_ms`: grab to sight less what the stamps call `added`, and so the source's own delay, as a median.
        """
        stamped = {record.seq: record.stamps for record in painted}
        latency = Histogram()
        beyond, before = [], []
        for sight in self.sights:
            latency.record(sight.ms)
            if stamps := stamped.get(sight.seq):
                whole, added = stamps.between_ms(*TOTALS["end_to_end"]), stamps.between_ms(*TOTALS["added"])
                if whole is not None and added is not None:
                    beyond.append(sight.ms - whole)
                    before.append(sight.ms - added)
        return {
            "looks": self.looks,
            "unreadable": self.unreadable,
            "timed": len(self.sights),
            "latency_ms": {name: _rounded(latency.quantile(q)) for name, q in QUANTILES.items()},
            "beyond_stamps_ms": {
                "p50": _rounded(median(beyond) if beyond else None),
                "worst": _rounded(max(beyond, key=abs) if beyond else None),
            },
            "before_added_ms": _rounded(median(before) if before else None),
        }


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 3)
