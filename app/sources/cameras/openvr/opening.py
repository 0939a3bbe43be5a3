"""Opens `headset`, the headset's own cameras."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from allaprima.app.core.clock import Clock
from allaprima.app.core.errors import CameraNotFound, HeadsetUnavailable, SettingsError
from allaprima.app.openvr.runtime import Runtime
from allaprima.app.sources.cameras.address import DISTORTED, HEADSET
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.eyes import SplitCamera
from allaprima.app.sources.cameras.inbox import Inbox
from allaprima.app.sources.cameras.listing import CameraInfo
from allaprima.app.sources.cameras.opening import CameraOptions
from allaprima.app.sources.cameras.openvr.description import INTERFACES, HeadsetCameras, describe
from allaprima.app.sources.cameras.openvr.stream import Stream
from allaprima.app.sources.cameras.runner import ThreadedRunner
from allaprima.app.sources.cameras.source import CameraSource
from allaprima.app.sources.layout import SWAPPED, choose_layout, eye_size


def open_headset_cameras(
    spec: str, options: CameraOptions, clock: Clock, *, layout: str = "auto", frames: int | None = None
) -> CameraSource:
    """The cameras of SteamVR's headset: `headset`, or `headset:distorted` for frames with the lens' distortion.
    `layout` and swapped eyes override SteamVR's layout.

    Raises `CameraNotFound` if SteamVR does not run, `CameraLost` if it gives no picture.
    """
    if spec not in (HEADSET, DISTORTED):
        raise SettingsError(f"--source {spec}: a headset's cameras have no '{spec.partition(':')[2]}'", DISTORTED)
    with _joined() as runtime:  # until the stream has joined, too
        described = _describe(runtime, spec == DISTORTED)
        chosen = choose_layout(described.layout if layout == "auto" else layout, described.size, Path(described.name))
        rig = described.rig if eye_size(described.size, chosen) == eye_size(described.size, described.layout) else None
        if options.swap_eyes:
            chosen = SWAPPED[chosen]
        inbox, delay_ns = Inbox(), round(options.delays_ms[0] * 1e6)
        camera = Camera(described.name, lambda: Stream(clock, spec == DISTORTED, delay_ns), inbox, clock)
        eyes = SplitCamera(camera, lambda _: chosen)
        return CameraSource(described.name, eyes, ThreadedRunner(clock, inbox), clock, frames, rig)


def open_stream(clock: Clock) -> Stream:
    """The headset's cameras as one device. Raises as `open_headset_cameras`."""
    with _joined():
        return Stream(clock)


def list_headset_cameras() -> list[CameraInfo]:
    """The headset's cameras as one device, if SteamVR runs (it is not started) and has any.

    Raises `CameraLost` if SteamVR does not answer.
    """
    try:
        with _joined() as runtime:
            return [CameraInfo(HEADSET, "SteamVR", _describe(runtime).name)]
    except CameraNotFound:
        return []


def _describe(runtime: Runtime, distorted: bool = False) -> HeadsetCameras:
    with runtime.in_use():
        return describe(runtime, distorted)


@contextmanager
def _joined() -> Iterator[Runtime]:
    """SteamVR, if it runs; otherwise raises `CameraNotFound`."""
    try:
        with Runtime("background", *INTERFACES) as runtime:
            yield runtime
    except HeadsetUnavailable as error:
        raise CameraNotFound(f"no camera of a headset: {error.message}", error.hint) from error
