"""The head-mounted display behind SteamVR, one of its tracked devices: its pose and its properties."""

import math
from typing import Any

import numpy as np

from allaprima.app.core.pose import Matrix, Pose
from allaprima.app.openvr.runtime import Runtime, asked

HMD = 0
"""Its index among the tracked devices, always."""
_MOST_MATRICES = 8


class Hmd:
    """The display of an open `Runtime` with "System". Poses are in OpenVR's standing space."""

    def __init__(self, runtime: Runtime) -> None:
        self._api, self._system = runtime.api, runtime.system
        api = self._api
        self._tracked = (api.TrackingResult_Running_OK, api.TrackingResult_Fallback_RotationOnly)
        self._asked = (api.TrackedDevicePose_t * 1)()

    @property
    def name(self) -> str:
        """For people."""
        return self.text(self._api.Prop_ModelNumber_String) or "headset"

    def pose_in(self, seconds: float) -> Pose | None:
        """Head-to-world in so many seconds, negative for the past; None if SteamVR does not know it."""
        self._system.getDeviceToAbsoluteTrackingPose(self._api.TrackingUniverseStanding, seconds, self._asked)
        return self.pose_of(self._asked)

    def pose_of(self, devices: Any) -> Pose | None:
        """The headset's pose among those of all tracked devices; None while it is not tracked."""
        head = devices[HMD]
        m = np.array(head.mDeviceToAbsoluteTracking.m, float)
        if not head.bPoseIsValid or head.eTrackingResult not in self._tracked or not np.isfinite(m).all():
            return None
        return Pose.from_matrix(m)

    def text(self, prop: int) -> str:
        """A property; "" where it has none."""
        return asked(self._system.getStringTrackedDeviceProperty, HMD, prop)[1] or ""

    def number(self, prop: int) -> float:
        """A property; 0 where it has none, or nonsense."""
        value = float(asked(self._system.getFloatTrackedDeviceProperty, HMD, prop)[1] or 0)
        return value if math.isfinite(value) and value > 0 else 0.0

    def whole(self, prop: int) -> int:
        """A whole number; 0 where it has none."""
        return int(asked(self._system.getInt32TrackedDeviceProperty, HMD, prop)[1] or 0)

    def matrices(self, prop: int) -> list[Matrix]:
        """3x4 each; none where it has none."""
        held = (self._api.HmdMatrix34_t * _MOST_MATRICES)()
        size, tag = np.array(held[0].m, np.float32).nbytes, self._api.k_unHmdMatrix34PropertyTag
        most = _MOST_MATRICES * size
        found = asked(self._system.getArrayTrackedDeviceProperty, HMD, prop, tag, held, most)[1] or 0
        return [np.array(matrix.m, float) for matrix in held[: min(found // size, _MOST_MATRICES)]]
