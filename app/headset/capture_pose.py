"""Where the head was when a pair of pictures was taken."""

from __future__ import annotations

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.pose_history import PoseHistory
from allaprima.app.headset.failover import FailoverHeadset
from allaprima.app.headset.headset import HeadsetFrame


class CapturePose:
    """The head's pose `delay_ns` before a pair's stamp, that being when the cameras exposed it.

    The runtime's own knowledge of past poses comes first; where it has none, what it asked frames for is remembered
    and interpolated. A pose that was found stays the pair's: a frozen picture hangs where it was taken for longer
    than any runtime remembers.
    """

    def __init__(self, delay_ns: int = 0) -> None:
        self._delay_ns = delay_ns
        self.forget()

    def forget(self) -> None:
        """The world has another origin from now on, or the head was lost: old poses mean nothing."""
        self._history = PoseHistory()
        self._of: StereoFrame | None = None
        self._pose: Pose | None = None

    def remember(self, frame: HeadsetFrame) -> None:
        """Called at the headset's rate."""
        self._history.add(frame.t_display_ns, frame.head)

    def remembered(self, pair: StereoFrame) -> Pose | None:
        """The pose that came with the pair, else what is remembered of that time; None if unknown. Any thread."""
        return pair.head_pose or self._history.at(pair.t_ns - self._delay_ns)

    def of(self, pair: StereoFrame, headset: FailoverHeadset) -> Pose | None:
        """Head-to-world, None if nobody knows: the picture is then best locked to the head.

        A pose that came with the pair counts where the head is simulated, and follows it; a wearer's head goes its own
        way through somebody else's recording.
        """
        if headset.simulated and pair.head_pose:
            return pair.head_pose
        if pair is not self._of or self._pose is None:
            t_ns = pair.t_ns - self._delay_ns
            self._of, self._pose = pair, headset.pose_at(t_ns) or self._history.at(t_ns)
        return self._pose
