"""Pairing: nearest stamp, half a period, no frame twice, hardly a pair missed."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.frame import Eye, Frame
from allaprima.app.sources.cameras.pairing import Pairing
from allaprima.app.sources.cameras.simulated import SimulatedCamera

PIXELS = np.zeros((2, 2, 3), np.uint8)
PERIOD = 1_000_000
EYES: tuple[Eye, Eye] = ("left", "right")


def frame(eye: Eye, t_ns: int, seq: int = 0) -> Frame:
    return Frame(PIXELS, t_ns, seq, eye)


def stamps(pair: tuple[Frame, Frame] | None) -> tuple[int, int] | None:
    return pair and (pair[0].t_ns, pair[1].t_ns)


def test_late_right_frame_is_paired_with_nearest_left() -> None:
    pairing = Pairing()
    assert pairing.add(frame("left", 0), PERIOD) is None
    assert pairing.add(frame("left", PERIOD), PERIOD) is None
    assert stamps(pairing.add(frame("right", PERIOD - 100_000), PERIOD)) == (PERIOD, PERIOD - 100_000)
    assert pairing.unpaired == 1, "the older left one is given up"


def test_of_two_that_are_near_enough_the_nearer_one_is_taken() -> None:
    pairing = Pairing()
    for t_ns in (0, 400_000):  # jitter brought them together
        pairing.add(frame("right", t_ns), PERIOD)
    assert stamps(pairing.add(frame("left", 450_000), PERIOD)) == (450_000, 400_000)


def test_a_right_eye_that_runs_behind_still_finds_its_mates() -> None:
    pairing = Pairing()
    for n in range(3):
        pairing.add(frame("left", n * PERIOD), PERIOD)
    made = [stamps(pairing.add(frame("right", n * PERIOD + 7), PERIOD)) for n in range(3)]
    assert made == [(n * PERIOD, n * PERIOD + 7) for n in range(3)] and pairing.unpaired == 0


@pytest.mark.parametrize(("gap", "paired"), [(PERIOD // 2, True), (PERIOD // 2 + 1, False)])
def test_half_a_period_is_the_limit(gap: int, paired: bool) -> None:
    for first, second in (EYES, EYES[::-1]):
        pairing = Pairing()
        pairing.add(frame(first, 0), PERIOD)
        assert (pairing.add(frame(second, gap), PERIOD) is not None) == paired


def test_a_frame_whose_mate_was_dropped_is_given_up_and_counted() -> None:
    pairing = Pairing()
    for n in range(100):
        pairing.add(frame("left", n * PERIOD), PERIOD)
        if n % 10:
            pairing.add(frame("right", n * PERIOD + 5), PERIOD)
    assert (pairing.pairs, pairing.unpaired) == (90, 10)
    assert set(pairing.skews_ms) == {5e-6}


def test_an_eye_without_its_mate_gives_every_frame_once_and_keeps_nothing() -> None:
    pairing = Pairing()
    for n in range(1000):
        pairing.add(frame("left", n * PERIOD), PERIOD)
    newest = pairing.alone("left")
    assert newest is not None and newest.t_ns == 999 * PERIOD
    assert pairing.alone("left") is None and pairing.alone("right") is None
    assert pairing.unpaired == 999


def most_pairs(left: list[int], right: list[int], reach: int) -> int:
    """How many pairs within `reach` can be made at all: on a line, pairing the oldest two that can makes the most."""
    i = j = count = 0
    while i < len(left) and j < len(right):
        if abs(left[i] - right[j]) <= reach:
            i, j, count = i + 1, j + 1, count + 1
        elif left[i] < right[j]:
            i += 1
        else:
            j += 1
    return count


def test_no_frame_is_used_twice_unless_that_is_asked_for() -> None:
    pairing = Pairing()
    pairing.add(frame("left", 0), PERIOD), pairing.add(frame("right", 0), PERIOD)
    pairing.add(frame("left", PERIOD), PERIOD)
    assert pairing.due_ns(PERIOD) is None and pairing.held(9 * PERIOD, PERIOD) is None


@pytest.mark.parametrize("hold", [1, 2, 3])
@pytest.mark.parametrize("skipping", ["left", "right"])
def test_the_last_frame_stands_in_for_as_many_periods_as_asked_for(hold: int, skipping: Eye) -> None:
    going_on: Eye = "left" if skipping == "right" else "right"
    pairing = Pairing(hold)
    pairing.add(frame("left", 0), PERIOD), pairing.add(frame("right", 0), PERIOD)
    for n in range(1, 6):
        now = n * PERIOD
        assert pairing.add(frame(going_on, now), PERIOD) is None
        assert pairing.held(now + PERIOD // 2, PERIOD) is None, "its mate may still come"
        assert pairing.due_ns(PERIOD) == (now + 750_000 if n <= hold else None)
        found = pairing.held(now + 750_000, PERIOD)
        assert (found is not None) == (n <= hold)
        if found:
            fresh, last = found[:2] if skipping == "right" else found[1::-1]
            assert (fresh.t_ns, last.t_ns, found[2]) == (now, 0, skipping)
            assert found[0].eye == "left" and found[1].eye == "right"
        assert pairing.held(now + 900_000, PERIOD) is None, "once for every frame that is fresh"
    assert pairing.repeats == hold and pairing.pairs == 1


def test_of_several_that_nobody_read_in_time_the_newest_gets_the_held_one() -> None:
    pairing = Pairing(3)
    pairing.add(frame("left", 0), PERIOD), pairing.add(frame("right", 0), PERIOD)
    for n in (1, 2, 3):
        pairing.add(frame("left", n * PERIOD), PERIOD)
    found = pairing.held(3 * PERIOD + 10, PERIOD)
    assert found and (found[0].t_ns, found[1].t_ns) == (2 * PERIOD, 0) and pairing.unpaired == 1
    assert stamps(pairing.add(frame("right", 3 * PERIOD), PERIOD)) == (3 * PERIOD, 3 * PERIOD), "the one that waits"


def test_held_frames_do_not_count_as_skew() -> None:
    pairing = Pairing(1)
    pairing.add(frame("left", 0), PERIOD), pairing.add(frame("right", 5), PERIOD)
    pairing.add(frame("left", PERIOD), PERIOD)
    assert pairing.held(2 * PERIOD, PERIOD) and pairing.skews_ms == [5e-6]


Arrival = tuple[int, int, Frame]
"""When it comes, its eye's place, and the frame."""


