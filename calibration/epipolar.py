"""How well a rig fits what it sees: rows that should be one row, measured and drawn."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from allaprima.calibration.board import Sighting, same_way
from allaprima.calibration.camera import Points
from allaprima.calibration.rectify import Picture, Rectification, RectifiedEye

FEWEST_MATCHES = 12

_FEATURES = 2000
_RATIO = 0.75  # Lowe 2004: the best match must be this much nearer than the second best
_FARTHEST_ROWS = 0.05  # of the height: beyond it a match is a mistake, not an error of the rig
_COLOURS = ((238, 90, 60), (70, 160, 240), (120, 200, 90), (250, 190, 60), (190, 110, 230))
_LINES = 14


@dataclass(frozen=True, slots=True)
class Matches:
    """The same things in the rectified pictures: pixels (N, 2) in the left and in the right one."""

    left: Points
    right: Points

    @property
    def vertical_px(self) -> Points:
        """(N,) rows between left and right, never negative."""
        return np.abs(self.left[:, 1] - self.right[:, 1])

    @property
    def disparity_px(self) -> Points:
        """(N,) columns that things are further left in the right picture: positive, unless the eyes are swapped."""
        return self.left[:, 0] - self.right[:, 0]

    def joined(self, other: Matches) -> Matches:
        """These and those."""
        return Matches(np.concatenate([self.left, other.left]), np.concatenate([self.right, other.right]))


def board_matches(rectification: Rectification, left: Sighting, right: Sighting) -> Matches:
    """The corners of a board that both raw pictures show."""
    right = same_way(left, right)
    common = np.intersect1d(left.ids, right.ids)
    found = rectification.left.rectified(left.of(common)), rectification.right.rectified(right.of(common))
    good = np.isfinite(found).all(axis=(0, 2))
    return Matches(found[0][good], found[1][good])


def feature_matches(left: Picture, right: Picture) -> Matches:
    """Whatever can be recognised in both rectified pictures (H, W, 3) RGB: ORB, matched both ways (Rublee 2011)."""
    detector = cv2.ORB.create(_FEATURES)
    (a, da), (b, db) = (detector.detectAndCompute(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), None) for p in (left, right))
    if da is None or db is None or len(a) < 2 or len(b) < 2:
        return Matches(np.empty((0, 2)), np.empty((0, 2)))
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    back = {m[0].queryIdx: m[0].trainIdx for m in matcher.knnMatch(db, da, k=1) if m}
    pairs = [
        (a[m[0].queryIdx].pt, b[m[0].trainIdx].pt)
        for m in matcher.knnMatch(da, db, k=2)
        if len(m) == 2 and m[0].distance < _RATIO * m[1].distance and back.get(m[0].trainIdx) == m[0].queryIdx
    ]
    first, second = np.array(pairs, float).reshape(-1, 2, 2).swapaxes(0, 1)
    near = np.abs(first[:, 1] - second[:, 1]) < _FARTHEST_ROWS * left.shape[0]
    return Matches(first[near], second[near])


def epipolar_picture(rectification: Rectification, left: Picture, right: Picture, matches: Matches | None) -> Picture:
    """(H, W, 3) RGB of two rows: the raw pair with the curves along which a thing in one eye is found in the other, and
    the rectified pair, where those are straight rows. `matches` are marked in both.
    """
    eyes = (rectification.left, rectification.right)
    raw = [_drawn_raw(eye, picture) for eye, picture in zip(eyes, (left, right), strict=True)]
    flat = [rectified_with_lines(eye.remap(picture)) for eye, picture in zip(eyes, (left, right), strict=True)]
    if matches is not None and len(matches.left):
        for n in np.linspace(0, len(matches.left) - 1, min(60, len(matches.left))).astype(int):
            colour = _COLOURS[n % len(_COLOURS)]
            for eye, points, above, below in zip(eyes, (matches.left, matches.right), raw, flat, strict=True):
                _mark(above, eye.raw(points[n : n + 1])[0], colour)
                _mark(below, points[n], colour)
    return np.vstack([np.hstack(raw), _as_wide(np.hstack(flat), 2 * left.shape[1])])


def rectified_with_lines(picture: Picture) -> Picture:
    """`picture` with rows ruled through it."""
    out = picture.copy()
    for n in range(_LINES):
        y = round((n + 0.5) / _LINES * out.shape[0])
        out[y : y + 1] = _COLOURS[n % len(_COLOURS)]
    return out


def _drawn_raw(eye: RectifiedEye, picture: Picture) -> Picture:
    out = picture.copy()
    width, height = eye.size
    for n in range(_LINES):
        y = (n + 0.5) / _LINES * height
        row = np.c_[np.linspace(-0.5, width - 0.5, 80), np.full(80, y)]
        curve = np.round(eye.raw(row) * 8).astype(np.int32)
        cv2.polylines(out, [curve], False, _COLOURS[n % len(_COLOURS)], 1, cv2.LINE_AA, 3)
    return out


def _mark(picture: Picture, at: Points, colour: tuple[int, int, int]) -> None:
    if np.isfinite(at).all():
        cv2.circle(picture, tuple(int(v) for v in np.round(at * 8)), 4 * 8, colour, 1, cv2.LINE_AA, 3)


def _as_wide(picture: Picture, width: int) -> Picture:
    if picture.shape[1] == width:
        return picture
    height = round(picture.shape[0] * width / picture.shape[1])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
