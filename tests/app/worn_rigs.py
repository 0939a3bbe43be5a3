"""Headsets that the whole application loop is run on. A runtime joins by adding a factory to `RIGS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from allaprima.app.core.clock import Clock, FakeClock
from allaprima.app.core.frame import Pixels
from allaprima.app.headset.headset import Action, Headset
from allaprima.app.headset.simulated import SimulatedHeadset


@dataclass
class Rig:
    """A headset on its clock, a hand that presses what is bound to an action, and the eyes: what they were given last,
    (H, W, 3) RGB. `ticks` counts what the hand felt.
    """

    headset: Headset
    clock: Clock
    press: Callable[[Action], None]
    read_eye: Callable[[int], Pixels]
    ticks: Callable[[], int]


def simulated() -> Rig:
    clock = FakeClock()
    headset = SimulatedHeadset(clock, (80, 90), 90.0)
    return Rig(headset, clock, headset.press, headset.read_eye, lambda: headset.ticks)


RIGS: dict[str, Callable[[], Rig]] = {"simulated": simulated}
