"""An OpenXR session: its state, the timing of frames, and the head's pose."""

import ctypes
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from allaprima.app.core.errors import HeadsetLost
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView
from allaprima.app.headset.openxr.binding import Binding
from allaprima.app.headset.openxr.instance import RATE, Instance
from allaprima.app.headset.openxr.library import opening, using, xr
from allaprima.app.headset.openxr.poses import eye_view, fovf, pose, posef
from allaprima.app.headset.openxr.swapchain import EyeSwapchain

_STEREO = xr.ViewConfigurationType.PRIMARY_STEREO
_ENDED = (xr.SessionState.EXITING, xr.SessionState.LOSS_PENDING)


@dataclass(frozen=True, slots=True)
class Beat:
    """The runtime's prediction for the next frame: shown at `time` (XrTime), the one after it `period_ns` later, which
    may be several refreshes if we are slow; `visible` if it will be seen.
    """

    time: int
    period_ns: int
    visible: bool


class Session:
    """Begins and ends as the runtime requests. While `running` is False there are no frames: the headset is in standby.

    Head poses are in the local space; `recentre` moves its origin. Raises `HeadsetUnavailable` at opening and
    `HeadsetLost` later.
    """

    def __init__(self, instance: Instance, binding: Binding) -> None:
        self._instance, self._binding = instance, binding  # the runtime keeps a pointer to the binding
        self.running = False
        self.masks_changed = False
        """The hidden area has changed; the reader of the new one resets this."""
        self._places = False  # the runtime gives positions, not only orientations
        with opening("xrCreateSession"):
            self.handle = xr.create_session(
                instance.handle, xr.SessionCreateInfo(system_id=instance.system, next=binding.structure)
            )
        self._origin = Pose()
        with opening("xrCreateReferenceSpace"):
            self._head = self._space(xr.ReferenceSpaceType.VIEW, Pose())
            self._local = self._space(xr.ReferenceSpaceType.LOCAL, self._origin)

    def follow(self) -> None:
        """Handle the runtime's events. Raises `HeadsetLost` if it asks the program to leave."""
        for event in self._instance.events():
            kind = event.type
            if kind == xr.StructureType.EVENT_DATA_SESSION_STATE_CHANGED:
                changed = ctypes.cast(ctypes.byref(event), ctypes.POINTER(xr.EventDataSessionStateChanged))
                self._change(changed.contents.state)
            elif kind == xr.StructureType.EVENT_DATA_INSTANCE_LOSS_PENDING:
                raise HeadsetLost(f"{self._instance.runtime} is about to end", "start it again")
            elif kind == xr.StructureType.EVENT_DATA_VISIBILITY_MASK_CHANGED_KHR:
                self.masks_changed = True

    def refresh_hz(self) -> float | None:
        """The display's refresh rate in Hz; None if the runtime does not give it."""
        if RATE not in self._instance.extras:
            return None
        with using("xrGetDisplayRefreshRateFB"):
            rate = xr.get_display_refresh_rate_fb(self.handle)
        return float(getattr(rate, "value", rate)) or None

    def begin_frame(self) -> Beat:
        """Wait until the runtime wants the next frame."""
        with using("xrWaitFrame"):
            state = xr.wait_frame(self.handle, xr.FrameWaitInfo())
        with using("xrBeginFrame"), suppress(xr.exception.FrameDiscarded):  # the one before was never submitted
            xr.begin_frame(self.handle, xr.FrameBeginInfo())
        return Beat(state.predicted_display_time, state.predicted_display_period, bool(state.should_render))

    def end_frame(self, time: int, head: Pose, views: tuple[EyeView, EyeView], eyes: list[EyeSwapchain]) -> None:
        """Show `eyes`, drawn for `head` and `views`, at `time`; without `eyes`, end the frame without a picture."""
        pictures = [
            xr.CompositionLayerProjectionView(posef(head @ view.eye_to_head), fovf(view.fov), eye.sub_image())
            for view, eye in zip(views, eyes, strict=False)
        ]
        layer = xr.CompositionLayerProjection(space=self._local, views=pictures)
        layers = [ctypes.byref(layer)] if pictures else []
        with using("xrEndFrame"):
            xr.end_frame(
                self.handle,
                xr.FrameEndInfo(
                    display_time=time, environment_blend_mode=xr.EnvironmentBlendMode.OPAQUE, layers=layers
                ),
            )

    def views(self, time: int) -> tuple[EyeView, EyeView] | None:
        """Both eyes' views at `time`, None while the runtime does not know them."""
        with using("xrLocateViews"):
            state, (left, right) = xr.locate_views(self.handle, xr.ViewLocateInfo(_STEREO, time, self._head))
        flags = xr.ViewStateFlags.ORIENTATION_VALID_BIT | xr.ViewStateFlags.POSITION_VALID_BIT
        return (eye_view(left), eye_view(right)) if state.view_state_flags & flags == flags else None

    def head(self, time: int) -> tuple[Pose | None, bool]:
        """(head-to-world at `time`, None if unknown; whether it is tracked, not only estimated)."""
        if time <= 0:  # before the runtime's start
            return None, False
        with using("xrLocateSpace"):
            try:
                location = xr.locate_space(self._head, self._local, time)
            except xr.exception.TimeInvalidError:  # older than the runtime's memory
                return None, False
        flags, bits = location.location_flags, xr.SpaceLocationFlags
        if not flags & bits.ORIENTATION_VALID_BIT:
            return None, False
        placed = bool(flags & bits.POSITION_TRACKED_BIT)
        self._places = self._places or placed
        tracked = bool(flags & bits.ORIENTATION_TRACKED_BIT) and placed == self._places
        found = pose(location.pose)
        return (found if flags & bits.POSITION_VALID_BIT else Pose(orientation=found.orientation)), tracked

    def recentre(self, time: int) -> None:
        """Make the head's direction and place at `time` straight ahead and the origin."""
        head, _ = self.head(time)
        if head is None:
            return
        before = self._local
        self._origin = self._origin @ head.upright()
        with using("xrCreateReferenceSpace"):
            self._local = self._space(xr.ReferenceSpaceType.LOCAL, self._origin)
            xr.destroy_space(before)

    def close(self) -> None:
        """End the session in any state. Idempotent."""
        if self.handle is not None:
            handle, self.handle = self.handle, None
            with suppress(xr.exception.ResultException):  # it is gone already
                xr.destroy_session(handle)

    def _change(self, state: Any) -> None:
        if state == xr.SessionState.READY:
            with using("xrBeginSession"):
                xr.begin_session(self.handle, xr.SessionBeginInfo(_STEREO))
            self.running = True
        elif state == xr.SessionState.STOPPING:
            self.running = False
            with using("xrEndSession"):
                xr.end_session(self.handle)
        elif state in _ENDED:
            raise HeadsetLost(f"{self._instance.runtime} asked the program to leave", "start it again when it is ready")

    def _space(self, kind: Any, origin: Pose) -> Any:
        return xr.create_reference_space(self.handle, xr.ReferenceSpaceCreateInfo(kind, posef(origin)))
