"""Quads and spheres, some of them on moving bodies: the primitives of the ray-caster."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.pose import Matrix, Pose
from allaprima.app.sources.synthetic.materials import Material

Vectors = NDArray[np.float64]
Motion = Callable[[float], Pose]
"""Pose of a body in the world at a phase of the loop in radians; period 2 pi."""
STATIC = 0
"""The body of everything that does not move."""


@dataclass(frozen=True, slots=True)
class Quad:
    """A rectangle seen from its front: `corner` is top left, `across` and `down` its sides, in its body's metres."""

    corner: Vectors
    across: Vectors
    down: Vectors
    material: Material
    density: float = 320.0
    body: int = STATIC
    glows: bool = False

    @property
    def normal(self) -> Vectors:
        """Unit vector towards the viewer of its front."""
        n = np.cross(self.down, self.across)
        return n / np.linalg.norm(n)


@dataclass(frozen=True, slots=True)
class Sphere:
    """A ball about its body's point `centre`, its texture wrapped by longitude and latitude."""

    centre: Vectors
    radius: float
    material: Material
    body: int = STATIC
    glows: bool = False


@dataclass(frozen=True, slots=True)
class Occluder:
    """A box that throws shade: `half` sizes in metres, turned by `yaw` radians about the vertical."""

    centre: Vectors
    half: Vectors
    yaw: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Everything in world coordinates at one moment: (Q, 3) `corner across down`, (S, 3) `centre`, (S, 3, 3) `turn`."""

    corner: Vectors
    across: Vectors
    down: Vectors
    centre: Vectors
    turn: Vectors
    bodies: list[Matrix]


@dataclass(slots=True)
class Scene:
    """Primitives are numbered quads first, then spheres; that number is what the ray-caster writes."""

    quads: list[Quad] = field(default_factory=list)
    spheres: list[Sphere] = field(default_factory=list)
    motions: list[Motion] = field(default_factory=lambda: [lambda _: Pose()])
    occluders: list[Occluder] = field(default_factory=list)

    def body(self, motion: Motion) -> int:
        """A new moving body; returns its number."""
        self.motions.append(motion)
        return len(self.motions) - 1

    def box(
        self,
        centre: tuple[float, float, float],
        size: tuple[float, float, float],
        material: Material,
        *,
        front: Material | None = None,
        yaw: float = 0.0,
        density: float = 320.0,
        body: int = STATIC,
        glows: bool = False,
    ) -> None:
        """Six quads of one material; `front` (facing +z before `yaw`) may differ. A static box throws shade."""
        w, h, d = size
        c, s = math.cos(yaw), math.sin(yaw)
        turn = np.array(((c, 0, s), (0, 1, 0), (-s, 0, c)))
        x, y, z = np.diag((w, h, d)) @ turn.T
        faces = (
            (-x + y + z, x, -y, front or material),
            (x + y - z, -x, -y, material),
            (x + y + z, -z, -y, material),
            (-x + y - z, z, -y, material),
            (-x + y - z, x, z, material),
            (-x - y + z, x, -z, material),
        )
        for corner, across, down, paint in faces:
            self.quads.append(Quad(np.array(centre) + corner / 2, across, down, paint, density, body, glows))
        if body == STATIC and not glows:
            self.occluders.append(Occluder(np.array(centre), np.array(size) / 2, yaw))

    def at(self, phase: float) -> Placed:
        """The scene at `phase` radians of its loop."""
        bodies = [motion(phase).matrix() for motion in self.motions]
        turn = np.array([bodies[q.body][:3, :3] for q in self.quads])
        shift = np.array([bodies[q.body][:3, 3] for q in self.quads])

        def turned(side: str) -> Vectors:
            return np.einsum("qij,qj->qi", turn, np.array([getattr(q, side) for q in self.quads]))

        return Placed(
            turned("corner") + shift,
            turned("across"),
            turned("down"),
            np.array([bodies[s.body][:3, :3] @ s.centre + bodies[s.body][:3, 3] for s in self.spheres]),
            np.array([bodies[s.body][:3, :3] for s in self.spheres]),
            bodies,
        )

    def body_of(self) -> NDArray[np.intp]:
        return np.array([q.body for q in self.quads] + [s.body for s in self.spheres], np.intp)
