"""The display of the headset behind SteamVR: its eyes, and whether it is worn."""

import ctypes

import numpy as np

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView, FieldOfView
from allaprima.app.headset.headset import Triangles
from allaprima.app.openvr.hmd import HMD, Hmd
from allaprima.app.openvr.runtime import Runtime


class Device(Hmd):
    """The display of an open `Runtime`.

    `eye_size` is the runtime's recommendation in pixels; `photons_s` the seconds from a refresh to its light.
    """

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        self.refresh_hz = self.number(self._api.Prop_DisplayFrequency_Float) or 90.0
        self.photons_s = self.number(self._api.Prop_SecondsFromVsyncToPhotons_Float)
        width, height = self._system.getRecommendedRenderTargetSize()
        self.eye_size = (int(width), int(height))

    def views(self) -> tuple[EyeView, EyeView]:
        """The present views of left and right eye. Raises `HeadsetUnavailable` if SteamVR's values are invalid."""
        left, right = (self._view(eye) for eye in range(2))
        return left, right

    def worn(self) -> bool:
        """Whether the picture is seen: the headset is not in standby, and no menu of SteamVR is in front."""
        level = self._system.getTrackedDeviceActivityLevel(HMD)
        return level != self._api.k_EDeviceActivityLevel_Standby and not self._system.shouldApplicationPause()

    def hidden_area(self, eye: int) -> Triangles | None:
        """(N, 3, 2) float32, 0..1 from the bottom left; None if the headset has no mask."""
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
