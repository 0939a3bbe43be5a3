"""The pictures on the walls, each painted by a few lines and a seed. All (H, W, 3) uint8 RGB."""

import cv2
import numpy as np

from allaprima.app.sources.synthetic.noise import Field, Rng, Texture, fbm, finish, grid, over, ramp, rgb, smoothstep

Size = tuple[int, int]


def _brushed(rng: Rng, picture: Field, size: Size) -> Texture:
    """Breaks flat colour up into short strokes, so that the picture has texture of its own."""
    strokes = fbm(rng, size, (size[0] / 24, size[1] / 6), 2)
    return finish(picture, 0.8 + 0.4 * strokes)


def hills(rng: Rng, size: Size) -> Texture:
    """Evening sun over five ridges."""
    x, y = grid(size)
    sky = ramp(
        np.broadcast_to(y * 1.5, (size[1], size[0])).astype(np.float32), (38, 60, 130), (240, 130, 90), (255, 214, 120)
    )
    clouds = fbm(rng, size, (3, 9), 4)
    picture = over(sky, (255, 190, 170), smoothstep(0.52, 0.7, clouds) * 0.8)
    sun = np.hypot((x - 0.66) * size[0] / size[1], y - 0.44)
    picture = over(picture, (255, 240, 170), 1 - smoothstep(0.085, 0.1, sun))
    tones = [(150, 92, 140), (108, 70, 130), (60, 84, 110), (44, 110, 84), (30, 66, 40)]
    for i, tone in enumerate(tones):
        ridge = 0.46 + 0.11 * i + 0.16 * (fbm(rng, (size[0], 2), (3 + i, 2), 4)[:1] - 0.5)
        mottle = fbm(rng, size, (9, 18), 3)
        body = ramp(mottle, tone, (min(255, tone[0] + 60), min(255, tone[1] + 60), tone[2]))
        picture = over(picture, body, smoothstep(-0.004, 0.004, y - ridge))
    return _brushed(rng, picture, size)


def sea(rng: Rng, size: Size) -> Texture:
    """Waves under a moon, with a red sail."""
    x, y = grid(size)
    full = np.zeros((size[1], size[0]), np.float32)
    picture = ramp(
        full + y * 1.8 + 0.25 * (fbm(rng, size, (4, 8), 4) - 0.5), (16, 24, 70), (40, 90, 150), (190, 220, 220)
    )
    picture = over(
        picture, (255, 250, 215), 1 - smoothstep(0.07, 0.08, np.hypot((x - 0.28) * size[0] / size[1], y - 0.24))
    )
    waves = np.sin((y * 70 / (y + 0.25)) + 5 * fbm(rng, size, (7, 4), 3)) * 0.5 + 0.5
    water = ramp(waves.astype(np.float32), (8, 40, 92), (20, 120, 150), (214, 240, 236))
    picture = over(picture, water, smoothstep(0.52, 0.53, full + y))
    w, h = size
    sail = np.array([[0.62, 0.62], [0.70, 0.2], [0.78, 0.62]]) * (w, h)
    cv2.fillPoly(picture, [sail.astype(np.int32)], (214, 46, 34), cv2.LINE_AA)
    hull = np.array([[0.56, 0.63], [0.84, 0.63], [0.79, 0.69], [0.61, 0.69]]) * (w, h)
    cv2.fillPoly(picture, [hull.astype(np.int32)], (60, 34, 22), cv2.LINE_AA)
    return _brushed(rng, picture, size)


def circles(rng: Rng, size: Size) -> Texture:
    """An abstract of discs, rings and bars."""
    w, h = size
    picture = ramp(fbm(rng, size, (3, 3), 3), (240, 226, 190), (232, 200, 150))
    palette = rgb("ce2c26 f4b01e 1e54a8 1a826e 1c1a22 e86e8c faf0dc")
    for i in range(26):
        centre = (int(rng.uniform(0.05, 0.95) * w), int(rng.uniform(0.05, 0.95) * h))
        radius = int(rng.uniform(0.03, 0.2 if i < 9 else 0.09) * min(w, h) * 1.6)
        cv2.circle(picture, centre, radius, palette[int(rng.integers(7))], -1, cv2.LINE_AA)
        cv2.circle(picture, centre, max(2, int(radius * 0.62)), palette[int(rng.integers(7))], -1, cv2.LINE_AA)
        cv2.circle(picture, centre, radius, (28, 26, 34), 2, cv2.LINE_AA)
    for _ in range(9):
        a, b = rng.uniform(0, 1, 2) * (w, h), rng.uniform(0, 1, 2) * (w, h)
        cv2.line(
            picture, a.astype(int).tolist(), b.astype(int).tolist(), (28, 26, 34), int(rng.integers(2, 6)), cv2.LINE_AA
        )
    return _brushed(rng, picture, size)


