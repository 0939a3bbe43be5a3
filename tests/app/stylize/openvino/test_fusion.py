"""The rewritten network paints what the network as it stands in the file paints, up to the last row and column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='networks are made with torch: pip install -e ".[train]"')
pytest.importorskip("onnx", reason='torch exports through onnx: pip install -e ".[train]"')

from foreign_networks import onnx_bytes

from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.openvino import engine
from allaprima.app.stylize.openvino.engine import canvas_channels, shared_core, style_model
from allaprima.app.stylize.openvino.fusion import fuse_blurs


def blurs(model) -> int:
    return sum(node.get_type_name() == "GroupConvolution" for node in model.get_ops())


def painted(model, size: tuple[int, int], rows: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(0)
    frames, style = rng.integers(0, 256, (2, size[1], size[0], 3), np.uint8), np.eye(1, rows, 1, np.float32)
    inputs = {"frames": frames, "style": style}
    if channels := canvas_channels(model):
        inputs["canvas"] = rng.standard_normal((2, channels, size[1] // 2, size[0] // 2), np.float32)
    compiled = shared_core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = np.asarray(compiled(inputs)[0], np.int64)
    assert found.std() > 1, "one flat colour would compare nothing"
    return found


@pytest.mark.parametrize("size", [(64, 64), (104, 72)])
@pytest.mark.parametrize("which", ["tiny", "first"])
def test_it_paints_the_same_with_two_blurs_less(
    which: str, size: tuple[int, int], tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = load_pack(tiny_pack if which == "tiny" else which)
    data = pack.read_network().data
    fused = style_model(data, size)
    monkeypatch.setattr(engine, "fuse_blurs", lambda model: None)
    plain = style_model(data, size)
    assert (blurs(plain), blurs(fused)) == (4, 2)
    difference = np.abs(painted(plain, size, pack.rows) - painted(fused, size, pack.rows))
    assert difference.max() <= 1 and difference.mean() < 0.001  # what is rounded the other way


class Ending(torch.nn.Module):
    """Depth-to-space, a border and a 5x5 blur."""

    def __init__(self, border: str, channels: int = 3, width: int = 2, stride: int = 1) -> None:
        super().__init__()
        self.border, self.width, self.stride = border, width, stride
        self.taps = torch.nn.Parameter(torch.rand(channels, 1, 5, 5))

    def forward(self, x):
        wide = torch.nn.functional.pad(torch.nn.functional.pixel_shuffle(x, 2), (self.width,) * 4, mode=self.border)
        return torch.nn.functional.conv2d(wide, self.taps, groups=self.taps.shape[0], stride=self.stride)


@pytest.mark.parametrize(("ending", "left"), [
    (Ending("reflect"), 0), (Ending("replicate"), 1), (Ending("reflect", channels=4), 1),
    (Ending("reflect", width=3), 1), (Ending("reflect", stride=2), 1),
])  # fmt: skip
def test_what_is_not_quite_such_a_blur_is_left_alone(ending: Ending, left: int) -> None:
    x = torch.rand(2, 4 * ending.taps.shape[0], 16, 16)
    model = shared_core().read_model(onnx_bytes(ending, x), b"")
    fuse_blurs(model)
    assert blurs(model) == left
    compiled = shared_core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    assert np.allclose(compiled([x.numpy()])[0], ending(x).detach().numpy(), atol=1e-4)
