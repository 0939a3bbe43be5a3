"""Every engine paints on the canvas it is given, and on the same still one where it is given none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from allaprima.app.canvas.still import still_canvas
from allaprima.app.core.errors import EngineError, StylePackError
from allaprima.app.packs.onnx_scan import read_network
from allaprima.app.packs.pack import Style, StylePack
from allaprima.app.stylize.engines import ENGINES, open_stylizer
from allaprima.models.networks.export import export_onnx
from allaprima.models.networks.network import StyleNetwork, build

SIZE = (128, 96)
FAMILY = "E16-16x1c2"


def network() -> StyleNetwork:
    torch.manual_seed(0)
    made = build(FAMILY, 2)
    for name, parameter in made.named_parameters():
        if "norm" in name:  # the exporter would join tables that are alike
            torch.nn.init.normal_(parameter, 0.5, 0.2)
    made.exit.weight.data.mul_(20)
    made.through[0] = 1
    return made


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> StylePack:
    path = tmp_path_factory.mktemp("canvas") / "network.onnx"
    digest = export_onnx(network(), path)
    return StylePack("canvas", "Canvas", path.parent, path, digest, FAMILY, 2, (Style("one", 1, "One"),))


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_paints_on_the_canvas_it_is_given(pack: StylePack, engine: str) -> None:
    if engine != "openvino":
        pytest.importorskip(engine)
    frames = np.full((2, SIZE[1], SIZE[0], 3), 128, np.uint8)
    weights, other = np.array([0, 1], np.float32), still_canvas(2, SIZE, seed=5).copy()
    stylizer = open_stylizer(pack, SIZE, engine, "f32", device="cpu")
    assert stylizer.canvas == 2
    usual, again = stylizer.paint(frames, weights), stylizer.paint(frames, weights, other)
    assert np.abs(usual.astype(int) - again).mean() > 5  # the photo is flat: all strokes come from the canvas
    assert np.array_equal(stylizer.paint(frames, weights), usual)
    with torch.no_grad():
        picture = torch.from_numpy(frames).permute(0, 3, 1, 2) / 255
        wanted = network()(picture, torch.tensor(weights)[None], torch.from_numpy(other)).permute(0, 2, 3, 1).numpy()
    assert np.abs(again - wanted * 255).max() < 2
    assert np.array_equal(stylizer.paint(frames, np.array([1, 0], np.float32), other), frames)  # row 0 is the photo
    with pytest.raises(EngineError, match="a canvas is"):
        stylizer.paint(frames, weights, other[:, :1])
    stylizer.close()


def test_a_canvas_of_another_shape_is_no_style_network(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    export_onnx(build("E8-16x1c9", 2), path)
    with pytest.raises(StylePackError, match="'canvas' is"):
        read_network(path)
