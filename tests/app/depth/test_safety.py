"""What comes near is seen before it is met, and nothing flickers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from allaprima.app.core.clock import NS
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView
from allaprima.app.depth.depth import Depth
from allaprima.app.depth.safety import HELD_NS, SafetyView

FOV = FieldOfView.symmetric(90, 4 / 3)
HZ = 90
EVERY = 3  # frames from one depth to the next


def view(
    metres: float, hand_m: float | None = None, confidence: float = 1.0, size: int = 24
) -> tuple[np.ndarray, np.ndarray]:
    """Everything `metres` away, a hand in the middle."""
    inverse, sure = np.full((120, 160), 1 / metres, np.float32), np.full((120, 160), confidence, np.float32)
    if hand_m is not None:
        inverse[50 : 50 + size, 60 : 60 + size] = 1 / hand_m
    return inverse, sure


def walk(
    seen: Callable[[float], tuple[np.ndarray, np.ndarray] | None],
    seconds: float,
    head: Callable[[float], Pose] = lambda t: Pose(),
    safety: SafetyView | None = None,
    start_s: float = 0.0,
) -> list[float]:
    """The shares, frame by frame; `seen` gives what is there by the time, None if no depth comes."""
    safety = safety or SafetyView(0.5)
    depth, shares = safety._depth, []
    for n in range(round(seconds * HZ)):
        t = start_s + n / HZ
        if n % EVERY == 0 and (found := seen(t)) is not None:
            depth = Depth(*found, round(t * NS), head(t), FOV)
        shares.append(safety.look(depth, head(t), round(t * NS)))
    return shares


def steady(shares: list[float]) -> bool:
    return max(abs(b - a) for a, b in pairwise(shares)) < 0.06


def test_a_clear_room_stays_painted() -> None:
    assert max(walk(lambda t: view(2.0, 0.8), 2)) == 0


def test_a_hand_that_approaches_is_seen_before_it_is_met() -> None:
    shares = walk(lambda t: view(2.0, max(0.25, 1.0 - 0.6 * t)), 1.5)
    at_half = round((1.0 - 0.5) / 0.6 * HZ)
    assert shares[at_half - 5] == 0 and shares[at_half + round(0.4 * HZ)] == 1  # it is 0.26 m away then
    assert steady(shares) and (np.diff(shares) >= 0).all()


def test_a_head_that_walks_into_a_wall_sees_it_before_half_a_metre() -> None:
    shares = walk(lambda t: view(2.0 - t), 1.6, lambda t: Pose((0, 0, -t)))
    assert shares[round(1.0 * HZ)] == 0 and shares[round(1.5 * HZ)] == 1 and steady(shares)


def test_it_goes_again_and_does_not_flicker_at_the_border() -> None:
    safety = SafetyView(0.5)
    shares = walk(lambda t: view(2.0, 0.45 + 0.15 * (np.sin(9 * t) > 0)), 3, safety=safety)  # 0.45 m, 0.6 m and back
    assert safety.active and (np.diff(shares) >= 0).all()
    gone = walk(lambda t: view(2.0), 2, safety=safety, start_s=3)
    assert gone[0] == 1 and gone[-1] == 0 and steady(gone) and (np.diff(gone) <= 0).all()


def test_one_wrong_estimate_is_not_believed() -> None:
    assert max(walk(lambda t: view(2.0, 0.4 if abs(t - 0.5) < 0.01 else None), 1.5)) == 0


def test_something_too_small_is_noise() -> None:
    assert max(walk(lambda t: view(2.0, 0.3, size=6), 1)) == 0


@pytest.mark.parametrize("dark", ["night", "a wall without texture"])
def test_what_is_not_known_changes_nothing(dark: str) -> None:
    unknown = view(0.3 if dark != "night" else 2.0, confidence=0.05)
    assert max(walk(lambda t: unknown, 3)) == 0


def test_a_wall_that_is_too_near_to_be_matched_stays_in_view() -> None:
    """Its texture is lost when it fills the view: what was known last holds for a while, and goes without a step."""
    safety = SafetyView(0.5)
    walk(lambda t: view(2.0), 2, safety=safety)
    assert walk(lambda t: view(0.4), 1, safety=safety, start_s=2)[-1] == 1
    held = walk(lambda t: view(2.0, confidence=0.0), HELD_NS / NS - 0.2, safety=safety, start_s=3)
    assert min(held) == 1
    rest = walk(lambda t: view(2.0, confidence=0.0), 2, safety=safety, start_s=3 + HELD_NS / NS)
    assert rest[-1] == 0 and steady(rest)


def test_a_hand_before_the_eyes_is_not_gone_because_it_cannot_be_matched() -> None:
    safety = SafetyView(0.5)
    walk(lambda t: view(2.0), 3, safety=safety)
    walk(lambda t: view(2.0, 0.4, size=70), 1, safety=safety, start_s=3)
    inverse, confidence = view(2.0)
    confidence[30:100, 40:110] = 0
    assert min(walk(lambda t: (inverse, confidence), 2, safety=safety, start_s=4)) == 1


@pytest.mark.parametrize("near", [False, True])
def test_a_lost_eye_holds_what_was_and_ends_painted(near: bool) -> None:
    safety = SafetyView(0.5)
    walk(lambda t: view(2.0, 0.4 if near else None), 1, safety=safety)
    shares = walk(lambda t: None, 9, safety=safety, start_s=1)
    assert shares[round(3 * HZ)] == (1 if near else 0) and shares[-1] == 0 and steady(shares)


def test_without_a_head_pose_what_the_cameras_see_counts() -> None:
    safety, share = SafetyView(0.5), 0.0
    for n in range(60):
        share = safety.look(Depth(*view(2.0, 0.4), n * NS // 30, Pose(), FOV), None, n * NS // 30)
    assert share == 1


def test_the_same_depths_give_the_same_view() -> None:
    def seen(t: float) -> tuple[np.ndarray, np.ndarray]:
        return view(2.0, 1 - 0.6 * t)

    assert walk(seen, 1.2) == walk(seen, 1.2)
