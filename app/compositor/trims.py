"""What the wearer sets by eye, on top of what was measured: its steps, what it does to the rig, and when it is kept."""

import dataclasses
import math
from collections.abc import Callable

from allaprima.app.core.clock import NS
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig
from allaprima.calibration.rig import TRIM_LIMITS, Trims


def moved(trims: Trims, name: str, value: float) -> Trims:
    """`trims` with `name` set to `value`, or to the nearest that is allowed."""
    low, high = TRIM_LIMITS[name]
    return dataclasses.replace(trims, **{name: round(min(high, max(low, value)), 6)})


def trimmed(rig: StereoRig, trims: Trims) -> StereoRig:
    """The rig that the pictures are drawn for. The projection distance is the compositor's."""
    return StereoRig(_camera(rig.left, trims, -0.5), _camera(rig.right, trims, 0.5))


def _camera(camera: CameraView, trims: Trims, side: float) -> CameraView:
    fov, scale = camera.fov, trims.fov_scale
    tilt = Pose.from_euler(pitch=math.radians(trims.vertical_deg) * side)
    return CameraView(
        FieldOfView(fov.left * scale, fov.right * scale, fov.up * scale, fov.down * scale),
        Pose((trims.separation_m * side, 0.0, 0.0)) @ camera.camera_to_head @ tilt,
    )


class KeptTrims:
    """Hands trims to `save` when they have stood still for a second: keys repeat while held."""

    def __init__(self, save: Callable[[Trims], None], saved: Trims) -> None:
        self._save, self._saved, self._last = save, saved, saved
        self._changed_ns = 0

    def update(self, trims: Trims, now_ns: int, at_once: bool = False) -> bool:
        """Called again and again; True when it has saved. Raises what `save` does, once for each change."""
        if trims != self._last:
            self._last, self._changed_ns = trims, now_ns
        if trims == self._saved or not (at_once or now_ns - self._changed_ns >= NS):
            return False
        self._saved = trims
        self._save(trims)
        return True
