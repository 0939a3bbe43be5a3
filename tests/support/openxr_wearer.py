"""Somebody who wears Monado's remote headset while they use the program."""

from __future__ import annotations

from typing import Any

from patience import eventually
from remote_wearer import RemoteWearer

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.frame import Pixels
from allaprima.app.core.pose import Pose
from allaprima.app.headset.headset import HeadsetFrame
from allaprima.app.headset.openxr import OpenXrHeadset
from allaprima.app.headset.simulated import default_views

_LEFT, _RIGHT = 0, 1
BUTTONS: dict[str, tuple[int, dict[str, Any]]] = {
    "next-style": (_RIGHT, {"trigger": 1.0}),
    "previous-style": (_LEFT, {"trigger": 1.0}),
    "stronger": (_RIGHT, {"stick_y": 1.0}),
    "weaker": (_RIGHT, {"stick_y": -1.0}),
    "larger-strokes": (_LEFT, {"stick_y": 1.0}),
    "smaller-strokes": (_LEFT, {"stick_y": -1.0}),
    "freeze": (_RIGHT, {"a": True}),
    "hud": (_LEFT, {"a": True}),
}
"""What one presses on the controllers that Monado's remote driver has: (hand, what `RemoteWearer.press` takes)."""


class _InStep(OpenXrHeadset):
    """Moves the program's clock on by one period a frame, though Monado itself paces in real time; lets go of what is
    pressed once that was noticed.
    """

    def __init__(self, clock: FakeClock, remote: RemoteWearer) -> None:
        super().__init__()
        self._fake, self._remote = clock, remote
        self.held: int | None = None
        self.ticks = 0

    def wait_frame(self) -> HeadsetFrame:
        self._fake.advance(round(NS / self.refresh_hz))
        return super().wait_frame()

    def poll_actions(self) -> list[str]:
        actions = super().poll_actions()
        if actions and self.held is not None:
            self._remote.press(self.held)
            self.held = None
        return actions

    def tick(self) -> None:
        super().tick()
        self.ticks += 1


class OpenXrWearer:
    """A headset through OpenXR, in sight; the program's clock, in step with it; the hands and the eyes."""

    def __init__(self) -> None:
        self._remote = RemoteWearer().look(Pose()).see(default_views()).press(_LEFT).press(_RIGHT)
        self.clock = FakeClock(NS)
        self.headset = _InStep(self.clock, self._remote)
        eventually(self._visible)
        self.headset.poll_actions()

    def _visible(self) -> bool:
        """Whether Monado shows what is submitted, after one frame more."""
        frame = self.headset.wait_frame()
        self.headset.submit(frame)
        return frame.visible

    def press(self, action: str) -> None:
        """Press what `action` is bound to; it is let go once the headset has reported it, a frame or so later."""
        assert self.headset.held is None, f"what was pressed before {action} was never noticed"
        self.headset.held, how = BUTTONS[action]
        self._remote.press(self.headset.held, **how)

    def read_eye(self, eye: int) -> Pixels:
        """(H, W, 3) RGB of what eye 0 (left) or 1 (right) was given last."""
        return self.headset.read_eye(eye)

    def ticks(self) -> int:
        """How often the runtime took a tick for the hands: the remote driver does not tell what they felt."""
        return self.headset.ticks

    def close(self) -> None:
        self._remote.close()
