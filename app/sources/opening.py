"""Opens what `--source` names: cameras, the headset's own, the synthetic room, or a recording."""

from pathlib import Path

from allaprima.app.core.clock import Clock, SystemClock
from allaprima.app.core.errors import SettingsError
from allaprima.app.sources.cameras.address import names_headset
from allaprima.app.sources.cameras.opening import PREFIXES, CameraOptions, open_cameras
from allaprima.app.sources.recorded.opening import open_recording
from allaprima.app.sources.reel import Pace
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.synthetic.loop import Progress


def names_recording(spec: str) -> bool:
    """Whether `open_source` reads files, which takes no time, rather than cameras or the room."""
    return spec != "synthetic" and not spec.startswith(PREFIXES) and not names_headset(spec)


def open_source(
    spec: str,
    size: tuple[int, int] = (640, 480),
    *,
    pace: Pace = "recorded",
    rate_hz: float | None = None,
    loop: bool = False,
    layout: str = "auto",
    frames: int | None = None,
    seed: int = 0,
    clock: Clock | None = None,
    progress: Progress | None = None,
    cameras: CameraOptions | None = None,
) -> StereoSource:
    """Open a value of `--source`: `synthetic`, `cameras:LEFT,RIGHT`, `camera:ONE`, `headset`, a path, or `LEFT,RIGHT`,
    two paths.

    `size` (width, height) is the synthetic room's; recordings keep their size, and `cameras` gives the cameras' size.
    """
    if names_headset(spec):
        from allaprima.app.sources.cameras.openvr.opening import open_headset_cameras

        return open_headset_cameras(
            spec, cameras or CameraOptions(), clock or SystemClock(), layout=layout, frames=frames
        )
    if spec.startswith(PREFIXES):
        return open_cameras(spec, cameras or CameraOptions(), clock or SystemClock(), layout=layout, frames=frames)
    if spec.replace(",", "").isdecimal() and not Path(spec).exists():
        raise SettingsError(f"'{spec}' is no recording", f"camera{'s' * (',' in spec)}:{spec} for cameras")
    if spec == "synthetic":
        from allaprima.app.sources.synthetic.path import RATE_HZ
        from allaprima.app.sources.synthetic.source import SyntheticRoom

        rate = None if pace == "fast" and rate_hz is None else rate_hz or RATE_HZ
        return SyntheticRoom(size, seed, rate, frames, clock, progress=progress)
    left, comma, right = spec.partition(",")
    path = (left, right) if comma and not Path(spec).exists() else spec
    return open_recording(path, pace=pace, rate_hz=rate_hz, loop=loop, layout=layout, frames=frames, clock=clock)
