"""The assumed cameras of a source without a calibration."""

from allaprima.app.core.view import FieldOfView, StereoRig

ASSUMED_FOV_DEG = 70.0
ASSUMED_BASELINE_M = 0.063


def assumed_rig(size: tuple[int, int]) -> StereoRig:
    """For pictures of `size`: 70 degrees wide, 63 mm apart."""
    return StereoRig.parallel(FieldOfView.symmetric(ASSUMED_FOV_DEG, size[0] / size[1]), ASSUMED_BASELINE_M)
