"""The head-mounted display behind SteamVR: its eyes, its poses, and whether somebody wears it."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView, FieldOfView
from allaprima.app.headset.headset import Triangles
from allaprima.app.headset.openvr.runtime import Runtime, code_of

HMD = 0
"""Its index among the tracked devices, always."""


class Device:
    """The display of an open `Runtime`. Poses are in OpenVR's standing space.

    `eye_size` is the runtime's recommendation in pixels; `photons_s` the seconds from a refresh to its light.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._api, self._system = api, system = runtime.api, runtime.system
        self.name = self._text(api.Prop_ModelNumber_String) or "headset"
        self.refresh_hz = self._number(api.Prop_DisplayFrequency_Float) or 90.0
        self.photons_s = self._number(api.Prop_SecondsFromVsyncToPhotons_Float)
        width, height = system.getRecommendedRenderTargetSize()
        self.eye_size = (int(width), int(height))
        self._tracked = (api.TrackingResult_Running_OK, api.TrackingResult_Fallback_RotationOnly)
        self._asked = (api.TrackedDevicePose_t * 1)()

    def views(self) -> tuple[EyeView, EyeView]:
        """Left and right eye as they are now. Raises `HeadsetUnavailable` where SteamVR tells nonsense."""
        left, right = (self._view(eye) for eye in range(2))
        return left, right

    def pose_in(self, seconds: float) -> Pose | None:
        """Head-to-world as it will be in so many seconds, or was; None where SteamVR cannot tell."""
        self._system.getDeviceToAbsoluteTrackingPose(self._api.TrackingUniverseStanding, seconds, self._asked)
        return self.pose_of(self._asked)

    def pose_of(self, devices: Any) -> Pose | None:
        """The headset's among poses of all tracked devices; None while it does not know where it is."""
        head = devices[HMD]
        m = np.array(head.mDeviceToAbsoluteTracking.m, float)
        if not head.bPoseIsValid or head.eTrackingResult not in self._tracked or not np.isfinite(m).all():
            return None
        return Pose.from_matrix(m)

    def worn(self) -> bool:
        """Whether somebody sees what is drawn: not in standby, and no menu of SteamVR's in front."""
        level = self._system.getTrackedDeviceActivityLevel(HMD)
        return level != self._api.k_EDeviceActivityLevel_Standby and not self._system.shouldApplicationPause()

    def hidden_area(self, eye: int) -> Triangles | None:
        """(N, 3, 2) float32, 0..1 from the bottom left; None where there is none."""
        mesh = self._system.getHiddenAreaMesh(eye)
        if not mesh.unTriangleCount or not mesh.pVertexData:
            return None
        numbers = ctypes.cast(mesh.pVertexData, ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(numbers, (mesh.unTriangleCount, 3, 2)).copy()

    def _view(self, eye: int) -> EyeView:
        """From the projection matrix: `getProjectionRaw` calls the lower edge the top."""
        m = np.array(self._system.getProjectionMatrix(eye, 0.1, 100.0).m, float)
        head = np.array(self._system.getEyeToHeadTransform(eye).m, float)
        if not (np.isfinite(m).all() and np.isfinite(head).all() and m[0, 0] > 0 and m[1, 1] > 0):
            raise HeadsetUnavailable("SteamVR does not tell what the eyes see", "restart SteamVR, then start again")
        (w, _, x, _), (_, h, y, _) = m[:2].tolist()
        fov = FieldOfView(left=(1 - x) / w, right=(1 + x) / w, up=(1 + y) / h, down=(1 - y) / h)
        return EyeView(fov, Pose.from_matrix(head))

    def _text(self, name: int) -> str:
        told: list[str] = []
        code_of(lambda: told.append(self._system.getStringTrackedDeviceProperty(HMD, name)))
        return told[0] if told else ""

    def _number(self, name: int) -> float:
        told: list[float] = []
        code_of(lambda: told.append(float(self._system.getFloatTrackedDeviceProperty(HMD, name))))
        return told[0] if told and math.isfinite(told[0]) and told[0] > 0 else 0.0
