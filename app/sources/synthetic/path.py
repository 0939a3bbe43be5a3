"""The head's pose at every frame: a person stands in the room and looks around."""

import math

import numpy as np

from allaprima.app.core.pose import Pose

LOOP = 240
"""Frames after which everything repeats. At 60 a second, four seconds."""
RATE_HZ = 60.0
"""Frames a second for which the speeds are natural: yaw reaches about 60 degrees a second."""


def phase_of(frame: int) -> float:
    """Radians of the loop at which frame `frame` lies; any whole number, also negative."""
    return 2 * math.pi * (frame % LOOP) / LOOP


def head_path(seed: int, phase: float) -> Pose:
    """Head-to-world at `phase`. Whole harmonics only, so that the end meets the beginning."""
    lead = np.random.default_rng(seed).uniform(0, 2 * math.pi, 4) if seed else np.zeros(4)
    yaw = 0.36 * math.sin(phase + lead[0]) + 0.15 * math.sin(2 * phase + 0.6 + lead[1])
    pitch = -0.10 + 0.07 * math.sin(2 * phase + 1.1 + lead[2]) + 0.02 * math.sin(3 * phase)
    roll = 0.03 * math.sin(phase + 2.0 + lead[3])
    sway = (
        0.16 * math.sin(phase + 0.5 + lead[3]) - 0.03 * math.sin(3 * phase),
        1.52 + 0.03 * math.sin(2 * phase + lead[1]),
        0.95 + 0.10 * math.sin(phase + 2.4 + lead[0]),
    )
    return Pose.from_euler(yaw, pitch, roll, sway)
