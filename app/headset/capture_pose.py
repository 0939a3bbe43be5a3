"""The head's pose at the capture of a pair."""

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.pose_history import PoseHistory
from allaprima.app.headset.failover import FailoverHeadset
from allaprima.app.headset.headset import HeadsetFrame


class CapturePose:
    """The head's pose `delay_ns` before a pair's stamp, which is when the cameras exposed it.

    It asks the runtime for the past pose first; if the runtime has none, it interpolates the remembered poses of
    frames. A pair keeps the pose once found: a frozen picture stays in its place for longer than any runtime
    remembers.
    """

    def __init__(self, delay_ns: int = 0) -> None:
        self._delay_ns = delay_ns
        self.forget()

    def forget(self) -> None:
        """Forget all poses: the world has a new origin, or the head was lost."""
        self._history = PoseHistory()
        self._of: StereoFrame | None = None
        self._pose: Pose | None = None

    def remember(self, frame: HeadsetFrame) -> None:
        """Remember a pose; called at the headset's rate."""
        self._history.add(frame.t_display_ns, frame.head)

    def remembered(self, pair: StereoFrame) -> Pose | None:
        """The pose that came with the pair, else the remembered one of that time; None if unknown. Any thread."""
        return pair.head_pose or self._history.at(pair.t_ns - self._delay_ns)

    def of(self, pair: StereoFrame, headset: FailoverHeadset) -> Pose | None:
        """Head-to-world, None if unknown: the picture is then best locked to the head.

        A pose that came with the pair is used only if the head is simulated and follows the source: a real wearer's
        head moves independently of a recording.
        """
        if headset.simulated and pair.head_pose:
            return pair.head_pose
        if pair is not self._of or self._pose is None:
            t_ns = pair.t_ns - self._delay_ns
            self._of, self._pose = pair, headset.pose_at(t_ns) or self._history.at(t_ns)
        return self._pose
