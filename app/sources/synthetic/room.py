"""The room: what stands where, and what moves how."""

import math

import numpy as np

from allaprima.app.core.pose import Pose
from allaprima.app.sources.synthetic import furnishings as f
from allaprima.app.sources.synthetic import materials as m
from allaprima.app.sources.synthetic.light import Lights, Window
from allaprima.app.sources.synthetic.noise import Rng, rgb
from allaprima.app.sources.synthetic.paintings import GALLERY, garden
from allaprima.app.sources.synthetic.scene import Motion, Quad, Scene, Sphere, Vectors

WEST, EAST, NORTH, SOUTH, HEIGHT = -2.6, 2.6, -3.6, 2.4, 2.75
WINDOW = Window(WEST, (0.98, 2.38), (-2.95, -1.45), columns=2, rows=2)
LAMP = (0.75, 2.0, -1.75)

OAK = m.wood((120, 70, 36), (206, 146, 88))
WALNUT = m.wood((52, 28, 16), (120, 72, 42))
PINE = m.wood((150, 104, 60), (226, 182, 124))
FRAMES = ((206, 158, 62), (60, 40, 30), (190, 140, 60), (46, 44, 50), (150, 92, 48))


def lights() -> Lights:
    """Afternoon sun through the west window, and the lamp."""
    to_sun = np.array((-1.25, 0.92, -0.34))
    return Lights(WINDOW, to_sun / np.linalg.norm(to_sun), np.array(LAMP))


def build(rng: Rng) -> Scene:
    """The whole room; `rng` chooses pictures' brush and patterns' detail, never where things stand."""
    scene = Scene()
    _shell(scene)
    _window_and_pictures(scene, rng)
    _furniture(scene)
    _still_life(scene)
    _moving(scene)
    return scene


def _shell(scene: Scene) -> None:
    w, d = EAST - WEST, SOUTH - NORTH
    teal = m.panelled_wall((26, 92, 104), (60, 140, 140), (224, 178, 92), (222, 214, 194))
    ochre = m.panelled_wall((196, 112, 58), (222, 150, 84), (120, 50, 36), (226, 216, 196))

    def add(
        corner: tuple[float, float, float],
        across: tuple[float, float, float],
        down: tuple[float, float, float],
        material: m.Material,
        density: float,
    ) -> None:
        scene.quads.append(Quad(np.array(corner), np.array(across), np.array(down), material, density))

    add((WEST, 0, NORTH), (w, 0, 0), (0, 0, d), m.planks, 380)
    add((WEST, HEIGHT, SOUTH), (w, 0, 0), (0, 0, -d), m.plaster((206, 192, 164), (246, 238, 220)), 200)
    add((WEST, HEIGHT, NORTH), (w, 0, 0), (0, -HEIGHT, 0), teal, 320)
    add((EAST, HEIGHT, SOUTH), (-w, 0, 0), (0, -HEIGHT, 0), teal, 160)
    add((WEST, HEIGHT, SOUTH), (0, 0, -d), (0, -HEIGHT, 0), ochre, 280)
    add((EAST, HEIGHT, NORTH), (0, 0, d), (0, -HEIGHT, 0), ochre, 280)
    for z in (-3.0, -2.0, -1.0, 0.0, 1.0):
        scene.box((0, HEIGHT - 0.07, z), (w, 0.14, 0.13), WALNUT, density=220)


