"""Depth beside the painting: the newest pair wins, and nobody waits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from patience import eventually

from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.depth.depth import Depth
from allaprima.app.depth.feed import DepthFeed, ImmediateDepth, ThreadedDepth
from allaprima.app.depth.flat import FlatDepth

RIG = StereoRig.parallel(FieldOfView.symmetric(90, 4 / 3), 0.064)
FEEDS: dict[str, Callable[[FlatDepth], DepthFeed]] = {"threaded": ThreadedDepth, "immediate": ImmediateDepth}


class Counted(FlatDepth):
    """Remembers what it was asked, and fails if told to."""

    def __init__(self) -> None:
        super().__init__(RIG, 2.0)
        self.seen: list[tuple[int, Pose | None]] = []
        self.error: Exception | None = None

    def depth(self, pair: StereoFrame, head: Pose | None) -> Depth:
        if self.error:
            raise self.error
        self.seen.append((pair.seq, head))
        return super().depth(pair, head)


def pair(n: int, ms: float) -> StereoFrame:
    return StereoFrame(np.zeros((12, 16, 3), np.uint8), np.zeros((12, 16, 3), np.uint8), n, round(ms * 1e6))


@pytest.mark.parametrize("name", FEEDS)
def test_a_told_pair_has_its_depth(name: str) -> None:
    feed, one = FEEDS[name](Counted()), pair(0, 0)
    assert feed.newest is None
    feed.start(lambda pair: Pose())
    try:
        feed.tell(one)
        eventually(lambda: feed.of(one, Pose()) is not None)
        newest = feed.newest
        assert newest is not None and newest.t_ns == one.t_ns and feed.note == ""
    finally:
        assert feed.stop() and feed.stop()


def test_the_newest_pair_wins_at_the_pose_of_its_capture() -> None:
    estimator = Counted()
    feed = ThreadedDepth(estimator)
    feed._head_at = lambda pair: Pose(position=(pair.seq, 0, 0))
    for n in range(3):
        feed.tell(pair(n, 40 * n))
    assert feed.step()
    assert estimator.seen == [(2, Pose(position=(2, 0, 0)))]


def test_at_most_thirty_pairs_a_second_are_estimated() -> None:
    estimator = Counted()
    feed = ThreadedDepth(estimator)
    for n in range(90):  # one second at 90 Hz
        feed.tell(pair(n, n * 1000 / 90))
        feed.step()
        feed.of(pair(n, n * 1000 / 90), None)
    assert len(estimator.seen) == 30
    feed.tell(pair(90, 0))  # a recording that begins again
    feed.step()
    assert estimator.seen[-1][0] == 90


def test_a_pair_has_the_depth_of_the_moment_nearest_to_it() -> None:
    """Painting takes longer than estimating: when a pair was painted, there may be later estimates than its own."""
    feed = ThreadedDepth(Counted())
    for n in range(12):
        feed.tell(pair(n, 40 * n))
        feed.step()
        feed.of(pair(n, 40 * n), None)
    found = feed.of(pair(9, 9 * 40 + 15), None)
    assert found is not None and found.t_ns == pair(9, 9 * 40).t_ns
    oldest = feed.of(pair(0, 0), None)
    assert oldest is not None and oldest.t_ns == pair(4, 4 * 40).t_ns


def test_what_nobody_uses_is_estimated_ten_times_a_second() -> None:
    estimator = Counted()
    feed = ThreadedDepth(estimator)
    for n in range(90):
        feed.tell(pair(n, n * 1000 / 90))
        feed.step()
    assert len(estimator.seen) == pytest.approx(10, abs=1)


def test_an_estimator_that_fails_leaves_the_painting_alone_and_says_so() -> None:
    estimator = Counted()
    feed = ThreadedDepth(estimator)
    feed.start(lambda pair: None)
    try:
        feed.tell(pair(0, 0))
        eventually(lambda: feed.newest is not None)
        estimator.error = ValueError("no memory")
        feed.tell(pair(1, NS / 1e6))
        eventually(lambda: "no memory" in feed.note)
        feed.tell(pair(2, 2 * NS / 1e6))
        last = feed.of(pair(2, 0), None)
        assert last is not None and last.t_ns == 0
    finally:
        assert feed.stop()


def test_a_frozen_pair_is_estimated_once() -> None:
    estimator = Counted()
    feed, frozen = ImmediateDepth(estimator), pair(0, 0)
    first = feed.of(frozen, None)
    assert feed.of(frozen, None) is first and len(estimator.seen) == 1