def blossoms(rng: Rng, size: Size) -> Texture:
    """A bunch of flowers in a blue vase."""
    w, h = size
    picture = ramp(fbm(rng, size, (5, 5), 4), (40, 52, 46), (92, 104, 70))
    vase, shine = rgb("2452aa 96bef0")
    cv2.ellipse(picture, (w // 2, int(h * 0.84)), (int(w * 0.15), int(h * 0.19)), 0, 0, 360, vase, -1, cv2.LINE_AA)
    cv2.ellipse(
        picture, (int(w * 0.45), int(h * 0.8)), (int(w * 0.03), int(h * 0.1)), 8, 0, 360, shine, -1, cv2.LINE_AA
    )
    for _ in range(34):
        angle, reach = rng.uniform(-2.7, -0.45), rng.uniform(0.1, 0.46)
        x, y = int(w / 2 + np.cos(angle) * reach * w), int(h * 0.64 + np.sin(angle) * reach * h * 1.15)
        cv2.line(picture, (w // 2, int(h * 0.7)), (x, y), (52, 112, 52), 2, cv2.LINE_AA)
        colour = [(238, 70, 80), (250, 190, 40), (240, 236, 226), (230, 120, 190), (250, 130, 50)][int(rng.integers(5))]
        petal = int(rng.uniform(0.024, 0.045) * (w + h))
        for k in range(6):
            px, py = x + petal * 0.8 * np.cos(k * np.pi / 3), y + petal * 0.8 * np.sin(k * np.pi / 3)
            shade = rng.uniform(0.8, 1.08)
            tint = tuple(min(255.0, c * shade) for c in colour)
            cv2.circle(picture, (int(px), int(py)), int(petal * 0.55), tint, -1, cv2.LINE_AA)
        cv2.circle(picture, (x, y), int(petal * 0.45), (110, 66, 24), -1, cv2.LINE_AA)
    return _brushed(rng, picture, size)


def blocks(rng: Rng, size: Size) -> Texture:
    """A town of coloured fields with dark lines, cut again and again."""
    picture = np.full((size[1], size[0], 3), 240, np.float32)
    palette = rgb("e23c2e facc3c 264ca0 ece8dc 78b4aa f0965a 34303e")

    def cut(x0: int, y0: int, x1: int, y1: int, depth: int) -> None:
        wide = x1 - x0 > y1 - y0
        if depth == 0 or min(x1 - x0, y1 - y0) < 24:
            cv2.rectangle(picture, (x0, y0), (x1, y1), palette[int(rng.integers(len(palette)))], -1)
            cv2.rectangle(picture, (x0, y0), (x1, y1), (30, 26, 30), 3, cv2.LINE_AA)
        elif wide:
            m = int(x0 + (x1 - x0) * rng.uniform(0.3, 0.7))
            cut(x0, y0, m, y1, depth - 1)
            cut(m, y0, x1, y1, depth - 1)
        else:
            m = int(y0 + (y1 - y0) * rng.uniform(0.3, 0.7))
            cut(x0, y0, x1, m, depth - 1)
            cut(x0, m, x1, y1, depth - 1)

    cut(0, 0, size[0], size[1], 5)
    return _brushed(rng, picture, size)


def garden(rng: Rng, size: Size) -> Texture:
    """What one sees through the window: sky, far hills, trees and a meadow. Bright, as it is day."""
    x, y = grid(size)
    full = np.zeros((size[1], size[0]), np.float32)
    picture = ramp(full + y * 1.6, (96, 160, 236), (190, 222, 250), (250, 244, 226))
    picture = over(picture, (255, 255, 255), smoothstep(0.5, 0.68, fbm(rng, size, (3, 6), 5)))
    picture = over(
        picture,
        (120, 150, 178),
        smoothstep(-0.005, 0.005, y - 0.55 - 0.12 * (fbm(rng, (size[0], 2), (4, 2), 3)[:1] - 0.5)),
    )
    meadow = ramp(fbm(rng, size, (8, 20), 4), (70, 140, 50), (190, 214, 90))
    picture = over(picture, meadow, smoothstep(-0.005, 0.005, y - 0.64 + full))
    for cx, cy, r in ((0.2, 0.47, 0.2), (0.85, 0.42, 0.24), (0.6, 0.58, 0.09)):
        crown = np.hypot((x - cx) * size[0] / size[1], y - cy) + 0.22 * (fbm(rng, size, (12, 12), 3) - 0.5)
        leaves = ramp(fbm(rng, size, (30, 30), 2), (26, 84, 34), (140, 190, 70))
        trunk = (
            smoothstep(-0.018, -0.012, -np.abs(x - cx) + full)
            * smoothstep(cy, cy + 0.02, y + full)
            * (y < cy + r + 0.14)
        )
        picture = over(over(picture, (74, 50, 34), trunk), leaves, 1 - smoothstep(r * 0.75, r * 0.82, crown))
    return finish(picture)


GALLERY = (hills, circles, sea, blossoms, blocks)
"""In the order in which a room hangs them."""
