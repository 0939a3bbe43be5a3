"""Controllers through SteamVR's input system, in which the wearer may change all bindings."""

from pathlib import Path
from typing import Any

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.headset.actions import CONTROLS
from allaprima.app.headset.steamvr import ACTION_SET, TICK, action_path, write_action_manifest
from allaprima.app.openvr.runtime import Runtime, code_of

_MISMATCHED_MANIFEST = 15  # Steam has its own manifest for this program, which takes precedence
_TICK_S, _TICK_HZ, _TICK_AMPLITUDE = 0.02, 160.0, 0.6


class Input:
    """Reads the held controls. Must be made before the first event is polled.

    Raises `HeadsetUnavailable` if SteamVR refuses the action manifest written into `folder`.
    """

    def __init__(self, runtime: Runtime, folder: Path | None = None) -> None:
        api, self._input = runtime.api, runtime.input
        manifest = write_action_manifest(folder)
        code = code_of(self._input.setActionManifestPath, str(manifest))
        if code not in (0, _MISMATCHED_MANIFEST):
            raise HeadsetUnavailable(
                f"SteamVR does not take {manifest} (input error {code})", "delete that folder, then start again"
            )
        self._errors = (api.OpenVRError, KeyError)
        self._anywhere = api.k_ulInvalidInputValueHandle
        self._controls = [(c, self._handle(action_path(c.name))) for c in CONTROLS]
        self._tick = self._handle(TICK)
        self._sets = (api.VRActiveActionSet_t * 1)()
        self._sets[0].ulActionSet = self._input.getActionSetHandle(ACTION_SET)

    def held(self) -> dict[str, float]:
        """{control: 0 or 1 of a button, -1..1 of a stick, up positive}; empty without a controller."""
        held: dict[str, float] = {}
        try:
            self._input.updateActionState(self._sets)
            for control, handle in self._controls:
                if control.kind == "stick":
                    held[control.name] = float(self._input.getAnalogActionData(handle, self._anywhere).y)
                else:
                    held[control.name] = float(self._input.getDigitalActionData(handle, self._anywhere).bState)
        except self._errors:
            return {}
        return held

    def tick(self) -> None:
        """A short haptic tick in both hands."""
        code_of(
            self._input.triggerHapticVibrationAction,
            self._tick, 0.0, _TICK_S, _TICK_HZ, _TICK_AMPLITUDE, self._anywhere,
        )  # fmt: skip

    def _handle(self, path: str) -> Any:
        return self._input.getActionHandle(path)
