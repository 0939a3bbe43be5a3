"""What a session shows of its depth: the picture drawn by it, and its state in words."""

from typing import Any

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.depth.depth import Depth
from allaprima.app.depth.feed import DepthFeed
from allaprima.app.depth.safety import SafetyView


class DepthView:
    """Between a session's `feed` (None: it has no depth) and its wearer. Used from the session's thread."""

    def __init__(
        self, feed: DepthFeed | None, compositor: Compositor, notices: Latest[str], safety: SafetyView | None = None
    ) -> None:
        self._feed, self._compositor, self._notices = feed, compositor, notices
        self._safety = safety
        self._note = ""
        self._pair: StereoFrame | None = None  # the pair and the depth that were given last
        self._given: Depth | None = None

    def give(self, source: StereoFrame | None, at_capture: Pose | None) -> None:
        """Give the compositor the newest depth, as seen from where the cameras took the drawn pair."""
        if self._feed is None or source is None or at_capture is None or not self._compositor.deep:
            return
        newest = self._feed.newest
        if source is not self._pair or newest is not self._given:
            self._pair, self._given = source, newest
            self._compositor.set_depth(newest, at_capture, source.t_ns)

    def plain_share(self, head: Pose | None, now_ns: int) -> float:
        """0..1 of the plain view that shows because something is near; when that begins, the wearer is told."""
        if self._safety is None or self._feed is None:
            return 0.0
        before, share = self._safety.active, self._safety.look(self._feed.newest, head, now_ns)
        if self._safety.active and not before:
            self._notices.put("something is near")
        return share

    def lines(self, now_ns: int) -> list[str]:
        """For the HUD: how sure and how old it is, or what is wrong; a new fault is also shown for a moment."""
        if self._feed is None:
            return []
        note, newest = self._feed.note, self._feed.newest
        if note and note != self._note:
            self._notices.put(note)
        self._note = note
        if note or newest is None:
            return [note or "no depth yet"] if self._feed.needed or newest else []
        return [f"depth {newest.trust:.0%} sure, {(now_ns - newest.t_ns) / 1e6:.0f} ms old"]

    def summary(self) -> dict[str, Any]:
        """`depth` of the session's results; nothing without depth."""
        return {"depth": self._feed.summary()} if self._feed else {}
