"""What the room is made of: wood, plaster, paper, cloth. A material paints a rectangle of so many texels."""

from collections.abc import Callable

import numpy as np

from allaprima.app.sources.synthetic.noise import Field, Rng, Texture, fbm, finish, grid, over, ramp, smoothstep

Material = Callable[[Rng, tuple[int, int], float], Texture]
"""(rng, (width, height) in texels, texels a metre) -> (H, W, 3) uint8 RGB albedo, before any light."""

Colour = tuple[int, int, int]


def metres(size: tuple[int, int], density: float) -> tuple[Field, Field]:
    """Coordinates in metres, (1, W) and (H, 1)."""
    x, y = grid(size)
    return x * np.float32(size[0] / density), y * np.float32(size[1] / density)


def wood(dark: Colour, light: Colour) -> Material:
    """One board, grain along its longer side."""

    def paint(rng: Rng, size: tuple[int, int], density: float) -> Texture:
        long = max(size)
        short = min(size)
        breadth = short / density
        warp = fbm(rng, (long, short), (3, max(2, breadth * 6)), 3)
        rings = 0.5 + 0.5 * np.sin(warp * 34 + fbm(rng, (long, short), (8, breadth * 90 + 2), 2) * 5)
        fibre = fbm(rng, (long, short), (long / 40, short / 2), 2)
        board = ramp(0.25 + 0.35 * rings + 0.7 * (fibre - 0.5), dark, light)
        return finish(board if size[0] >= size[1] else np.ascontiguousarray(board.swapaxes(0, 1)))

    return paint


def planks(rng: Rng, size: tuple[int, int], density: float) -> Texture:
    """A floor of staggered oak boards, running across."""
    x, y = metres(size, density)
    pitch = 0.155
    row = np.floor(y / pitch).astype(int)
    rows = int(row.max()) + 1
    shift, length = rng.uniform(0, 2, rows)[row], rng.uniform(1.0, 1.7, rows)[row]
    along = (x + shift) / length
    board = np.floor(along).astype(int)
    tone = rng.random((rows, int(board.max()) + 2), np.float32)[row, board]
    edge = np.minimum(np.abs(y / pitch - np.round(y / pitch)) * pitch, np.abs(along - np.round(along)) * length)
    warp = fbm(rng, size, (5, rows * 1.3), 2) + tone * 3
    grain = 0.5 + 0.5 * np.sin(warp * 26 + 4 * fbm(rng, size, (12, rows * 9), 2))
    fibre = fbm(rng, size, (size[0] / 50, size[1] / 2), 2)
    value = 0.12 + 0.5 * tone + 0.2 * grain + 0.5 * (fibre - 0.5)
    return finish(
        ramp(value, (92, 50, 26), (168, 100, 52), (222, 164, 98)), 0.25 + 0.75 * smoothstep(0.0008, 0.0045, edge)
    )


def plaster(dark: Colour, light: Colour) -> Material:
    """Trowelled plaster: clouds, and fine grit."""

    def paint(rng: Rng, size: tuple[int, int], density: float) -> Texture:
        cells = (size[0] / density * 1.3, size[1] / density * 1.3)
        clouds = fbm(rng, size, cells, 7, 0.62)
        grit = fbm(rng, size, (size[0] / 3, size[1] / 3), 1)
        return finish(ramp(0.5 + 1.1 * (clouds - 0.5), dark, light), 0.95 + 0.1 * grit)

    return paint


def _flowers(x: Field, y: Field, pitch: float) -> tuple[Field, Field]:
    """Staggered rosettes: (petals, outline), both 0..1."""
    column = np.floor(x / pitch)
    u = x / pitch - column - 0.5
    v = y / pitch * 0.72 + 0.5 * (column % 2)
    v = v - np.floor(v) - 0.5
    r, angle = np.hypot(u, v), np.arctan2(v, u)
    bloom = r - (0.25 + 0.085 * np.cos(6 * angle))
    leaf = np.abs(np.abs(u) - 0.5 + 0.16 * np.cos(2 * np.pi * v)) - 0.02
    petals = np.maximum(1 - smoothstep(-0.02, 0.0, bloom), 1 - smoothstep(0.0, 0.02, leaf))
    outline = np.maximum(1 - smoothstep(0.012, 0.028, np.abs(bloom - 0.035)), 1 - smoothstep(0.07, 0.085, r))
    return petals, outline


def panelled_wall(paper: Colour, motif: Colour, accent: Colour, panel: Colour) -> Material:
    """Wallpaper with rosettes above painted panelling, a rail between them and a skirting board below."""

    def paint(rng: Rng, size: tuple[int, int], density: float) -> Texture:
        x, y = metres(size, density)
        height = size[1] / density - y  # metres above the floor
        petals, outline = _flowers(x, y, 0.34)
        wall = over(np.full((size[1], size[0], 3), paper, np.float32), motif, petals * 0.75)
        wall = over(wall, accent, outline * 0.8)
        wall *= (0.82 + 0.36 * fbm(rng, size, (size[0] / density * 2, size[1] / density * 2), 6, 0.6))[..., None]
        lower = np.full((size[1], size[0], 3), panel, np.float32)
        lower *= (0.9 + 0.2 * fbm(rng, size, (size[0] / 60, size[1] / 4), 2))[..., None]
        pitch = 0.62
        in_x = np.abs(x / pitch - np.floor(x / pitch) - 0.5) * pitch
        inside = np.minimum(pitch / 2 - 0.075 - in_x, np.minimum(0.76 - height, height - 0.24))
        groove = 1 - smoothstep(0.004, 0.014, np.abs(inside))
        lit = smoothstep(0.0, 0.02, inside) * (1 - smoothstep(0.02, 0.045, inside))
        lower = over(over(lower, (40, 36, 34), groove * 0.65), (255, 252, 240), lit * 0.55)
        wall = over(wall, lower, 1 - smoothstep(0.9, 0.902, height))
        for level, thick, colour in (
            (0.905, 0.03, (246, 238, 220)),
            (0.87, 0.006, (60, 54, 50)),
            (0.935, 0.005, (50, 46, 44)),
        ):
            wall = over(wall, colour, 1 - smoothstep(thick, thick + 0.003, np.abs(height - level)))
        board = 1 - smoothstep(0.14, 0.143, height)
        wall = over(wall, (236, 226, 206), board)
        return finish(over(wall, (70, 62, 56), (1 - smoothstep(0.003, 0.008, np.abs(height - 0.125))) * 0.7))

    return paint


def cloth(colour: Colour, thread: Colour, stripes: float = 0.0) -> Material:
    """Woven cloth; `stripes` metres between stripes of the thread's colour."""

    def paint(rng: Rng, size: tuple[int, int], density: float) -> Texture:
        x, y = metres(size, density)
        weave = 0.5 + 0.25 * (np.sin(x * 520) + np.sin(y * 520)) * fbm(rng, size, (20, 20), 2)
        soft = fbm(rng, size, (size[0] / density * 5, size[1] / density * 5), 4)
        body = np.full((size[1], size[0], 3), colour, np.float32)
        if stripes:
            band = np.abs(x / stripes - np.round(x / stripes)) * stripes
            body = over(body, thread, (1 - smoothstep(stripes * 0.18, stripes * 0.2, band)) * np.ones_like(y))
        else:
            body = over(body, thread, smoothstep(0.55, 0.8, weave) * 0.5)
        return finish(body, 0.64 + 0.3 * weave + 0.28 * (soft - 0.2))

    return paint