def _window_and_pictures(scene: Scene, rng: Rng) -> None:
    y, z = sum(WINDOW.y) / 2, sum(WINDOW.z) / 2
    high, wide = WINDOW.y[1] - WINDOW.y[0], WINDOW.z[1] - WINDOW.z[0]
    pane = f.window_pane(garden(rng, (640, 640)), WINDOW.columns, WINDOW.rows)
    corner = np.array((WEST + 0.01, WINDOW.y[1], WINDOW.z[1]))
    scene.quads.append(Quad(corner, np.array((0, 0, -wide)), np.array((0, -high, 0)), pane, 400, glows=True))
    white = m.plaster((216, 210, 196), (250, 246, 236))
    for side in (-1, 1):
        scene.box((WEST + 0.05, y, z + side * (wide / 2 + 0.045)), (0.1, high + 0.18, 0.09), white)
        scene.box(
            (WEST + 0.05, y + side * (high / 2 + 0.045), z), (0.1 if side > 0 else 0.24, 0.09, wide + 0.22), white
        )
    for side in (-1, 1):
        curtain = m.cloth((176, 36, 44), (226, 120, 80), stripes=0.09)
        scene.box((WEST + 0.1, 1.42, z + side * (wide / 2 + 0.24)), (0.1, 2.2, 0.34), curtain)
    paintings = [paint(rng, (480, 360)) for paint in GALLERY]
    north = ((-1.55, 1.72, 0.84, 0.66), (-0.45, 1.84, 1.06, 0.84), (0.62, 1.62, 0.72, 0.56), (0.62, 2.27, 0.6, 0.46))
    for i, (x, at, width, tall) in enumerate(north):
        front = f.framed(paintings[i], FRAMES[i])
        scene.box((x, at, NORTH + 0.02), (width, tall, 0.04), WALNUT, front=front, density=520)
    front = f.framed(paintings[4], FRAMES[4])
    scene.box((EAST - 0.02, 1.75, -0.75), (1.1, 0.86, 0.04), WALNUT, front=front, yaw=-math.pi / 2, density=460)


def _furniture(scene: Scene) -> None:
    mustard, plum = m.cloth((206, 150, 40), (240, 196, 90)), m.cloth((104, 40, 92), (232, 190, 150), stripes=0.055)
    scene.box((0.25, 0.006, -1.3), (2.3, 0.012, 1.6), m.cloth((120, 30, 36), (200, 160, 90)))
    scene.quads[-2] = Quad(scene.quads[-2].corner, scene.quads[-2].across, scene.quads[-2].down, f.rug, 420)
    # sofa
    scene.box((-0.55, 0.17, -3.02), (2.1, 0.22, 0.86), mustard)
    for x in (-1.07, -0.03):
        scene.box((x, 0.355, -2.97), (1.02, 0.15, 0.8), mustard)
        scene.box((x, 0.68, -3.3), (1.0, 0.5, 0.16), mustard)
    scene.box((-0.55, 0.58, -3.42), (2.1, 0.72, 0.1), mustard)
    for x in (-1.68, 0.58):
        scene.box((x, 0.38, -3.02), (0.18, 0.56, 0.9), mustard)
        scene.box((x, 0.03, -2.64), (0.07, 0.06, 0.07), WALNUT)
    sky = m.cloth((30, 110, 120), (240, 226, 190), stripes=0.08)
    rose = m.cloth((214, 90, 70), (250, 214, 170))
    for x, turn, cover in ((-1.36, 0.3, plum), (-0.98, -0.12, rose), (0.28, -0.3, sky)):
        scene.box((x, 0.63, -3.1), (0.4, 0.4, 0.13), cover, yaw=turn)
    # low table
    scene.box((0.35, 0.42, -1.45), (1.05, 0.05, 0.6), OAK, density=420)
    for x in (-0.1, 0.8):
        for z in (-1.69, -1.21):
            scene.box((x, 0.2, z), (0.06, 0.39, 0.06), OAK)
    # chest of drawers in the corner, bookcase on the east wall
    scene.box((1.72, 0.45, -3.3), (1.1, 0.9, 0.5), m.plaster((30, 104, 110), (64, 150, 146)), front=f.drawers)
    scene.box((1.72, 0.915, -3.3), (1.18, 0.035, 0.56), OAK)
    scene.box((EAST - 0.17, 1.05, -2.15), (1.35, 2.1, 0.34), OAK, front=f.books, yaw=-math.pi / 2, density=420)
    # stool near the viewer, planter under the window
    scene.box((1.2, 0.45, -0.5), (0.42, 0.07, 0.42), m.cloth((196, 60, 44), (250, 200, 120)), yaw=0.5)
    for dx, dz in ((-0.15, -0.15), (0.15, -0.15), (-0.15, 0.15), (0.15, 0.15)):
        c, s = math.cos(0.5), math.sin(0.5)
        scene.box((1.2 + c * dx + s * dz, 0.21, -0.5 - s * dx + c * dz), (0.05, 0.42, 0.05), PINE, yaw=0.5)
    scene.box((-2.05, 0.2, -3.05), (0.36, 0.4, 0.36), m.plaster((150, 62, 40), (206, 110, 70)), yaw=0.3)
    scene.box((-2.05, 0.62, -3.05), (0.035, 0.5, 0.035), WALNUT)
    # books on the table
    scene.box((0.6, 0.46, -1.37), (0.24, 0.03, 0.17), m.cloth((30, 60, 120), (60, 100, 170)), yaw=0.4)
    scene.box((0.59, 0.49, -1.38), (0.2, 0.03, 0.15), m.cloth((190, 50, 40), (230, 120, 80)), yaw=0.1)


