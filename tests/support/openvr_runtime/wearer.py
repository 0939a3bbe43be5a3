"""Somebody who wears the test runtime's headset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.headset.headset import HeadsetFrame
from allaprima.app.headset.openvr.headset import OpenVrHeadset
from openvr_runtime import OpenVrRuntime

_LEFT, _RIGHT = "/user/hand/left/input", "/user/hand/right/input"
BUTTONS = {
    "next-style": f"{_RIGHT}/trigger/click 1",
    "previous-style": f"{_LEFT}/trigger/click 1",
    "stronger": f"{_RIGHT}/joystick/y 1",
    "weaker": f"{_RIGHT}/joystick/y -1",
    "larger-strokes": f"{_LEFT}/joystick/y 1",
    "smaller-strokes": f"{_LEFT}/joystick/y -1",
    "freeze": f"{_RIGHT}/trackpad/click 1",
    "hud": f"{_LEFT}/trackpad/click 1",
    "screenshot": f"{_RIGHT}/application_menu/click 1",
    "recentre": f"{_LEFT}/application_menu/click 1",
}
"""What one presses on the Visor's controllers, as the manual has it."""


class _InStep(OpenVrHeadset):
    """Moves its clock on by one period a frame, however long that took on a busy machine."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self._fake = clock

    def wait_frame(self) -> HeadsetFrame:
        self._fake.advance(round(NS / self.refresh_hz))
        return super().wait_frame()


class Wearer:
    """A headset through OpenVR on a clock of its own, the hands that press its buttons, and the eyes that see."""

    def __init__(self, runtime: OpenVrRuntime) -> None:
        runtime.do("rate 0", "look 1")
        self._runtime = runtime
        self.clock = FakeClock(NS)
        self.headset = _InStep(self.clock)

    def press(self, action: str) -> None:
        """Press and let go what `action` is bound to; the next look at the controllers finds it pressed."""
        self._runtime.do(f"tap {BUTTONS[action]}")

    def read_eye(self, eye: int) -> NDArray[np.uint8]:
        """(H, W, 3) RGB of what eye 0 (left) or 1 (right) was given last."""
        return self._runtime.read_eye(eye)

    def ticks(self) -> int:
        """How often the hands felt a tick."""
        return len(self._runtime.calls("vibrate"))
