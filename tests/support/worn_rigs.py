"""Headsets that the whole application loop is run on. A runtime joins by adding a factory to `RIGS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from allaprima.app.core.clock import Clock, FakeClock
from allaprima.app.core.frame import Pixels
from allaprima.app.headset.headset import Headset
from allaprima.app.headset.simulated import SimulatedHeadset


@dataclass
class Rig:
    """A headset on its clock, a hand that presses what is bound to an action, and the eyes: what they were given last,
    (H, W, 3) RGB. `ticks` counts what the hand felt.

    `paced`: the runtime wants its frames in real time, so that a crowded machine may be late with one that the
    application was not late with.
    """

    headset: Headset
    clock: Clock
    press: Callable[[str], None]
    read_eye: Callable[[int], Pixels]
    ticks: Callable[[], int]
    paced: bool = False

    def check_none_missed(self, summary: dict[str, Any]) -> None:
        """Every frame that was asked for was submitted, by what the session and the headset tell, and none was late."""
        assert summary["headset_timing"]["submitted"] == summary["submitted"] > 0
        if not self.paced:
            assert self.headset.timing().dropped == summary["dropped"]["headset"] == 0


def simulated(request: pytest.FixtureRequest) -> Rig:
    clock = FakeClock()
    headset = SimulatedHeadset(clock, (80, 90), 90.0)
    return Rig(headset, clock, headset.press, headset.read_eye, lambda: headset.ticks)


def openvr(request: pytest.FixtureRequest) -> Rig:
    """SteamVR's place is taken by the test runtime, without a pace."""
    runtime = request.getfixturevalue("steamvr")
    from openvr_runtime.wearer import Wearer

    wearer = Wearer(runtime)
    return Rig(wearer.headset, wearer.clock, wearer.press, wearer.read_eye, wearer.ticks)


def openxr(request: pytest.FixtureRequest) -> Rig:
    """The real Monado, at 20 Hz."""
    from openxr_wearer import OpenXrWearer

    wearer = OpenXrWearer()
    request.addfinalizer(wearer.close)
    return Rig(wearer.headset, wearer.clock, wearer.press, wearer.read_eye, wearer.ticks, paced=True)


RIGS: dict[str, Any] = {
    "simulated": simulated,
    "openvr": openvr,
    "openxr": pytest.param(openxr, marks=pytest.mark.monado(driver="remote")),
}
"""Factories of type `Callable[[pytest.FixtureRequest], Rig]`, some with marks."""
