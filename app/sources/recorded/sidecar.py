"""The files beside the pictures of a recording: times, calibration, poses."""

import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.clock import NS
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.pose import Pose
from allaprima.app.core.reading import Unreadable, read_text
from allaprima.app.core.shell import moving
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig
from allaprima.app.sources.reel import LONGEST_GAP_NS

LARGEST_FILE = 64 << 20

LABELS = (("P2", "P3"), ("P_rect_02", "P_rect_03"), ("P0", "P1"), ("P_rect_00", "P_rect_01"))
"""KITTI's names for the left and the right camera: colour before grey, of the odometry and of the raw recordings."""

_FLIP = np.diag((1.0, -1.0, -1.0, 1.0))
"""OpenCV's axes (x right, y down, z forward) to ours (x right, y up, -z forward)."""
_ORTHONORMAL = 0.01
_FARTHEST_M = 1e6
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")
_UNITS = (("s", NS), ("ms", 10**6), ("us", 10**3), ("ns", 1))

Line = tuple[int, str]
"""Its number in the file, from 1, and its text."""


def _lines(path: Path) -> list[Line]:
    try:
        text = read_text(path, LARGEST_FILE)
    except Unreadable as error:
        raise RecordingError(
            f"{path} {error}", f"it should be plain text with a line of numbers a pair; to do without: {moving(path)}"
        ) from error
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def _words(text: str) -> list[str]:
    """The words between spaces or commas; if each word has a comma inside, that is a decimal comma."""
    words = text.split()
    if all(_DECIMAL_COMMA.fullmatch(word) for word in words):
        return [word.replace(",", ".") for word in words]
    return text.replace(",", " ").split()


def _numbers(text: str) -> list[float] | None:
    """The numbers of a line; None if it holds something else."""
    try:
        return [float(word) for word in _words(text)]
    except ValueError:
        return None


def read_calibration(path: Path, size: tuple[int, int]) -> StereoRig:
    """A rig from two 3x4 projection matrices, left then right; if the file has labels, those named in `LABELS`.

    Raises `RecordingError` if they are missing or are not two cameras side by side.
    """
    found: list[tuple[str, NDArray[np.float64]]] = []
    for _, line in _lines(path):
        label, _, rest = line.rpartition(":")
        numbers = _numbers(rest)
        if numbers is not None and len(numbers) == 12 and all(map(math.isfinite, numbers)):
            found.append((label.strip(), np.array(numbers).reshape(3, 4)))
    by_label = dict(found)
    pair = next((pair for pair in LABELS if by_label.keys() >= set(pair)), None)
    chosen = [by_label[name] for name in pair] if pair else [matrix for _, matrix in found[:2]]
    hint = f"to go on with an assumed field of view of 70 degrees: {moving(path)}"
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
    """Head-to-world poses from left-camera-to-world 3x4 matrices in OpenCV's axes, one a line.

    Raises `RecordingError` that names the line, unless each holds a rotation and a place, and there are `count`.
    """
    lines = _lines(path)
    hint = f"one line of twelve numbers a pair, [R|t] row by row; or do without: {moving(path)}"
    head_to_left = rig.left.camera_to_head.inverse()
    poses = []
    for number, line in lines:
        numbers = _numbers(line)
        if numbers is None or len(numbers) != 12:
            held = "something that is no number" if numbers is None else f"{len(numbers)} numbers, not 12"
            raise RecordingError(f"{path} line {number} holds {held}: {line[:60]!r}", hint)
        matrix = np.array(numbers).reshape(3, 4)
        if fault := _fault_of(matrix):
            raise RecordingError(f"{path} line {number} holds {fault}: {line[:60]!r}", hint)
        ours = _FLIP @ np.vstack((matrix, (0, 0, 0, 1))) @ _FLIP
        poses.append(Pose.from_matrix(ours) @ head_to_left)
    if len(poses) != count:
        raise RecordingError(f"{path} holds {len(poses)} poses for {count} pairs", hint)
    return poses


