"""Makes the frames of two eyes from a source's cameras."""

from collections.abc import Callable

import numpy as np

from allaprima.app.core.errors import CameraNotFound
from allaprima.app.core.frame import Eye, Frame, StereoFrame
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.pairing import Pairing
from allaprima.app.sources.layout import Layout, eye_size, split

_OTHER: dict[Eye, Eye] = {"left": "right", "right": "left"}


class Eyes:
    """Makes pairs from its cameras' frames. Only the reading thread uses it, except for `status`."""

    def __init__(self, *cameras: Camera) -> None:
        self.cameras = cameras
        self.skipped = 0
        """Pairs that a newer one replaced before they were read."""

    @property
    def unpaired(self) -> int:
        """Frames that became no pair."""
        return 0

    def eye_size(self) -> tuple[int, int]:
        """(width, height) of each eye, once every camera has given a frame. Raises `CameraNotFound` if they differ."""
        raise NotImplementedError

    def join(self, frames: list[Frame], now_ns: int) -> StereoFrame | None:
        """The newest pair from the new `frames`; its `seq` is not set yet."""
        raise NotImplementedError

    def due_ns(self) -> int | None:
        """The time at which `join` will make a pair of its present frames if none comes before; None if it will not."""
        return None

    def status(self) -> str:
        """The fault, as a text for the wearer; empty if there is none."""
        raise NotImplementedError

    def statistics(self) -> dict[str, float | int]:
        """Statistics of pairs, besides each camera's own counts."""
        return {}


class TwoCameras(Eyes):
    """One camera per eye. While one is lost, both eyes get the other's picture."""

    def __init__(self, left: Camera, right: Camera, hold: int = 0) -> None:
        """`hold` has the same meaning as in `Pairing`."""
        super().__init__(left, right)
        self.pairing = Pairing(hold)
        self.alone = 0
        """Frames of one eye that were shown to both."""

    @property
    def unpaired(self) -> int:
        return self.pairing.unpaired

    def eye_size(self) -> tuple[int, int]:
        left, right = self.cameras
        assert left.size and right.size
        if left.size != right.size:
            sizes = [f"camera {c.name} gives {c.size[0]}x{c.size[1]}" for c in self.cameras if c.size]
            streamed = any("://" in camera.name for camera in self.cameras)  # the size of a stream is fixed
            hint = (
                "set both cameras to one size on their own pages"
                if streamed
                else "ask both for one size: --camera-size 640x480"
            )
            raise CameraNotFound(" but ".join(sizes), hint)
        return left.size

    def join(self, frames: list[Frame], now_ns: int) -> StereoFrame | None:
        pairs = [pair for frame in frames if (pair := self.pairing.add(frame, self._period_ns))]
        self.skipped += max(0, len(pairs) - 1)
        if pairs:
            left, right = pairs[-1]
            return StereoFrame(left.pixels, right.pixels, 0, left.t_ns, right.t_ns - left.t_ns)
        there = self._there()
        if len(there) == 1:
            return self._for_both(there[0].eye)
        return self._held(now_ns) if there else None

    def due_ns(self) -> int | None:
        due = self.pairing.due_ns(self._period_ns) if len(self._there()) == 2 else None
        return None if due is None else due + self._under_way_ns

    def status(self) -> str:
        if all(camera.state == "lost" for camera in self.cameras):
            return "both cameras lost"
        troubles = []
        for camera in self.cameras:
            if camera.trouble:
                shown = f": {_OTHER[camera.eye]} eye shown to both" if camera.state == "lost" else ""
                troubles.append(f"{camera.eye} camera {camera.trouble}{shown}")
        return ", ".join(troubles)

    @property
    def _period_ns(self) -> int:
        """The period of the faster camera."""
        return min(camera.health.period_ns for camera in self.cameras)

    @property
    def _under_way_ns(self) -> int:
        """Longest time from a frame's exposure to its arrival."""
        return max(camera.delay_ns for camera in self.cameras)

    def _there(self) -> list[Camera]:
        return [camera for camera in self.cameras if camera.state != "lost"]

    def _for_both(self, eye: Eye) -> StereoFrame | None:
        frame = self.pairing.alone(eye)
        if frame is None:
            return None
        self.alone += 1
        return StereoFrame(frame.pixels, frame.pixels, 0, frame.t_ns)

    def _held(self, now_ns: int) -> StereoFrame | None:
        found = self.pairing.held(now_ns - self._under_way_ns, self._period_ns)
        if found is None:
            return None
        left, right, eye = found
        t_ns = right.t_ns if eye == "left" else left.t_ns
        return StereoFrame(left.pixels, right.pixels, 0, t_ns, right.t_ns - left.t_ns, held=eye)

    def statistics(self) -> dict[str, float | int]:
        skews = np.abs(self.pairing.skews_ms)
        found = np.percentile(skews, (50, 95, 99, 100)) if len(skews) else np.zeros(4)
        quantiles = zip(("p50", "p95", "p99", "max"), found.tolist(), strict=True)
        return {
            **{f"skew_{name}_ms": round(ms, 3) for name, ms in quantiles},
            "held": self.pairing.repeats,
            "one_eye_for_both": self.alone,
        }


class SplitCamera(Eyes):
    """One camera whose frames hold both eyes, side by side or on top of each other; or one eye for both."""

    def __init__(self, camera: Camera, choose: Callable[[tuple[int, int]], Layout]) -> None:
        """`choose` gives the layout of the eyes from the size of the frames."""
        super().__init__(camera)
        self._choose = choose
        self._layout: Layout = "mono"

    def eye_size(self) -> tuple[int, int]:
        (camera,) = self.cameras
        assert camera.size
        self._layout = self._choose(camera.size)
        return eye_size(camera.size, self._layout)

    def join(self, frames: list[Frame], now_ns: int) -> StereoFrame | None:
        self.skipped += max(0, len(frames) - 1)
        if not frames:
            return None
        newest = frames[-1]
        return StereoFrame(*split(newest.pixels, self._layout), 0, newest.t_ns, head_pose=newest.head_pose)

    def status(self) -> str:
        (camera,) = self.cameras
        if not camera.trouble:
            return ""
        reason = f": {camera.refusal.message}" if camera.refusal and camera.state == "lost" else ""
        return f"camera {camera.trouble}{reason}"
