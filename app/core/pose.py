"""Rigid poses: x right, y up, -z forward, metres, as in OpenGL, OpenVR and OpenXR."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pose:
    """Position and orientation in the parent's frame.

    `position` in metres; `orientation` a unit quaternion (x, y, z, w), the order of OpenXR.
    """

    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    orientation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)

    @staticmethod
    def from_euler(
        yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> Pose:
        """Radians. Yaw turns left (about +y), then pitch looks up (about +x), then roll tilts left (about +z)."""
        cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
        cp, sp = math.cos(pitch / 2), math.sin(pitch / 2)
        cr, sr = math.cos(roll / 2), math.sin(roll / 2)
        return Pose(
            position,
            (
                cy * sp * cr + sy * cp * sr,
                sy * cp * cr - cy * sp * sr,
                cy * cp * sr - sy * sp * cr,
                cy * cp * cr + sy * sp * sr,
            ),
        )

    @staticmethod
    def from_matrix(m: Matrix) -> Pose:
        """From a 4x4 (or 3x4) rigid transform, column vectors. The quaternion's w is never negative."""
        (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = np.asarray(m, float)[:3, :3]
        outer = np.array(
            (
                (1 + xx - yy - zz, xy + yx, xz + zx, zy - yz),
                (xy + yx, 1 - xx + yy - zz, yz + zy, xz - zx),
                (xz + zx, yz + zy, 1 - xx - yy + zz, yx - xy),
                (zy - yz, xz - zx, yx - xy, 1 + xx + yy + zz),
            )
        )  # 4 q qT: every row is the quaternion, the one with the greatest diagonal is the most exact
        q = outer[outer.diagonal().argmax()]
        x, y, z, w = (float(c) for c in q * (math.copysign(1, q[3]) / np.linalg.norm(q)))
        t = np.asarray(m, float)[:3, 3]
        return Pose((float(t[0]), float(t[1]), float(t[2])), (x, y, z, w))

    def matrix(self) -> Matrix:
        """4x4, taking points of this frame to the parent's: `parent = matrix @ (x, y, z, 1)`."""
        x, y, z, w = self.orientation
        px, py, pz = self.position
        return np.array(
            (
                (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), px),
                (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), py),
                (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), pz),
                (0.0, 0.0, 0.0, 1.0),
            )
        )

    def turn(self, direction: tuple[float, float, float]) -> tuple[float, float, float]:
        """`direction` of this frame, rotated to the parent's. In plain numbers: arrays of three cost ten times that."""
        (x, y, z, w), (vx, vy, vz) = self.orientation, direction
        tx, ty, tz = 2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)
        return (
            vx + w * tx + y * tz - z * ty,
            vy + w * ty + z * tx - x * tz,
            vz + w * tz + x * ty - y * tx,
        )

    def inverse(self) -> Pose:
        """The parent's pose in this frame."""
        x, y, z, w = self.orientation
        back = Pose((0.0, 0.0, 0.0), (-x, -y, -z, w))
        px, py, pz = self.position
        return Pose(back.turn((-px, -py, -pz)), back.orientation)

    def upright(self) -> Pose:
        """The same place and direction, turned upright."""
        forward_x, _, forward_z = self.turn((0.0, 0.0, -1.0))
        if math.hypot(forward_x, forward_z) < 1e-3:  # straight up or down has no direction of its own
            return Pose(self.position)
        return Pose.from_euler(yaw=math.atan2(-forward_x, -forward_z), position=self.position)

    def __matmul__(self, child: Pose) -> Pose:
        """The pose of `child`, given in this frame, in the parent's frame."""
        ax, ay, az, aw = self.orientation
        bx, by, bz, bw = child.orientation
        (px, py, pz), (tx, ty, tz) = self.position, self.turn(child.position)
        return Pose(
            (px + tx, py + ty, pz + tz),
            (
                aw * bx + ax * bw + ay * bz - az * by,
                aw * by - ax * bz + ay * bw + az * bx,
                aw * bz + ax * by - ay * bx + az * bw,
                aw * bw - ax * bx - ay * by - az * bz,
            ),
        )

    def angle_to(self, other: Pose) -> float:
        """Radians of the rotation between the two."""
        dot = abs(sum(a * b for a, b in zip(self.orientation, other.orientation, strict=True)))
        return 2 * math.acos(min(1.0, dot))


def interpolate(a: Pose, b: Pose, u: float) -> Pose:
    """Slerp of the rotation, lerp of the position; `u` = 0 gives a, 1 gives b, outside extrapolates."""
    qa, qb = np.array(a.orientation), np.array(b.orientation)
    dot = float(qa @ qb)
    if dot < 0:  # the same rotation by the short way round
        qb, dot = -qb, -dot
    theta = math.acos(min(1.0, dot))
    if theta < 1e-6:
        q = qa + u * (qb - qa)
    else:
        q = (math.sin((1 - u) * theta) * qa + math.sin(u * theta) * qb) / math.sin(theta)
    q /= np.linalg.norm(q)
    p = np.array(a.position) + u * (np.array(b.position) - np.array(a.position))
    return Pose((float(p[0]), float(p[1]), float(p[2])), (float(q[0]), float(q[1]), float(q[2]), float(q[3])))
