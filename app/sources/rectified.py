"""A source with a calibrated rig: its pairs undistorted, rectified and resized."""

import dataclasses
from collections.abc import Callable

from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.frame import StereoFrame
from allaprima.app.sources.rig import stereo_rig
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.wrapped import WrappedSource
from allaprima.calibration.rectify import Rectification, rectification
from allaprima.calibration.rig import RigCalibration


def rectification_of(
    source: StereoSource, calibration: RigCalibration, size: tuple[int, int] | None = None
) -> Rectification:
    """The rectification of `source`'s pictures to `size`, its own if None.

    Raises `CalibrationError` if the rig was calibrated on pictures of another size, or its cameras are no pair.
    """
    check_sizes(calibration, source)
    return rectification(calibration, size)


class Rectified(WrappedSource):
    """`source` with rectified pictures of `size` (width, height; its own if None).

    Each eye takes one `cv2.remap` per frame with maps made here. Its `rig` is measured, without trims: see
    `compositor.trims`. Closing it closes `source`. Raises as `rectification_of`.
    """

    def __init__(self, source: StereoSource, calibration: RigCalibration, size: tuple[int, int] | None = None) -> None:
        self._rectification = rectification_of(source, calibration, size)
        super().__init__(source)
        self._calibrated = calibration.size
        self.size = self._rectification.size
        self.rig = stereo_rig(self._rectification, calibration.head)
        self.on_raw: Callable[[StereoFrame], None] | None = None
        """Called with every unrectified pair, in the reader's thread."""

    def read(self, timeout_s: float) -> StereoFrame:
        frame = self._source.read(timeout_s)
        if self.on_raw:
            self.on_raw(frame)
        if frame.size != self._calibrated or frame.right.shape != frame.left.shape:
            return frame  # the pipeline counts pairs of a wrong size
        left = self._rectification.left.remap(frame.left)
        right = self._rectification.right.remap(frame.right)
        left.flags.writeable = right.flags.writeable = False
        return dataclasses.replace(frame, left=left, right=right)


def check_sizes(calibration: RigCalibration, source: StereoSource) -> None:
    """Raises `CalibrationError` if `source` gives pictures of another size than the rig's calibration."""
    if source.size != calibration.size:
        wide, high = calibration.size
        raise CalibrationError(
            f"the rig was calibrated on pictures of {wide}x{high}, but {source.name} gives "
            f"{source.size[0]}x{source.size[1]}",
            f"set the cameras to {wide}x{high}, or calibrate again: allaprima calibrate capture",
        )
