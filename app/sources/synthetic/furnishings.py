"""The surfaces of single things: rug, books, drawers, balls, globe, cube, picture frames, window. Materials, too."""

import cv2
import numpy as np

from allaprima.app.sources.synthetic.materials import Colour, Material, metres, plaster
from allaprima.app.sources.synthetic.noise import Rng, Texture, fbm, finish, grid, over, ramp, rgb, smoothstep


def rug(rng: Rng, size: tuple[int, int], density: float) -> Texture:
    """A knotted rug: border bands, a lattice of diamonds, a medallion."""
    w, h = size
    x, y = metres(size, density)
    u, v = x - w / density / 2, y - h / density / 2
    edge = np.minimum(w / density / 2 - np.abs(u), h / density / 2 - np.abs(v))
    field = np.full((h, w, 3), (150, 30, 36), np.float32)
    s, t = (u + v) / 0.17, (u - v) / 0.17
    diamond = np.maximum(np.abs(s - np.round(s)), np.abs(t - np.round(t)))
    field = over(field, (226, 170, 76), 1 - smoothstep(0.14, 0.17, diamond))
    field = over(field, (30, 44, 92), smoothstep(0.44, 0.47, diamond))
    medal = np.abs(u) / 0.78 + np.abs(v) / 0.5 + 0.05 * np.cos(np.arctan2(v, u) * 12)
    for limit, colour in zip(
        (1.0, 0.93, 0.66, 0.6, 0.3, 0.22), rgb("ecd6a8 183268 de963c 8c1822 f0deb0 1a6064"), strict=True
    ):
        field = over(field, colour, 1 - smoothstep(limit, limit + 0.02, medal))
    ring = 0.5 + 0.5 * np.sin((u + v * 0.999) * 60) * np.sin((u - v) * 60)
    for outer, colour in zip((0.30, 0.285, 0.11, 0.09, 0.035), rgb("ecd6a8 182854 de963c 78161e e8d2aa"), strict=True):
        field = over(field, colour, 1 - smoothstep(outer, outer + 0.006, edge))
        if outer == 0.285:
            field = over(
                field,
                (216, 96, 60),
                smoothstep(0.5, 0.6, ring) * (1 - smoothstep(0.26, 0.27, edge)) * smoothstep(0.12, 0.13, edge),
            )
    knots = 0.5 + 0.5 * np.sin(x * 700) * np.sin(y * 420)
    return finish(field, 0.58 + 0.18 * knots + 0.4 * (fbm(rng, size, (14, 10), 5) - 0.1))


def books(rng: Rng, size: tuple[int, int], density: float) -> Texture:
    """The front of a full bookcase, with its shelves and the dark behind the books."""
    w, h = size
    shelf = np.full((h, w, 3), (34, 22, 16), np.float32)
    board, side = max(3, int(0.025 * density)), max(3, int(0.035 * density))
    levels = max(1, round(h / density / 0.34))
    palette = rgb("962826 22426e d8b054 28604a e8dec6 62325a ce6a30 3c3c46 78a0aa")
    for level in range(levels):
        bottom = int(h * (level + 1) / levels) - board
        room = h / levels - board
        x = side + 1
        while x < w - side - 4:
            width = int(rng.uniform(0.018, 0.055) * density)
            if rng.random() < 0.06:
                x += width * 2
                continue
            top = int(bottom - room * rng.uniform(0.6, 0.9))
            end = min(x + width, w - side)
            colour = np.array(palette[int(rng.integers(len(palette)))]) * rng.uniform(0.75, 1.1)
            across = np.linspace(-1, 1, max(end - x, 1))
            shelf[top:bottom, x:end] = colour * (1 - 0.45 * across**4)[None, :, None]
            for band in (0.12, 0.2, 0.84):
                at = int(top + (bottom - top) * band)
                shelf[at : at + max(1, int(0.006 * density)), x:end] = (
                    (232, 196, 110) if sum(colour) < 380 else (70, 44, 30)
                )
            x = end + 1
        cv2.rectangle(shelf, (0, bottom), (w, bottom + board), (146, 92, 52), -1)
        shelf[bottom - int(room) : bottom - int(room * 0.8)] *= 0.6  # the shelf above throws its shade
    shelf[:board], shelf[:, :side], shelf[:, -side:] = (140, 88, 50), (150, 96, 54), (150, 96, 54)
    return finish(shelf, 0.85 + 0.3 * fbm(rng, size, (size[0] / 6, 8), 3))


