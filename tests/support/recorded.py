"""Small stereo frames with stamps as uneven as real ones, and recordings of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.journal import Opening, RigSeen
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.recording.stereo_recording import StereoRecording
from allaprima.app.recording.video import Codec

SIZE = (66, 49)
PERIOD_NS = 33_333_333
RIG = StereoRig.parallel(FieldOfView.symmetric(81.5, SIZE[0] / SIZE[1]), 0.0641)


def frame(number: int, with_pose: bool = True) -> StereoFrame:
    """The `number`-th: noise, so that a lost bit shows; every third of the source's pairs never came."""
    pixels = np.random.default_rng(number).integers(0, 256, (2, SIZE[1], SIZE[0], 3), np.uint8)
    t_ns = 77_123_456_789_123 + number * PERIOD_NS + (number * 7919) % 5_000_011
    pose = Pose.from_euler(number / 100, position=(number / 7, 1.6, 0.0)) if with_pose else None
    return StereoFrame(pixels[0], pixels[1], number * 3 // 2, t_ns, (number * 104_729) % 8_000_000 - 4_000_000, pose)


def record(path: Path, count: int, codec: Codec = "ffv1", with_pose: bool = True) -> Path:
    """A finished recording of `count` pairs."""
    recording = StereoRecording(path, Opening(SIZE, source="a test", rate_hz=30.0), codec)
    recording.note(RigSeen(RIG))
    for number in range(count):
        recording.write(frame(number, with_pose))
    recording.close()
    return path