def _still_life(scene: Scene) -> None:
    leaves = m.plaster((14, 60, 24), (120, 190, 60))
    fruit = {(226, 120, 24): 0.052, (236, 150, 36): 0.048, (200, 40, 36): 0.05, (150, 186, 50): 0.047}

    def ball(at: tuple[float, float, float], radius: float, material: m.Material) -> None:
        scene.spheres.append(Sphere(np.array(at), radius, material))

    ball((-2.05, 1.0, -3.05), 0.27, leaves)
    for (x, z), (colour, radius) in zip(
        ((0.08, -1.45), (0.18, -1.38), (0.19, -1.5), (0.28, -1.44)), fruit.items(), strict=True
    ):
        ball((x, 0.445 + radius, z), radius, m.plaster(tuple(int(c * 0.7) for c in colour), colour))  # type: ignore[arg-type]
    ball((1.3, 1.06, -3.3), 0.13, m.plaster((20, 60, 130), (90, 150, 220)))


def _moving(scene: Scene) -> None:
    def on_body(motion: Motion, centre: Vectors, radius: float, material: m.Material, glows: bool = False) -> int:
        body = scene.body(motion)
        scene.spheres.append(Sphere(centre, radius, material, body, glows))
        return body

    def orbit(centre: tuple[float, float, float], reach: tuple[float, float, float], lead: float, turns: int) -> Motion:
        def at(phase: float) -> Pose:
            p = phase + lead
            place = (
                centre[0] + reach[0] * math.cos(p),
                centre[1] + reach[1] * math.sin(2 * p),
                centre[2] + reach[2] * math.sin(p),
            )
            return Pose.from_euler(turns * phase, 0.25, 0.2, place)

        return at

    origin = np.zeros(3)
    for centre, reach, lead, turns, radius, gores in (
        ((-0.75, 1.5, -0.95), (0.35, 0.12, 0.3), 0.0, 1, 0.17, "e22c30 fac432 2460be"),
        ((0.75, 1.25, -1.0), (0.25, 0.15, 0.35), 2.2, -1, 0.13, "1e966e faf0dc f07828"),
        ((0.1, 1.95, -2.2), (0.8, 0.1, 0.25), 4.0, 1, 0.15, "963ca0 fad250 28a0be"),
    ):
        on_body(orbit(centre, reach, lead, turns), origin, radius, f.beach_ball(*rgb(gores)))
    on_body(lambda p: Pose.from_euler(p, 0.35, 0.0, (1.95, 1.12, -3.28)), origin, 0.18, f.globe)

    cube = scene.body(lambda p: Pose.from_euler(p, 0.5, 0.4 * math.sin(p), (0.3, 0.95 + 0.06 * math.sin(2 * p), -1.45)))
    scene.box((0, 0, 0), (0.3, 0.3, 0.3), f.patchwork, body=cube, density=640)

    drop = HEIGHT - LAMP[1]
    lamp = scene.body(lambda p: Pose.from_euler(0, 0.10 * math.cos(p), 0.2 * math.sin(p), (LAMP[0], HEIGHT, LAMP[2])))
    scene.box((0, -drop / 2, 0), (0.014, drop, 0.014), m.plaster((24, 22, 24), (50, 46, 44)), body=lamp)
    scene.box((0, -drop + 0.15, 0), (0.1, 0.06, 0.1), m.plaster((150, 110, 40), (230, 180, 80)), body=lamp)
    glow = m.plaster((250, 196, 110), (255, 244, 206))
    scene.spheres.append(Sphere(np.array((0, -drop, 0)), 0.14, glow, lamp, glows=True))