def drawers(rng: Rng, size: tuple[int, int], density: float) -> Texture:
    """The front of a chest of drawers, blue-green paint and brass knobs."""
    w, h = size
    front = plaster((30, 104, 110), (64, 150, 146))(rng, size, density).astype(np.float32)
    rows, columns = 3, 2 if w > h else 1
    pad = int(0.03 * density)
    for r in range(rows):
        for c in range(columns):
            x0, x1 = int(w * c / columns) + pad, int(w * (c + 1) / columns) - pad
            y0, y1 = int(h * r / rows) + pad, int(h * (r + 1) / rows) - pad
            cv2.rectangle(front, (x0, y0), (x1, y1), (14, 52, 58), 3, cv2.LINE_AA)
            cv2.line(front, (x0 + 3, y1 - 3), (x1 - 3, y1 - 3), (150, 216, 208), 2, cv2.LINE_AA)
            cv2.circle(front, ((x0 + x1) // 2, (y0 + y1) // 2), int(0.022 * density), (90, 60, 20), -1, cv2.LINE_AA)
            cv2.circle(
                front, ((x0 + x1) // 2 - 1, (y0 + y1) // 2 - 1), int(0.016 * density), (240, 196, 90), -1, cv2.LINE_AA
            )
    return finish(front)


def beach_ball(first: Colour, second: Colour, third: Colour) -> Material:
    """For a sphere: six gores in three colours, with white caps and some dirt."""

    def paint(rng: Rng, size: tuple[int, int], density: float) -> Texture:
        x, y = grid(size)
        gore = np.broadcast_to(np.floor(x * 6).astype(int) % 3, (size[1], size[0]))
        ball = np.array((first, second, third), np.float32)[gore]
        seam = np.abs(x * 6 - np.round(x * 6)) / 6
        ball = over(ball, (250, 246, 236), (1 - smoothstep(0.004, 0.007, seam)) * np.ones_like(y))
        ball = over(ball, (250, 246, 236), smoothstep(0.84, 0.85, np.abs(y - 0.5) * 2 + 0 * x))
        return finish(ball, 0.85 + 0.3 * fbm(rng, size, (16, 8), 4))

    return paint


def globe(rng: Rng, size: tuple[int, int], density: float) -> Texture:
    """For a sphere: continents, seas, meridians."""
    x, y = grid(size)
    land = fbm(rng, size, (5, 3), 5)
    earth = over(
        ramp(land * 0.9, (20, 60, 120), (40, 120, 170)),
        ramp(fbm(rng, size, (12, 8), 3), (70, 130, 50), (214, 176, 96)),
        smoothstep(0.52, 0.54, land),
    )
    lines = np.minimum(np.abs(x * 12 - np.round(x * 12)) / 12, np.abs(y * 6 - np.round(y * 6)) / 12)
    earth = over(earth, (240, 226, 180), (1 - smoothstep(0.0015, 0.003, lines)) * 0.6)
    return finish(over(earth, (240, 244, 246), smoothstep(0.86, 0.9, np.abs(y - 0.5) * 2 + 0.1 * (land - 0.5))))


def patchwork(rng: Rng, size: tuple[int, int], density: float) -> Texture:
    """A cube's face: bright patches with dots and a dark seam."""
    w, h = size
    face = np.zeros((h, w, 3), np.float32)
    palette = rgb("ee3e3c fac42c 2e78c8 28a070 f08228 9246a0")
    for i in range(3):
        for j in range(3):
            x0, x1, y0, y1 = w * i // 3, w * (i + 1) // 3, h * j // 3, h * (j + 1) // 3
            face[y0:y1, x0:x1] = palette[int(rng.integers(6))]
            cv2.circle(face, ((x0 + x1) // 2, (y0 + y1) // 2), w // 11, palette[int(rng.integers(6))], -1, cv2.LINE_AA)
            cv2.rectangle(face, (x0, y0), (x1, y1), (30, 26, 34), 2, cv2.LINE_AA)
    return finish(face, 0.85 + 0.3 * fbm(rng, size, (8, 8), 4))


def framed(picture: Texture, frame: Colour) -> Material:
    """A picture inside a passe-partout and a moulded frame."""

    def paint(rng: Rng, size: tuple[int, int], density: float) -> Texture:
        w, h = size
        bar, mat = int(0.055 * density), int(0.105 * density)
        face = np.full((h, w, 3), frame, np.float32)
        for i in range(bar):
            profile = 0.62 + 0.5 * np.sin(np.pi * (i + 0.5) / bar) + 0.18 * np.sin(6 * np.pi * i / bar)
            cv2.rectangle(face, (i, i), (w - 1 - i, h - 1 - i), [c * profile for c in frame], 1)
        face *= (0.88 + 0.24 * fbm(rng, size, (w / 5, h / 5), 2))[..., None]
        cv2.rectangle(face, (bar, bar), (w - 1 - bar, h - 1 - bar), (244, 238, 222), -1)
        cv2.rectangle(face, (bar, bar), (w - 1 - bar, h - 1 - bar), (110, 100, 88), 2)
        face[mat : h - mat, mat : w - mat] = cv2.resize(
            picture, (w - 2 * mat, h - 2 * mat), interpolation=cv2.INTER_AREA
        )
        return finish(face)

    return paint


def window_pane(view: Texture, pane_columns: int, pane_rows: int) -> Material:
    """The view outside behind white glazing bars."""

    def paint(rng: Rng, size: tuple[int, int], density: float) -> Texture:
        w, h = size
        pane = cv2.resize(view, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        bar = int(0.045 * density)
        for i in range(pane_columns + 1):
            x = int(bar / 2 + (w - bar) * i / pane_columns)
            cv2.line(pane, (x, 0), (x, h), (200, 196, 188), bar)
            cv2.line(pane, (x - bar // 4, 0), (x - bar // 4, h), (246, 244, 238), bar // 2)
        for j in range(pane_rows + 1):
            y = int(bar / 2 + (h - bar) * j / pane_rows)
            cv2.line(pane, (0, y), (w, y), (206, 202, 194), bar)
            cv2.line(pane, (0, y - bar // 4), (w, y - bar // 4), (250, 248, 242), bar // 2)
        return finish(pane)

    return paint
