"""The connection to an OpenXR runtime: its name, its headset, its events and its clock."""

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from allaprima.app.compositor.gl import GL, install_hint
from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.headset.openxr import clock
from allaprima.app.headset.openxr.binding import Binding
from allaprima.app.headset.openxr.library import check, opening, using, xr

MASK, RATE = "XR_KHR_visibility_mask", "XR_FB_display_refresh_rate"


class Instance:
    """An OpenXR 1.0 instance with a headset. Raises `HeadsetUnavailable`: no runtime, no headset, OpenGL too old."""

    def __init__(self, binding: Binding) -> None:
        with opening("asking for its extensions"):
            offered = {p.extension_name.decode() for p in xr.enumerate_instance_extension_properties()}
        missing = [name for name in (*binding.extensions, clock.EXTENSION) if name not in offered]
        if missing:
            hint = "try it without --no-window" if "XR_MNDX_egl_enable" in missing else "use --headset openvr"
            raise HeadsetUnavailable(f"the OpenXR runtime cannot do {' and '.join(missing)}", hint)
        self.extras = frozenset((MASK, RATE)) & offered
        """The supported ones of the extensions `MASK` and `RATE`."""
        wanted = [*binding.extensions, clock.EXTENSION, *sorted(self.extras)]
        about = xr.ApplicationInfo(
            application_name="Alla Prima", engine_name="Alla Prima", engine_version=0, api_version=xr.Version(1, 0, 0)
        )
        with opening("xrCreateInstance"):
            self.handle = xr.create_instance(
                xr.InstanceCreateInfo(application_info=about, enabled_extension_names=wanted)
            )
        try:
            with opening("xrGetSystem"):
                self.system = xr.get_system(self.handle, xr.SystemGetInfo(xr.FormFactor.HEAD_MOUNTED_DISPLAY))
                properties = xr.get_system_properties(self.handle, self.system)
                self.runtime = xr.get_instance_properties(self.handle).runtime_name.decode(errors="replace")
            self.name = f"{properties.system_name.decode(errors='replace')} ({self.runtime})"
            self._check_graphics()
            with opening("telling the time"):
                self._clock = clock.RuntimeClock(self.handle, self.function)
        except BaseException:
            self.close()
            raise

    def eye_size(self) -> tuple[int, int]:
        """(width, height) in pixels that the runtime recommends for each eye."""
        with opening("xrEnumerateViewConfigurationViews"):
            views = xr.enumerate_view_configuration_views(
                self.handle, self.system, xr.ViewConfigurationType.PRIMARY_STEREO
            )
        if len(views) != 2:
            raise HeadsetUnavailable(f"{self.name} has {len(views)} views, and two eyes are needed")
        return (
            max(view.recommended_image_rect_width for view in views),
            max(view.recommended_image_rect_height for view in views),
        )

    def events(self) -> Iterator[Any]:
        """The events since the last call, each as an `xr.EventDataBuffer`. Raises `HeadsetLost`."""
        while True:
            with using("xrPollEvent"):
                try:
                    event = xr.poll_event(self.handle)
                except xr.exception.EventUnavailable:
                    return
            yield event

    def time(self, t_ns: int) -> int:
        """The runtime's time (XrTime) when the program's clock says `t_ns`. Raises `HeadsetLost`."""
        with using("telling the time"):
            return self._clock.time(t_ns)

    def t_ns(self, time: int) -> int:
        """The program's clock at the runtime's `time`. Raises `HeadsetLost`."""
        with using("telling the time"):
            return self._clock.t_ns(time)

    def function(self, name: str, kind: Any) -> Any:
        """An extension's function. pyopenxr's own `xr.ext.KHR` cannot be imported on Linux."""
        return ctypes.cast(xr.get_instance_proc_addr(self.handle, name), kind)

    def close(self) -> None:
        if self.handle is not None:
            handle, self.handle = self.handle, None
            with suppress(xr.exception.ResultException):  # it is gone already
                xr.destroy_instance(handle)

    def _check_graphics(self) -> None:
        """Ask for the graphics requirements: a runtime refuses a session without this call."""
        needs = xr.GraphicsRequirementsOpenGLKHR()
        ask = self.function("xrGetOpenGLGraphicsRequirementsKHR", xr.PFN_xrGetOpenGLGraphicsRequirementsKHR)
        with opening("xrGetOpenGLGraphicsRequirementsKHR"):
            check(ask(self.handle, self.system, ctypes.byref(needs)))
        least = needs.min_api_version_supported
        has = (GL.glGetIntegerv(GL.GL_MAJOR_VERSION), GL.glGetIntegerv(GL.GL_MINOR_VERSION))
        if has < (least.major, least.minor):
            raise HeadsetUnavailable(
                f"{self.runtime} needs OpenGL {least.major}.{least.minor}, and the driver gives {has[0]}.{has[1]}",
                install_hint(),
            )
