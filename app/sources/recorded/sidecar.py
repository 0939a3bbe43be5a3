"""What lies beside the pictures of a recording: times, calibration, poses."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig

LARGEST_FILE = 64 << 20

_FLIP = np.diag((1.0, -1.0, -1.0, 1.0))
"""OpenCV's axes (x right, y down, z forward) to ours (x right, y up, -z forward)."""


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RecordingError(
                f"{path} is larger than {LARGEST_FILE >> 20} MB", "it cannot be a list of times or poses"
            )
        return [
            line.strip() for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(
            f"cannot read {path}: {error}", "it should be plain text; remove it to do without"
        ) from error


def _matrices(path: Path) -> list[tuple[str, NDArray[np.float64]]]:
    """(label, 3x4) of every line of twelve numbers; a label like `P2:` may stand in front."""
    found = []
    for line in _lines(path):
        label, colon, rest = line.rpartition(":")
        try:
            numbers = [float(word) for word in (rest if colon else line).split()]
        except ValueError:
            continue
        if len(numbers) == 12 and all(map(math.isfinite, numbers)):
            found.append((label.strip(), np.array(numbers).reshape(3, 4)))
    return found


def read_calibration(path: Path, size: tuple[int, int], labels: tuple[str, str] = ("P2", "P3")) -> StereoRig:
    """A rig from two 3x4 projection matrices, left then right (those called `labels` where there are labels).

    Raises `RecordingError` when they are missing or describe no pair of cameras side by side.
    """
    matrices = _matrices(path)
    by_label = dict(matrices)
    chosen = (
        [by_label[name] for name in labels if name in by_label]
        if all(n in by_label for n in labels)
        else [m for _, m in matrices[:2]]
    )
    hint = "remove it to go on with an assumed field of view of 70 degrees"
    if len(chosen) < 2:
        raise RecordingError(f"{path} does not hold two 3x4 projection matrices", hint)
    left, right = chosen
    if min(left[0, 0], left[1, 1], right[0, 0], right[1, 1]) <= 0:
        raise RecordingError(f"{path} has a focal length that is not positive", hint)
    baseline = float(left[0, 3] / left[0, 0] - right[0, 3] / right[0, 0])
    if not 0 < baseline < 10:
        raise RecordingError(f"{path} puts the right camera {baseline:.3g} m to the right of the left one", hint)
    views = []
    for matrix, x in ((left, -baseline / 2), (right, baseline / 2)):
        fx, fy, cx, cy = (float(matrix[at]) for at in ((0, 0), (1, 1), (0, 2), (1, 2)))
        fov = FieldOfView.from_intrinsics(fx, fy, cx, cy, *size)
        views.append(CameraView(fov, Pose((x, 0.0, 0.0))))
    return StereoRig(views[0], views[1])


def read_poses(path: Path, count: int, rig: StereoRig) -> list[Pose]:
    """Head-to-world poses from left-camera-to-world 3x4 matrices in OpenCV's axes, one a line."""
    matrices = [m for _, m in _matrices(path)]
    if len(matrices) != count:
        raise RecordingError(
            f"{path} holds {len(matrices)} poses for {count} pairs", "one line of twelve numbers a pair; or remove it"
        )
    head_to_left = rig.left.camera_to_head.inverse()
    poses = []
    for m in matrices:
        ours = _FLIP @ np.vstack((m, (0, 0, 0, 1))) @ _FLIP
        poses.append(Pose.from_matrix(ours) @ head_to_left)
    return poses


def read_times(path: Path, count: int) -> list[int]:
    """Nanoseconds from the first pair on, one a line; the unit (s, ms, us, ns) is told from the usual gap."""
    lines = _lines(path)
    hint = "one number a line, never falling, one line a pair; or remove it"
    if len(lines) != count:
        raise RecordingError(f"{path} holds {len(lines)} times for {count} pairs", hint)
    words = [line.replace(",", " ").split()[-1] for line in lines]
    try:
        whole = all(word.isdigit() for word in words)
        times: list[float] = [int(word) if whole else float(word) for word in words]
    except ValueError as error:
        raise RecordingError(f"{path} holds something that is no number: {error}", hint) from error
    since = [t - times[0] for t in times]  # before any float arithmetic on integers of 19 digits
    gaps = [b - a for a, b in pairwise(since)]
    if not all(map(math.isfinite, since)) or any(gap < 0 for gap in gaps):
        raise RecordingError(f"{path} goes back in time", hint)
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 0
    unit = 10**9 if usual < 10 else 10**6 if usual < 1e4 else 10**3 if usual < 1e6 else 1
    return [round(t * unit) for t in since]
