"""Opens `cameras:LEFT,RIGHT` and `camera:ONE`."""

from dataclasses import dataclass, field
from pathlib import Path

from allaprima.app.core.clock import Clock
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Eye
from allaprima.app.sources.cameras.address import SIMULATED, split_pair
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.device import CaptureMode, Device, OpenDevice
from allaprima.app.sources.cameras.eyes import Eyes, SplitCamera, TwoCameras
from allaprima.app.sources.cameras.inbox import Inbox
from allaprima.app.sources.cameras.runner import ThreadedRunner
from allaprima.app.sources.cameras.source import CameraSource
from allaprima.app.sources.layout import LAYOUTS, SWAPPED, Layout, choose_layout

PREFIXES = ("cameras:", "camera:")


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """The settings of cameras: their mode, whether left and right are swapped, the delays (left, right) of their frames
    in milliseconds, and the number of periods for which the last frame replaces skipped ones.
    """

    mode: CaptureMode = field(default_factory=CaptureMode)
    swap_eyes: bool = False
    delays_ms: tuple[float, float] = (0.0, 0.0)
    hold: int = 0


def open_cameras(
    spec: str, options: CameraOptions, clock: Clock, *, layout: str = "auto", frames: int | None = None
) -> CameraSource:
    """Open `cameras:LEFT,RIGHT`, or `camera:ONE` with the eyes in its frames by `layout`.

    Raises `CameraNotFound` if one does not answer, `SettingsError` for malformed names.
    """
    prefix, _, text = spec.partition(":")
    inbox = Inbox()
    eyes: Eyes
    if prefix == "cameras":
        names = split_pair(text)
        if options.swap_eyes:
            names = names[1], names[0]
        left, right = (_camera(names[i], options, inbox, clock, eye) for i, eye in enumerate(("left", "right")))
        eyes, name = TwoCameras(left, right, options.hold), f"cameras {names[0]} and {names[1]}"
    elif text.strip():
        eyes, name = _split(text.strip(), options, inbox, clock, layout), f"camera {text.strip()}"
    else:
        raise SettingsError("camera: names no camera", "camera:0 --stereo sbs; allaprima devices lists them")
    return CameraSource(name, eyes, ThreadedRunner(clock, inbox), clock, frames)


def device_opener(name: str, mode: CaptureMode, clock: Clock, eye: Eye = "left") -> OpenDevice:
    """A function that opens the camera `name`; it loads OpenCV only when called."""
    if name == SIMULATED:
        from allaprima.app.sources.cameras.simulated import SIZE, SimulatedCamera

        return SimulatedCamera(clock, int(eye == "right"), mode.fps or 30.0, mode.size or SIZE, jitter_ms=2.0).open

    def open_device() -> Device:
        from allaprima.app.sources.cameras.opencv import OpenCvDevice

        return OpenCvDevice(name, mode)

    return open_device


def _camera(name: str, options: CameraOptions, inbox: Inbox, clock: Clock, eye: str) -> Camera:
    side: Eye = "right" if eye == "right" else "left"
    delay_ns = round(options.delays_ms[side == "right"] * 1e6)
    return Camera(name, device_opener(name, options.mode, clock, side), inbox, clock, side, delay_ns)


def _split(name: str, options: CameraOptions, inbox: Inbox, clock: Clock, layout: str) -> SplitCamera:
    if "," in name and not set("!/") & set(name):
        raise SettingsError(f"camera:{name} names more than one camera", f"cameras:{name}")
    if layout not in LAYOUTS:
        raise SettingsError(f"unknown stereo layout {layout!r}", f"use one of {', '.join(LAYOUTS)}")

    def choose(size: tuple[int, int]) -> Layout:
        chosen = choose_layout(layout, size, Path(f"camera {name}"))
        return SWAPPED[chosen] if options.swap_eyes else chosen

    return SplitCamera(_camera(name, options, inbox, clock, "left"), choose)
