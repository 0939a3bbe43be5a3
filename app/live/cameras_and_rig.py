"""The source of a session's pairs, and the calibration of the cameras that took them."""

import logging
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from allaprima.app.compositor.trims import KeptTrims
from allaprima.app.core.clock import Clock
from allaprima.app.core.view import StereoRig
from allaprima.app.live.request import Request
from allaprima.app.recording.stereo_recording import RIG_SUFFIX, VIDEO_SUFFIX
from allaprima.app.settings_and_flags import Settings
from allaprima.app.sources.cameras.device import CaptureMode
from allaprima.app.sources.cameras.opening import PREFIXES, CameraOptions
from allaprima.app.sources.faulty import FaultySource
from allaprima.app.sources.opening import open_source
from allaprima.app.sources.rectified import Rectified, rectification_of
from allaprima.app.sources.rig import load_rig, stereo_rig
from allaprima.app.sources.source import LiveSource, StereoSource
from allaprima.app.sources.synthetic.loop import Progress
from allaprima.calibration.rectify import Rectification
from allaprima.calibration.rig import RigCalibration, Trims
from allaprima.calibration.rig_file import save_trims

_LOG = logging.getLogger(__name__)

_UNCALIBRATED = "these cameras are not calibrated: sizes and distances will be off"


def rig_file_of(request: Request) -> Path | None:
    """The requested rig file, else the one that lies beside the recording."""
    if request.rig:
        return request.rig
    if not request.source.endswith(VIDEO_SUFFIX):
        return None
    beside = Path(request.source.removesuffix(VIDEO_SUFFIX) + RIG_SUFFIX)
    return beside if beside.is_file() else None


def calibration_of(request: Request) -> tuple[Path | None, RigCalibration | None, Trims]:
    """The session's rig file, what it says, and the trims to begin with. Raises `CalibrationError`."""
    rig_file = rig_file_of(request)
    calibration = load_rig(rig_file) if rig_file else None
    return rig_file, calibration, calibration.trims if calibration else Trims()


def kept_trims(rig_file: Path | None, trims: Trims) -> KeptTrims | None:
    """Saves trims into the rig file when they have changed from `trims`; None without a rig file."""
    return KeptTrims(partial(save_trims, rig_file), trims) if rig_file else None


def camera_delay_ns(settings: Settings, calibration: RigCalibration | None) -> int:
    """Time from exposure to the stamp, from the settings, else from the rig file."""
    delay_ms = settings.source.camera_delay_ms
    if delay_ms is None:
        delay_ms = calibration.camera_delay_ms if calibration else 0.0
    return round(delay_ms * 1e6)


def open_calibrated(
    settings: Settings,
    request: Request,
    calibration: RigCalibration | None,
    watched: bool,
    clock: Clock,
    progress: Progress | None,
    stack: ExitStack,
) -> tuple[StereoSource, StereoSource, StereoRig, Rectification | None]:
    """The opened source, the session's source, the cameras that the pictures are drawn for, and the rectification that
    is still to be done. If `watched`, a single picture is shown until the session ends.
    """
    raw = stack.enter_context(open_requested(settings, request, clock, progress))
    if watched and raw.length == 1 and not request.as_fast_as_possible:  # a still is shown until the user quits
        raw = stack.enter_context(open_requested(settings, replace(request, loop=True), clock, progress))
    source, rig, pending = _calibrated(raw, calibration, settings.compositor.rectify)
    if isinstance(raw, LiveSource) and not calibration and request.source.startswith(PREFIXES):
        _LOG.warning(_UNCALIBRATED, extra={"hint": "allaprima calibrate capture, then --rig rig.toml"})
    return raw, source, rig, pending


def open_requested(settings: Settings, request: Request, clock: Clock, progress: Progress | None) -> StereoSource:
    """The requested source, at the settings' rate or as fast as its pairs are painted."""
    chosen = settings.source
    mode = CaptureMode(chosen.camera_size, chosen.camera_fps or chosen.rate, chosen.mjpeg, chosen.exposure_ms)
    cameras = CameraOptions(mode, chosen.swap_eyes, (chosen.left_delay_ms, chosen.right_delay_ms), chosen.hold)
    source = open_source(
        request.source,
        size=settings.source.size,
        rate_hz=settings.source.rate,
        pace="fast" if request.as_fast_as_possible else "recorded",
        loop=request.loop,
        layout=request.input_layout,
        clock=clock,
        progress=progress,
        cameras=cameras,
    )
    if request.faults:
        source = FaultySource(source, request.faults, clock)
    return request.wrap(source, clock) if request.wrap else source


def _calibrated(
    raw: StereoSource, calibration: RigCalibration | None, rectify: str
) -> tuple[StereoSource, StereoRig, Rectification | None]:
    """The session's source, the cameras that the pictures are drawn for, and the rectification still to be done.

    With "shader" the pairs pass unrectified: painter and compositor each rectify what they need.
    """
    if not calibration:
        return raw, raw.rig, None
    if rectify == "shader":
        rectification = rectification_of(raw, calibration)
        return raw, stereo_rig(rectification, calibration.head), rectification
    source = Rectified(raw, calibration)
    return source, source.rig, None
