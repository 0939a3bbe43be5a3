"""The safety view: what comes near is seen unpainted before it is met."""

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.clock import NS
from allaprima.app.core.pose import Pose
from allaprima.app.depth.depth import Depth

USUAL_M = 0.5
AGAIN = 1.3
"""Times the distance from which the view is clear again."""
AREA = 0.01
"""Part of the view that something near must fill: less is noise."""
SURE = 0.5
"""Confidence from which a distance counts."""
KNOWN = 0.1
"""Part of the view of which the distance must be known to say anything."""
LOST = 0.75
"""Part of what is usually known without which nothing is clear: what is too near cannot be matched."""
AHEAD_S, FASTEST = 0.4, 2.0
"""How far ahead the head's motion is followed, and the speed in m/s up to which it is."""
CONFIRMED_NS, CLEAR_NS = NS // 20, NS // 2
"""Times after which something near, and a clear view, are believed."""
HELD_NS = 5 * NS
"""Time for which what was known last holds when nothing is known any more."""
IN_S, OUT_S = 0.25, 0.6
"""Seconds in which the plain view comes, and goes."""
_STEP = 2  # of every so many cells in both directions, one is looked at


class SafetyView:
    """How much of the plain view shows, from depths, head poses and times alone."""

    def __init__(self, within_m: float) -> None:
        self.active = False
        """Whether something is near."""
        self.share = 0.0
        """0..1 of the plain view."""
        self._within_m = within_m
        self._depth: Depth | None = None
        self._points: NDArray[np.floating] = np.zeros((0, 3))  # in the world, of the cells whose distance is sure
        self._cells = 1
        self._usual = 0.0  # part of the cells that is sure
        self._path: list[tuple[int, NDArray[np.float64]]] = []  # of the head
        self._changing_ns: int | None = None  # since when the opposite of `active` is seen
        self._first: Depth | None = None  # in which it was seen: it takes another one to believe it
        self._known_ns: int | None = None
        self._last_ns: int | None = None

    def look(self, depth: Depth | None, head: Pose | None, now_ns: int) -> float:
        """`share` at `now_ns`, `depth` being the newest; `head` is head-to-world, None if it is not known."""
        if depth is not None and depth is not self._depth:
            self._take(depth)
        place = self._followed(head, now_ns)
        self._judge(self._seen_near(depth, place, now_ns), now_ns)
        passed_s = 0.0 if self._last_ns is None else max(0, now_ns - self._last_ns) / NS
        self._last_ns = now_ns
        self.share = min(1.0, self.share + passed_s / IN_S) if self.active else max(0.0, self.share - passed_s / OUT_S)
        return self.share

    def _take(self, depth: Depth) -> None:
        self._depth = depth
        inverse, confidence = depth.inverse[::_STEP, ::_STEP], depth.confidence[::_STEP, ::_STEP]
        rows, columns = inverse.shape
        x = (np.arange(columns) + 0.5) / columns * (depth.fov.left + depth.fov.right) - depth.fov.left
        y = depth.fov.up - (np.arange(rows) + 0.5) / rows * (depth.fov.up + depth.fov.down)
        sure = confidence > SURE
        rays = np.stack(np.broadcast_arrays(x[None], y[:, None], -1.0), -1)[sure]
        matrix = depth.camera.matrix()
        self._points = rays / inverse[sure, None] @ matrix[:3, :3].T + matrix[:3, 3]
        self._cells = sure.size
        if not self.active:
            self._usual += 0.1 * (float(sure.mean()) - self._usual)

    def _followed(self, head: Pose | None, now_ns: int) -> list[NDArray[np.float64]]:
        """Where the head is, and where it will soon be."""
        if head is None:
            self._path.clear()
            return [np.array(self._depth.camera.position)] if self._depth else []
        here = np.array(head.position)
        self._path = [step for step in self._path if 0 < now_ns - step[0] <= NS // 5] + [(now_ns, here)]
        then_ns, there = self._path[0]
        if now_ns == then_ns:
            return [here]
        velocity = (here - there) * (NS / (now_ns - then_ns))
        speed = float(np.linalg.norm(velocity))
        return [here, here + velocity * AHEAD_S * min(1.0, FASTEST / max(speed, 1e-6))]

    def _seen_near(self, depth: Depth | None, places: list[NDArray[np.float64]], now_ns: int) -> bool | None:
        """Whether something is near enough to begin, or too near to end; None if that is not known."""
        if depth is None or depth.share_at(now_ns) <= 0 or len(self._points) < KNOWN * self._cells:
            return None
        limit_m = self._within_m * (AGAIN if self.active else 1.0)
        near = max(int(np.sum(np.linalg.norm(self._points - place, axis=1) < limit_m)) for place in places)
        if near >= AREA * self._cells:
            return True
        return None if self.active and len(self._points) < LOST * self._usual * self._cells else False

    def _judge(self, near: bool | None, now_ns: int) -> None:
        if near is None:
            self._changing_ns = None
            if self.active and self._known_ns is not None and now_ns - self._known_ns > HELD_NS:
                self.active = False
            return
        self._known_ns = now_ns
        if near == self.active:
            self._changing_ns = None
            return
        if self._changing_ns is None:
            self._changing_ns, self._first = now_ns, self._depth
        enough_ns = CONFIRMED_NS if near else CLEAR_NS
        if now_ns - self._changing_ns >= enough_ns and self._depth is not self._first:
            self.active, self._changing_ns = near, None
