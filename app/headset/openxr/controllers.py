"""The controllers: suggests the table of `actions.py` to the runtime, which may choose other bindings."""

from contextlib import suppress
from typing import Any

from allaprima.app.core.clock import NS, Clock
from allaprima.app.headset.actions import CONTROLS, PROFILES, Buttons
from allaprima.app.headset.openxr.library import opening, using, xr

_TICK_NS, _TICK_STRENGTH = NS // 50, 0.5
_HAPTIC = "tick"
_HANDS = ("/user/hand/left/output/haptic", "/user/hand/right/output/haptic")


class Controllers:
    """Every control is a number, 0..1 or -1..1, so that a runtime may bind any button, trigger or stick to it."""

    def __init__(self, instance: Any, session: Any, clock: Clock) -> None:
        self._session, self._clock = session, clock
        self._buttons = Buttons()
        with opening("making its actions"):
            self._set = xr.create_action_set(instance, xr.ActionSetCreateInfo("painting", "Alla Prima", 0))
            self._controls = {c.name: self._action(c.name, c.text, xr.ActionType.FLOAT_INPUT) for c in CONTROLS}
            self._haptic = self._action(_HAPTIC, "A tick when something has changed", xr.ActionType.VIBRATION_OUTPUT)
            for profile in PROFILES:
                self._suggest(instance, profile.openxr_profile, dict(profile.openxr))
            xr.attach_session_action_sets(session, xr.SessionActionSetsAttachInfo(action_sets=[self._set]))

    def poll(self) -> list[str]:
        """The commands since the last call. Raises `HeadsetLost`."""
        held = {}
        with using("xrSyncActions"), suppress(xr.exception.SessionNotFocused):
            xr.sync_actions(self._session, xr.ActionsSyncInfo(active_action_sets=[xr.ActiveActionSet(self._set, 0)]))
            for name, action in self._controls.items():
                state = xr.get_action_state_float(self._session, xr.ActionStateGetInfo(action))
                if state.is_active:
                    held[name] = float(state.current_state)
        return self._buttons.update(held, self._clock.now_ns())

    def tick(self) -> None:
        """Give a haptic tick in both hands. Raises `HeadsetLost`."""
        pulse = xr.HapticVibration(duration=_TICK_NS, frequency=0, amplitude=_TICK_STRENGTH)
        with using("xrApplyHapticFeedback"), suppress(xr.exception.SessionNotFocused):
            xr.apply_haptic_feedback(self._session, xr.HapticActionInfo(self._haptic), pulse)

    def _action(self, name: str, text: str, kind: Any) -> Any:
        return xr.create_action(
            self._set, xr.ActionCreateInfo(action_name=name, action_type=kind, localized_action_name=text)
        )

    def _suggest(self, instance: Any, profile: str, places: dict[str, str]) -> None:
        """Suggest bindings; a runtime that does not know the kind of controller may refuse them."""
        bindings = [(self._controls[name], path) for name, path in places.items()]
        bindings += [(self._haptic, path) for path in _HANDS]
        wishes = [xr.ActionSuggestedBinding(action, xr.string_to_path(instance, path)) for action, path in bindings]
        with suppress(xr.exception.PathUnsupportedError):
            xr.suggest_interaction_profile_bindings(
                instance,
                xr.InteractionProfileSuggestedBinding(xr.string_to_path(instance, profile), suggested_bindings=wishes),
            )
