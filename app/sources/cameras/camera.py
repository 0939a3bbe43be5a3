"""One camera for the rest of the program: it persists while its device disappears and returns."""

import zlib
from dataclasses import dataclass

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.frame import Eye, Frame, Pixels
from allaprima.app.sources.cameras.device import Exposure, OpenDevice
from allaprima.app.sources.cameras.health import Health, State
from allaprima.app.sources.cameras.inbox import Inbox

ASSUMED_FPS = 30.0
BACK_OFF_S = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Waits before reopening a lost camera; the last one repeats. They are short, for a camera that is plugged in again."""
_WRONG_SIZES = 3  # one may be a leftover of the mode before


@dataclass(slots=True)
class Counts:
    """Counts of one camera's frames and openings."""

    frames: int = 0
    rejected: int = 0
    """Frames of the wrong size."""
    reopened: int = 0
    abandoned: int = 0
    """Handles that hung and were left behind with their threads."""
    frozen: int = 0
    """Number of times that it started to repeat one picture."""


class Camera:
    """Written by its capture thread, read by the source's and the main one: single values, no locks."""

    def __init__(
        self, name: str, open_device: OpenDevice, inbox: Inbox, clock: Clock, eye: Eye = "left", delay_ns: int = 0
    ) -> None:
        """`delay_ns` lies between exposure and grab; frames are stamped with the exposure."""
        self.name, self.eye, self.open_device = name, eye, open_device
        self.counts = Counts()
        self.health = Health(ASSUMED_FPS)
        self.size: tuple[int, int] | None = None
        """(width, height) of the first frame, and of every delivered one."""
        self.refusal: AllaPrimaError | None = None
        """The error of its opening or of its device since the last frame; None if there was none."""
        self.retry_ns = 0
        """Earliest time of the next opening."""
        self.delay_ns = delay_ns
        self._inbox, self._clock = inbox, clock
        self._failures = 0
        self._wrong_sizes = 0
        self._seen = self._rate_known = False

    @property
    def fps(self) -> float:
        """Present frames per second."""
        return NS / self.health.period_ns

    @property
    def paced(self) -> bool:
        """Whether its rate is known, from the driver or from frames."""
        return self._rate_known or self.health.measured

    @property
    def state(self) -> State:
        """LIVE, LATE or LOST, now."""
        return self.health.state(self._clock.now_ns())

    @property
    def trouble(self) -> str:
        """Its fault, in a word or two for the wearer; empty if there is none."""
        if self.state == "lost":
            return "has the wrong size" if self._wrong_sizes else "lost"
        return "stands still" if self.health.frozen else ""

    def opened(self, fps: float | None) -> None:
        """Called when its device is open; `fps` is the device's own claim."""
        if fps and self.health.last_ns is None:
            self.health, self._rate_known = Health(fps), True
        if self._seen:
            self.counts.reopened += 1

    def failed(self, refusal: AllaPrimaError | None = None) -> None:
        """Called when it did not open or gave no frame; sets the time of the next opening."""
        self.refusal = refusal
        wait_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        self.retry_ns = self._clock.now_ns() + round(wait_s * NS)

    def deliver(self, pixels: Pixels, t_ns: int, exposure: Exposure | None = None) -> bool:
        """Take a frame grabbed at `t_ns`. False if the device must be reopened because it keeps giving the wrong size.

        `exposure`, if the device knows it, takes precedence over `delay_ns`.
        """
        size = pixels.shape[1], pixels.shape[0]
        self.size = self.size or size
        if size != self.size:
            self.counts.rejected += 1
            self._wrong_sizes += 1
            return self._wrong_sizes % _WRONG_SIZES != 0
        frozen = self.health.frozen
        self.health.seen(t_ns, zlib.crc32(pixels[::4].tobytes()))
        self.counts.frozen += self.health.frozen and not frozen
        exposure = exposure or Exposure(t_ns - self.delay_ns)
        self._inbox.put(Frame(pixels, exposure.t_ns, self.counts.frames, self.eye, exposure.head_pose))
        self.counts.frames += 1
        self._wrong_sizes = self._failures = 0
        self.refusal = None
        self._seen = True
        return True