def free_running(seed: int) -> tuple[list[Arrival], dict[Eye, list[int]]]:
    """Frames in the order of their arrival, and their stamps by eye: two cameras of 60 Hz, +-8 ms of jitter, 5 % of
    frames dropped, 50 ppm of drift, any phase, frames handed over late by up to a quarter of a period.
    """
    dice = random.Random(seed)
    period = round(1e9 / 60)
    arrivals, times = [], {}
    for place, eye in enumerate(EYES):
        camera = SimulatedCamera(
            FakeClock(), place, 60.0, phase_ms=dice.uniform(0, 17) * place, jitter_ms=8, drops=0.05,
            drift_ppm=50 * place, seed=seed,
        )  # fmt: skip
        due = [(number, at) for number in range(2000) if (at := camera.due_ns(number)) is not None]
        times[eye] = [at for _, at in due]
        arrived = 0
        for number, at in due:
            arrived = max(arrived, at + dice.randrange(period // 4))  # in order, as from one thread
            arrivals.append((arrived, place, frame(eye, at, number)))
    return sorted(arrivals, key=lambda arrival: arrival[:2]), times


@pytest.mark.parametrize("hold", [1, 2])
@pytest.mark.parametrize("seed", range(12))
def test_holding_makes_the_same_pairs_and_fills_only_what_was_skipped(seed: int, hold: int) -> None:
    """Read as soon as there is anything to read, by a clock that goes from one arrival to the next."""
    period, (arrivals, _) = round(1e9 / 60), free_running(seed)
    plain, pairing = Pairing(), Pairing(hold)
    without = [pair for *_, each in arrivals if (pair := plain.add(each, period))]
    made: list[tuple[Frame, Frame, Eye | None]] = []
    for now, _, each in arrivals:
        while (due := pairing.due_ns(period)) is not None and due < now:
            found = pairing.held(due, period)
            assert found is not None, "nobody is woken in vain"
            made.append(found)
        if pair := pairing.add(each, period):
            made.append((*pair, None))
    assert [pair[:2] for pair in made if pair[2] is None] == without, "no true pair is lost or changed"
    repeated = [pair for pair in made if pair[2]]
    assert len(repeated) == pairing.repeats > 50 and pairing.pairs == len(without)
    assert len(repeated) >= 0.9 * (plain.unpaired - pairing.unpaired) > 0, "they were given up before"
    used: dict[str, int] = {"left": -1, "right": -1}
    moment = -(1 << 62)
    for left, right, held in made:
        assert (left.eye, right.eye) == ("left", "right"), "no eyes swapped"
        for each in (left, right):
            assert each.seq == used[each.eye] if each.eye == held else each.seq > used[each.eye]
            used[each.eye] = each.seq
        if held:
            assert abs(right.t_ns - left.t_ns) <= (hold + 0.5) * period
        t_ns = right.t_ns if held == "left" else left.t_ns
        assert t_ns > moment, "no step back"
        moment = t_ns


@pytest.mark.parametrize("seed", range(24))
def test_two_free_running_cameras_make_nearly_every_pair_that_can_be_made(seed: int) -> None:
    period, (arrivals, times) = round(1e9 / 60), free_running(seed)
    pairing = Pairing()
    made = [pair for *_, each in arrivals if (pair := pairing.add(each, period))]

    assert len(made) >= 0.99 * most_pairs(times["left"], times["right"], period // 2)
    assert all(left.eye == "left" and right.eye == "right" for left, right in made), "no eyes swapped"
    for eye in (0, 1):
        numbers = [pair[eye].seq for pair in made]
        assert all(a < b for a, b in pairwise(numbers)), "no frame twice, none out of order"
    skews = np.abs(pairing.skews_ms)
    assert np.percentile(skews, 99) <= period / 2e6
    used = 2 * len(made)
    assert pairing.unpaired <= len(arrivals) - used <= pairing.unpaired + 8, "every frame is accounted for"