def _fault_of(matrix: NDArray[np.float64]) -> str:
    """Why a 3x4 matrix is not a pose; empty if it is one."""
    turn, place = matrix[:, :3], matrix[:, 3]
    if not np.isfinite(matrix).all() or np.abs(turn).max() > 2:
        return "numbers that are no rotation"
    if np.abs(turn @ turn.T - np.eye(3)).max() > _ORTHONORMAL or np.linalg.det(turn) < 0:
        return "no rotation"
    return f"a place {np.abs(place).max():.3g} m away" if np.abs(place).max() > _FARTHEST_M else ""


def read_times(path: Path, count: int) -> list[int]:
    """Nanoseconds from the first pair on, from one time per line: seconds, unless their size rules that out, or a line
    `# ms` (us, ns) gives another unit.

    Raises `RecordingError` that names the line, unless there are `count` times that never fall nor leap.
    """
    lines = _lines(path)
    hint = f"one number a line, never falling, one line a pair; or do without: {moving(path)}"
    if len(lines) != count:
        raise RecordingError(f"{path} holds {len(lines)} times for {count} pairs", hint)
    words = _last_words(lines)
    whole = all(word.isdecimal() for word in words)
    times: list[float] = []
    for (number, line), word in zip(lines, words, strict=True):
        try:
            times.append(int(word) if whole and len(word) < 30 else float(word))
        except ValueError as error:
            raise RecordingError(f"{path} line {number} holds no number: {line[:60]!r}", hint) from error
        if not math.isfinite(times[-1]):
            raise RecordingError(f"{path} line {number} holds no finite number: {line[:60]!r}", hint)
    since = [t - times[0] for t in times]  # before any float arithmetic on integers of 19 digits
    gaps = [b - a for a, b in pairwise(since)]
    name, unit = _unit(path, times[0], sorted(gaps)[len(gaps) // 2] if gaps else 0)
    for (number, line), gap in zip(lines[1:], gaps, strict=True):
        if gap < 0:
            raise RecordingError(f"{path} line {number} goes back in time: {line[:60]!r}", hint)
        if gap * unit > LONGEST_GAP_NS:
            raise RecordingError(
                f"{path} line {number} leaps {_spelled(gap * unit / NS)} ahead: {line[:60]!r} (read as {name})",
                f"correct that line; or say the unit in a line of its own: # ms; or do without: {moving(path)}",
            )
    return [round(t * unit) for t in since]


def _last_words(lines: list[Line]) -> list[str]:
    """The time of each line, which may follow a number or a name; a decimal comma becomes a point."""
    words = [line.split()[-1] for _, line in lines]
    if all(map(_DECIMAL_COMMA.fullmatch, words)):
        halves = [word.split(",") for word in words]
        first = int(halves[0][0])
        numbered = len(words) > 1 and all(int(whole) == first + n for n, (whole, _) in enumerate(halves))
        rising = all(int(a[1]) < int(b[1]) for a, b in pairwise(halves) if b[1].isdecimal() and a[1].isdecimal())
        if not (numbered and rising):
            return [word.replace(",", ".") for word in words]
    return [(line.replace(",", " ").split() or [""])[-1] for _, line in lines]


def _unit(path: Path, first: float, gap: float) -> tuple[str, int]:
    """The unit's name and its nanoseconds, from a comment, from a date of this century, or from the usual gap."""
    said = re.search(r"^#\s*(s|ms|us|ns)\s*$", read_text(path, LARGEST_FILE), re.MULTILINE)
    if said:
        return next((name, ns) for name, ns in _UNITS if name == said[1])
    for power, (name, ns) in zip((9, 12, 15, 18), _UNITS, strict=True):
        if (
            1 <= first / 10**power < 2.2 and gap * ns <= LONGEST_GAP_NS
        ):  # counted from 1970, as dates of 2001 to 2039 are
            return name, ns
    if gap < 10 or (gap < 1000 and first < 10 * gap):  # a large first value is a running clock in milliseconds
        return "s", NS
    return ("ms", 10**6) if gap < 1e4 else ("us", 10**3) if gap < 1e6 else ("ns", 1)


def _spelled(seconds: float) -> str:
    for name, size in (("years", 31_557_600), ("days", 86_400)):
        if seconds >= size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds / 3600:.1f} hours"
