"""Pictures of printed boards through known cameras: every pixel is many rays, followed backward to the board's plane.

Distortion is inverted here by our own iteration, so that a mistaken convention in the package cannot hide.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.calibration.board import Board, Sighting
from allaprima.calibration.camera import CameraModel, Lens
from allaprima.calibration.rig import RigCalibration, as_rotation
from allaprima.calibration.solve import View

_RAYS = 4  # a pixel, each way


def rays(camera: CameraModel, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) directions seen at `pixels` (N, 2)."""
    distorted = (pixels - camera.centre) / camera.focal
    k = np.array([*camera.distortion, *[0.0] * 5])
    if camera.lens == "fisheye":
        radius = np.linalg.norm(distorted, axis=1)
        theta = radius.copy()
        for _ in range(20):
            theta = radius / (1 + k[0] * theta**2 + k[1] * theta**4 + k[2] * theta**6 + k[3] * theta**8)
        scale = np.where(radius > 1e-9, np.tan(theta) / np.maximum(radius, 1e-9), 1.0)
        return np.c_[distorted * scale[:, None], np.ones(len(pixels))]
    x, y = distorted.T
    for _ in range(30):
        r2 = x * x + y * y
        radial = 1 + k[0] * r2 + k[1] * r2**2 + k[4] * r2**3
        dx = 2 * k[2] * x * y + k[3] * (r2 + 2 * x * x)
        dy = k[2] * (r2 + 2 * y * y) + 2 * k[3] * x * y
        x, y = (distorted[:, 0] - dx) / radial, (distorted[:, 1] - dy) / radial
    return np.c_[x, y, np.ones(len(pixels))]


class Optics:
    """A camera's rays, worked out once for all pictures."""

    def __init__(self, camera: CameraModel, size: tuple[int, int]) -> None:
        self.size = size
        columns, lines = np.meshgrid(np.arange(size[0], dtype=float), np.arange(size[1], dtype=float))
        ours = rays(camera, np.stack([columns, lines], axis=-1).reshape(-1, 2)).astype(np.float32)
        finer = size[0] * _RAYS, size[1] * _RAYS  # within a pixel a lens is linear
        self._rays = cv2.resize(ours.reshape(size[1], size[0], 3), finer, interpolation=cv2.INTER_LINEAR)

    def picture(self, board: Board, turn: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.uint8]:
        """(H, W) of the board whose first inner corner is at `place` and whose axes are the columns of `turn`."""
        cells, side = board.cells()
        to_plane = np.linalg.inv(np.c_[turn[:, 0], turn[:, 1], place]).astype(np.float32)  # a ray's hit, homogeneous
        x, y, scale = cv2.split(cv2.transform(self._rays, to_plane))
        border = round(board.square_m / side)  # a square of white paper around it
        paper = np.pad(np.where(cells, 25, 225).astype(np.uint8), border, constant_values=225)
        first = border + board.square_m / side - 0.5  # the cell, from the paper's corner, on whose corner 0 is
        behind = scale <= 0
        scale = np.where(behind, 1, scale) * side
        hit = np.where(behind, -99, x / scale + first), y / scale + first
        light = cv2.remap(paper, *hit, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=110)
        return cv2.resize(light, self.size, interpolation=cv2.INTER_AREA)


class Studio:
    """A rig with known cameras, in front of which a board is held."""

    def __init__(self, rig: RigCalibration) -> None:
        self.rig = rig
        self._lenses = Optics(rig.left, rig.size), Optics(rig.right, rig.size)

    def pair(
        self, board: Board, turn: NDArray[np.float64], place: NDArray[np.float64]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(left, right) of the board with its middle at `place` in the left camera's frame, metres."""
        across, down = board.corners
        corner = place - turn @ np.array(((across - 1) / 2, (down - 1) / 2, 0)) * board.square_m
        rotation = np.array(self.rig.rotation)
        other = rotation @ corner + np.array(self.rig.translation)
        return self._lenses[0].picture(board, turn, corner), self._lenses[1].picture(board, rotation @ turn, other)


def turn(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> NDArray[np.float64]:
    """Rotation (3x3) of degrees about the y, x and z axes."""
    parts = [
        np.radians(a) * np.array(axis) for a, axis in ((yaw, (0, 1.0, 0)), (pitch, (1.0, 0, 0)), (roll, (0, 0, 1.0)))
    ]
    y, p, r = (cv2.Rodrigues(part)[0] for part in parts)
    return y @ p @ r


def poses(count: int, seed: int = 1, reach: float = 0.55) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Turns and places of a board that is shown around, as people should: everywhere, near and far, tilted.

    `reach` in tangents: how far from the axis its middle goes.
    """
    random = np.random.default_rng(seed)
    found = []
    for n in range(count):
        angle = 2.4 * n
        far = random.uniform(0.35, 0.6)
        out = reach * np.sqrt((n + 0.5) / count)
        x, y = np.cos(angle) * out, np.sin(angle) * out * 0.7
        tilt = random.uniform(-35, 35, 2)
        found.append((turn(tilt[0], tilt[1], random.uniform(-20, 20)), np.array((x * far + 0.03, y * far, far))))
    return found


def sighted(
    rig: RigCalibration,
    board: Board,
    shown: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    noise_px: float = 0.1,
) -> list[View]:
    """What a detector of that noise would report of a board shown so, without a picture."""
    random = np.random.default_rng(3)
    views = []
    for number, (turned, place) in enumerate(shown):
        middle = np.array((*np.subtract(board.corners, 1), 0)) / 2 * board.square_m
        seen = (board.points - middle) @ turned.T + place
        other = seen @ np.array(rig.rotation).T + rig.translation
        eyes = (
            Sighting(np.arange(len(seen)), camera.project(points) + random.normal(0, noise_px, (len(seen), 2)), 2.0)
            for camera, points in ((rig.left, seen), (rig.right, other))
        )
        views.append(View(f"{number:02}", *eyes))
    return views


def known_rig(lens: Lens = "pinhole") -> RigCalibration:
    """Two cameras as cheap as they come: distorted, decentred, turned against one another."""
    f, first, second = {
        "pinhole": (530.0, (-0.28, 0.09, 0.0007, -0.0004, -0.01), (-0.27, 0.08, -0.0005, 0.0003, -0.01)),
        "fisheye": (300.0, (0.02, -0.01, 0.003, -0.001), (0.018, -0.008, 0.002, -0.0008)),
    }[lens]
    left = CameraModel((f, f * 1.002), (318.2, 243.1), first, lens)
    right = CameraModel((f * 1.01, f * 1.011), (325.5, 236.4), second, lens)
    return RigCalibration((640, 480), left, right, as_rotation(turn(1.2, -0.6, 0.8)), (-0.0645, 0.0012, 0.0021))
