"""A real headset through SteamVR."""

import ctypes
from contextlib import suppress
from pathlib import Path

import numpy as np

from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.compositor.gl import GL
from allaprima.app.core.clock import NS, Clock, SystemClock
from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable
from allaprima.app.core.pose import Pose
from allaprima.app.core.pose_history import PoseHistory
from allaprima.app.headset.actions import Buttons
from allaprima.app.headset.drawn_eyes import DrawnEyes
from allaprima.app.headset.headset import HeadsetFrame, HeadsetTiming, Triangles
from allaprima.app.headset.openvr.device import Device
from allaprima.app.headset.openvr.input import Input
from allaprima.app.headset.steamvr import APP_KEY
from allaprima.app.openvr.errors import ALREADY_SUBMITTED, NO_FOCUS, REQUEST_FAILED, compositor_error
from allaprima.app.openvr.runtime import Runtime, code_of

_REMEMBERED_S = 0.1  # SteamVR keeps poses for this long
_PATIENCE_NS = 2 * NS
_PASSING = (REQUEST_FAILED, ALREADY_SUBMITTED)


class OpenVrHeadset(DrawnEyes):
    """Implements `Headset` on SteamVR, or any other runtime with pyopenvr's interface versions.

    It starts recentred, as OpenXR's local space does. `folder` is for the action manifest and the default bindings
    (None: the user's data folder). Raises `HeadsetUnavailable`.
    """

    def __init__(self, clock: Clock | None = None, *, folder: Path | None = None) -> None:
        self._clock = clock or SystemClock()
        self._closed = False
        self._gone: HeadsetLost | None = None
        self._eyes: list[Framebuffer] = []
        self._runtime = Runtime("scene", "System", "Compositor", "Input", "Applications")
        try:
            self._open(folder)
        except BaseException:
            self.close()
            raise

    def _open(self, folder: Path | None) -> None:
        api, self._system, self._compositor = self._runtime.api, self._runtime.system, self._runtime.compositor
        self._input = Input(self._runtime, folder)  # before the first event is polled: SteamVR's rule
        self._buttons = Buttons()
        self._identify()
        self._compositor.setTrackingSpace(api.TrackingUniverseStanding)
        self._device = Device(self._runtime)
        self._views = self._device.views()
        self.name = f"{self._device.name} on SteamVR"
        self.refresh_hz = self._device.refresh_hz
        self.eye_size: tuple[int, int] = self._device.eye_size

        for _ in range(2):
            self._eyes.append(Framebuffer(*self.eye_size))
        self._textures = [
            api.VRTextureWithPose_t(int(eye.texture.handle), api.TextureType_OpenGL, api.ColorSpace_Gamma)
            for eye in self._eyes
        ]
        self._whole = api.VRTextureBounds_t(0.0, 0.0, 1.0, 1.0)
        self._poses = (api.TrackedDevicePose_t * api.k_unMaxTrackedDeviceCount)()
        self._event = api.VREvent_t()

        self._history = PoseHistory()
        self._head = Pose()  # in the runtime's space, as is the history
        self._room = Pose()  # our space in the runtime's
        self._recentre = True
        self._refused_ns: int | None = None  # start of the compositor's refusals
        self._index, self._t_display_ns, self._submitted = -1, 0, 0
        self._timing = HeadsetTiming()
        self._before = self._stats()

    def wait_frame(self) -> HeadsetFrame:
        """Block until SteamVR wants the next frame. Raises `HeadsetLost` when it quits or its compositor is gone."""
        self._check()
        refused = code_of(self._compositor.waitGetPoses, self._poses, None)
        now = self._clock.now_ns()
        self._bear(refused, "ask for a frame", now)
        if refused:  # some refusals return at once; without a wait this loop would spin
            self._clock.sleep_until(now + round(NS / self.refresh_hz))
        self._answer_events()
        photons_s = float(self._compositor.getFrameTimeRemaining()) + self._device.photons_s
        self._t_display_ns = max(now + round(photons_s * NS), self._t_display_ns + 1)
        predicted = self._device.pose_of(self._poses)
        self._head = predicted or self._head
        if measured := self._device.pose_in(0.0):
            self._history.add(now, measured)
        if self._recentre and predicted:
            self._recentre, self._room = False, self._head.upright()
        self._index += 1
        return HeadsetFrame(
            self._index,
            self._t_display_ns,
            self._room.inverse() @ self._head,
            self._views,
            tracked=predicted is not None,
            visible=not refused and self._device.worn(),
        )

    def pose_at(self, t_ns: int) -> Pose | None:
        """Head-to-world: SteamVR's for the last 100 ms and the future, else the pose measured then."""
        self._check()
        ahead_s = (t_ns - self._clock.now_ns()) / NS
        pose = self._device.pose_in(ahead_s) if ahead_s > -_REMEMBERED_S else None
        pose = pose or self._history.at(t_ns)
        return self._room.inverse() @ pose if pose else None

    def submit(self, frame: HeadsetFrame) -> None:
        """Submit both eyes to SteamVR, which reprojects them from `frame.head` to the head's pose at display."""
        self._check()
        head, flags = (self._room @ frame.head).matrix()[:3], self._runtime.api.Submit_TextureWithPose
        refused = 0
        for eye, texture in enumerate(self._textures):
            np.ctypeslib.as_array(texture.mDeviceToAbsoluteTracking.m)[:] = head
            refused = refused or code_of(self._compositor.submit, eye, texture, self._whole, flags)
        GL.glFlush()  # else the driver may hold the frame back until it is late
        self._compositor.postPresentHandoff()
        self._bear(refused, "show a frame", self._clock.now_ns())
        if not refused:
            self._refused_ns = None
            self._submitted += 1

    def hidden_area(self, eye: int) -> Triangles | None:
        self._check()
        return self._device.hidden_area(eye)

    def poll_actions(self) -> list[str]:
        self._check()
        return self._buttons.update(self._input.held(), self._clock.now_ns())

    def tick(self) -> None:
        if not self._closed and not self._gone:
            self._input.tick()

    def recentre(self) -> None:
        """Takes effect with the next frame, so that no frame mixes two spaces; if tracking is lost, when it returns."""
        self._recentre = True

    def timing(self) -> HeadsetTiming:
        """The compositor's counts since the headset was opened; after `close`, the last counts read."""
        if not self._closed:
            stats, before = self._stats(), self._before
            if stats[0] != before[0]:  # those were another program's
                before = (stats[0], 0, 0)
            known, last = self._compositor.getFrameTiming(0)
            gpu_ms = float(last.m_flTotalRenderGpuMs) if known else None
            self._timing = HeadsetTiming(
                self._submitted, max(0, stats[1] - before[1]), max(0, stats[2] - before[2]), gpu_ms
            )
        return self._timing

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._runtime.close()
            for eye in self._eyes:
                eye.close()

    def _check(self) -> None:
        if self._closed:
            raise HeadsetLost("the headset was closed")
        if self._gone:
            raise self._gone

    def _bear(self, refused: int, what: str, now: int) -> None:
        """Raise `HeadsetLost` for a permanent or a long refusal; another program's turn may take long."""
        if not refused or refused == NO_FOCUS:
            return
        if self._refused_ns is None:
            self._refused_ns = now
        if refused not in _PASSING or now - self._refused_ns > _PATIENCE_NS:
            self._gone = compositor_error(refused, what)
            raise self._gone

    def _answer_events(self) -> None:
        api = self._runtime.api
        while self._system.pollNextEvent(self._event):
            kind = self._event.eventType
            if kind == api.VREvent_Quit:
                self._system.acknowledgeQuit_Exiting()  # else SteamVR kills us before the recording is closed
                self._gone = HeadsetLost("SteamVR was closed", "start SteamVR, then allaprima run again")
                raise self._gone
            if kind in (api.VREvent_IpdChanged, api.VREvent_LensDistortionChanged):
                with suppress(HeadsetUnavailable):
                    self._views = self._device.views()

    def _stats(self) -> tuple[int, int, int]:
        """(id of the counted process, dropped, reprojected)."""
        stats = self._compositor.getCumulativeStats(ctypes.sizeof(self._runtime.api.Compositor_CumulativeStats))
        return stats.m_nPid, stats.m_nNumDroppedFrames, stats.m_nNumReprojectedFrames

    def _identify(self) -> None:
        """If this program is registered, make SteamVR store the wearer's bindings under its name, not Python's."""
        if self._runtime.applications.isApplicationInstalled(APP_KEY):
            code_of(self._runtime.applications.identifyApplication, 0, APP_KEY)
