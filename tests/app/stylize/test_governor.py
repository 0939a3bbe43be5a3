"""The governor finds a size that holds the rate, and stays there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from stand_ins import ScriptedStylizer

from allaprima.app.core.clock import NS
from allaprima.app.stylize.governor import SCALES, Governor
from allaprima.app.stylize.network_cache import LoadedNetwork, Resolution
from allaprima.app.stylize.prepare import PairBuffer

SIZE = (640, 480)
MS = NS // 1000


def network(scale: float, stroke_size: float = 1.0) -> LoadedNetwork:
    return LoadedNetwork(Resolution(stroke_size, scale), ScriptedStylizer(size=SIZE), PairBuffer((64, 64)))


@dataclass
class Machine:
    """Paints at 60 Hz or as fast as it can, `cost_ms` for a pair of full size; loads a network in `loading_s`."""

    governor: Governor
    cost_ms: Callable[[float], float]
    """Of seconds since the start."""
    fixed_ms: float = 0.0
    loading_s: float = 0.7
    unloadable: tuple[float, ...] = ()
    now_ns: int = 5 * NS
    scale: float = 1.0
    asked: float = 1.0
    ready_ns: int = 0
    shown: list[tuple[float, float, float]] = field(default_factory=list)

    def run(self, seconds: float, rate_hz: float = 60.0) -> list[float]:
        """The scales of the pairs painted in the next `seconds`."""
        first, end_ns = len(self.shown), self.now_ns + round(seconds * NS)
        while self.now_ns < end_ns:
            if self.asked != self.scale and self.now_ns >= self.ready_ns:
                if self.asked in self.unloadable:
                    self.asked = self.scale
                self.scale = self.asked
            t_s = (self.now_ns - 5 * NS) / NS
            spent = round((self.cost_ms(t_s) * self.scale**2 + self.fixed_ms) * MS)
            self.now_ns += max(spent, round(NS / rate_hz))
            wanted = self.governor.painted(network(self.scale), self.asked, spent, self.now_ns)
            if wanted != self.asked:
                self.asked, self.ready_ns = wanted, self.now_ns + round(self.loading_s * NS)
            self.shown.append((t_s, self.scale, spent / MS))
        return [scale for _, scale, _ in self.shown[first:]]


def changes(scales: list[float]) -> int:
    return int(np.count_nonzero(np.diff(scales)))


def test_what_is_fast_enough_is_left_alone() -> None:
    machine = Machine(Governor(60), lambda t: 16.0)
    assert set(machine.run(60)) == {1.0} and not machine.governor.changes


@pytest.mark.parametrize("cost_ms", [17, 20, 25, 30, 60])
def test_a_slow_machine_gets_the_largest_size_that_holds_the_rate(cost_ms: float) -> None:
    machine = Machine(Governor(60), lambda t: cost_ms)
    machine.run(5)
    settled = machine.run(120)
    holding = [scale for scale in SCALES if cost_ms * scale**2 <= 0.95 * 1000 / 60]
    assert set(settled) == {holding[0] if holding else SCALES[-1]}
    assert len(machine.governor.changes) == 1, "straight to it"


def test_a_size_that_proves_too_slow_still_is_left_again() -> None:
    """Part of the time does not shrink with the picture, so that what was expected was too little."""
    machine = Machine(Governor(60), lambda t: 10.0, fixed_ms=11.0)
    machine.run(10)
    assert set(machine.run(120)) == {0.71} and [change.scale for change in machine.governor.changes] == [0.84, 0.71]


def test_a_burden_that_passes_gives_the_size_back() -> None:
    machine = Machine(Governor(60), lambda t: 26.0 if t < 10 else 13.0)
    assert machine.run(10)[-1] == 0.71
    recovered = machine.run(20)
    assert recovered[-1] == 1.0 and sorted(recovered) == recovered, "step by step"
    t_up = [change.t_ns / NS for change in machine.governor.changes][1:]
    assert 10 + 5 <= t_up[0] <= 10 + 7 and t_up[1] - t_up[0] >= 5


def test_spikes_change_nothing() -> None:
    machine = Machine(Governor(60), lambda t: 100.0 if t % 1 < 0.2 else 14.0)
    assert changes(machine.run(120)) == 0


def test_a_machine_at_the_edge_does_not_pump() -> None:
    """The larger size is just too slow, but only while it is used: what was expected of it is wrong every time."""
    machine = Machine(Governor(60), lambda t: 0.0)
    machine.cost_ms = lambda t: 17.5 if machine.scale == 1.0 else 13.5
    scales = machine.run(600)
    up = [t for (t, a, _), (_, b, _) in zip(machine.shown, machine.shown[1:], strict=False) if b > a]
    waits = np.diff(up)
    assert (waits[1:] >= 1.5 * waits[:-1])[:3].all(), "each time it waits longer"
    assert len(up) <= 11 and np.mean(np.array(scales) == 0.84) > 0.9
    assert min(waits) > 10


def test_it_neither_grows_nor_shrinks_between_the_two_thresholds() -> None:
    for cost in np.arange(15, 50, 2.5):

        def cost_ms(t: float, cost: float = float(cost)) -> float:
            return cost

        machine = Machine(Governor(60), cost_ms)
        machine.run(8)
        assert changes(machine.run(30)) == 0, cost


def test_noise_of_a_tenth_settles() -> None:
    rng = np.random.default_rng(0)
    machine = Machine(Governor(30), lambda t: 45 * float(rng.lognormal(0, 0.1)))
    machine.run(10)
    assert changes(machine.run(300)) <= 1


def test_a_network_that_cannot_be_loaded_is_asked_for_once() -> None:
    machine = Machine(Governor(60), lambda t: 20.0, unloadable=(0.84,))
    machine.run(30)
    assert machine.scale == 0.71 and [change.scale for change in machine.governor.changes] == [0.71]


def test_while_a_network_is_being_loaded_nothing_else_is_decided() -> None:
    machine = Machine(Governor(60), lambda t: 20.0 if t < 1.2 else 90.0, loading_s=10)
    machine.run(9)
    assert machine.asked == 0.84 and machine.scale == 1.0


def test_other_strokes_are_judged_anew() -> None:
    governor, now = Governor(60), 0
    for _ in range(200):
        now += 20 * MS
        wanted = governor.painted(network(1.0, stroke_size=1.0 if now < 900 * MS else 2.0), 1.0, 19 * MS, now)
        if wanted != 1.0:
            break
    assert wanted == 0.84 and 1900 * MS <= now <= 2200 * MS, "a second after the strokes changed, not after the start"


def test_a_pause_is_no_evidence() -> None:
    """The first pair after a picture was frozen is late, and alone in the last second."""
    machine = Machine(Governor(60), lambda t: 14.0)
    machine.run(10)
    machine.now_ns += 30 * NS
    machine.cost_ms = lambda t: 90.0
    machine.run(0.3)
    machine.cost_ms = lambda t: 14.0
    assert set(machine.run(10)) == {1.0} and machine.asked == 1.0


def test_at_a_slow_rate_it_takes_its_time() -> None:
    """A second holds too few pairs to tell."""
    machine = Machine(Governor(2), lambda t: 700.0)
    assert set(machine.run(4, 2)) == {1.0}
    assert set(machine.run(60, 2)[5:]) == {0.71}


def test_the_summary_tells_what_happened_and_why() -> None:
    machine = Machine(Governor(60), lambda t: 20.0)
    machine.run(5)
    told = machine.governor.summary()
    assert (told["target_rate"], told["scale"]) == (60, 0.84)
    (change,) = told["changes"]
    assert change["scale"] == 0.84 and change["before_ms"] == 20.0 and 1 + 0.7 < change["t_s"] < 2
