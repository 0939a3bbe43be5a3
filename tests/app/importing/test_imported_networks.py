"""An imported network paints what it painted where it came from, in every engine."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason='strangers\' networks are made with torch: pip install -e ".[train]"')
pytest.importorskip("onnx", reason='torch exports through onnx: pip install -e ".[train]"')

import torch
from foreign_networks import (
    BakedSize,
    Halvings,
    Indexed,
    Mixed,
    Normed,
    OneByOne,
    Posterise,
    Ranged,
    onnx_bytes,
)
from torch import Tensor

from allaprima.app.importing.chart import chart
from allaprima.app.importing.convention import RANGES, Choices, Convention
from allaprima.app.importing.probe import Findings, probe
from allaprima.app.importing.wrap import wrapped
from allaprima.app.packs.onnx_scan import NetworkFile, scan_graph
from allaprima.app.packs.pack import Style, StylePack
from allaprima.app.stylize.engines import open_stylizer

SIZE = (136, 104)
"""(width, height): multiples of 8, of nothing more."""

ENGINES = [engine for engine in ("openvino", "onnxruntime") if importlib.util.find_spec(engine)]


def scanned(data: bytes) -> NetworkFile:
    return scan_graph(data, Path("theirs.onnx"))


def found(data: bytes, **told: str) -> Findings:
    return probe(scanned(data), Choices(**told))


def pair(size: tuple[int, int] = SIZE) -> np.ndarray:
    pictures = np.concatenate([chart(size, 3), chart(size, 4)]).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(np.rint(pictures * 255).astype(np.uint8))


def painted_by_us(
    data: bytes, convention: Convention, folder: Path, engine: str, weights: list[float], size: tuple[int, int] = SIZE
) -> np.ndarray:
    """(2, H, W, 3) uint8 through the pack and the engine."""
    ours = wrapped(scanned(data), convention)
    path = folder / "network.onnx"
    path.write_bytes(ours)
    rows = 1 + convention.styles
    styles = tuple(Style(f"s{row}", row, "S") for row in range(1, rows))
    pack = StylePack("p", "P", folder, path, hashlib.sha256(ours).hexdigest(), "imported", rows, styles)
    stylizer = open_stylizer(pack, size, engine, "f32", threads=1)
    try:
        return stylizer.paint(pair(size), np.array(weights, np.float32))
    finally:
        stylizer.close()


def painted_by_them(body: Callable[[Tensor], Tensor], size: tuple[int, int] = SIZE) -> np.ndarray:
    """The same from the PyTorch network, RGB 0..1 to RGB 0..1, one eye at a time."""
    with torch.no_grad():
        eyes = [body(torch.from_numpy(eye.copy()).permute(2, 0, 1)[None].float() / 255) for eye in pair(size)]
    return (torch.cat(eyes).clamp(0, 1).permute(0, 2, 3, 1).numpy() * 255).round()


def close(ours: np.ndarray, theirs: np.ndarray, levels: float = 1.01) -> None:
    difference = np.abs(ours.astype(float) - theirs)
    assert difference.max() <= levels, f"differs by up to {difference.max():.1f} of 255"


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("name", ["0-1", "0-255", "-1-1", "imagenet"])
def test_range_and_layout_are_found_out(name: str, layout: str, tmp_path: Path) -> None:
    body = Posterise()
    example = torch.zeros(1, 64, 80, 3) if layout == "nhwc" else torch.zeros(1, 3, 64, 80)
    data = onnx_bytes(Ranged(body, name, name, layout), example, (0, 1, 2) if layout == "nhwc" else (0, 2, 3))
    convention = found(data).convention
    assert (convention.range_in, convention.range_out) == (name, name)
    assert (convention.layout_in, convention.layout_out) == (layout, layout)
    assert convention.both_eyes
    assert (convention.fixed, convention.multiple) == (None, 8)
    for engine in ENGINES:
        close(painted_by_us(data, convention, tmp_path, engine, [0, 1]), painted_by_them(body))


def test_behind_an_instance_norm_the_output_tells_the_range(tmp_path: Path) -> None:
    body = Normed()
    data = onnx_bytes(body, torch.zeros(1, 3, 64, 64), (2, 3))
    convention = found(data).convention
    assert (convention.range_in, convention.range_out) == ("0-255", "0-255")
    for engine in ENGINES:
        ours = painted_by_us(data, convention, tmp_path, engine, [0, 1])
        close(ours, painted_by_them(lambda x: body(x * 255) / 255))


def test_row_0_is_the_photo_and_strength_lies_between(tmp_path: Path) -> None:
    body = Posterise()
    data = onnx_bytes(Ranged(body, "0-255", "0-255"), torch.zeros(1, 3, 64, 64), (2, 3))
    convention = found(data).convention
    theirs = painted_by_them(body)
    for engine in ENGINES:
        np.testing.assert_array_equal(painted_by_us(data, convention, tmp_path, engine, [1, 0]), pair())
        close(painted_by_us(data, convention, tmp_path, engine, [0.75, 0.25]), 0.75 * pair() + 0.25 * theirs)


def test_size_that_is_only_declared_is_opened(tmp_path: Path) -> None:
    body = Posterise()
    data = onnx_bytes(Ranged(body, "0-255", "0-255"), torch.zeros(1, 3, 64, 96))
    findings = found(data)
    assert (findings.convention.fixed, findings.convention.multiple) == (None, 8)
    assert findings.convention.both_eyes
    assert findings.notes == ()
    for engine in ENGINES:
        close(painted_by_us(data, findings.convention, tmp_path, engine, [0, 1]), painted_by_them(body))


def test_size_that_is_really_fixed_is_resized_to_and_said(tmp_path: Path) -> None:
    body = BakedSize(64, 96)
    data = onnx_bytes(body, torch.zeros(1, 3, 64, 96))
    findings = found(data)
    assert findings.convention.fixed == (96, 64)
    assert any("96x64 only" in note and "loses detail" in note for note in findings.notes)
    for engine in ENGINES:
        ours = painted_by_us(data, findings.convention, tmp_path, engine, [0, 1], (96, 64))
        close(ours, painted_by_them(body, (96, 64)))
        larger = painted_by_us(data, findings.convention, tmp_path, engine, [0, 1], (192, 128))
        smaller = larger.reshape(2, 64, 2, 96, 2, 3).mean((2, 4))
        assert np.abs(smaller - painted_by_them(body, (96, 64))).mean() < 25  # another chart's pixels, the same places
        np.testing.assert_array_equal(
            painted_by_us(data, findings.convention, tmp_path, engine, [1, 0], (192, 128)), pair((192, 128))
        )


def test_network_for_one_picture_is_run_for_each_eye_with_one_set_of_weights(tmp_path: Path) -> None:
    body = OneByOne()
    data = onnx_bytes(body, torch.zeros(1, 3, 64, 96))
    findings = found(data)
    assert not findings.convention.both_eyes
    assert any("two passes" in note for note in findings.notes)
    ours = scanned(wrapped(scanned(data), findings.convention))
    theirs = scanned(data)
    assert len(theirs.initializers) > 3
    assert sum(name.startswith("shared.") for name in ours.initializers) == len(theirs.initializers)
    for engine in ENGINES:
        close(painted_by_us(data, findings.convention, tmp_path, engine, [0, 1]), painted_by_them(body))


def test_sides_that_must_be_multiples_of_16_are_fitted(tmp_path: Path) -> None:
    data = onnx_bytes(Halvings(), torch.zeros(1, 3, 64, 96), (2, 3))
    findings = found(data)
    assert findings.convention.multiple == 16
    for engine in ENGINES:
        ours = painted_by_us(data, findings.convention, tmp_path, engine, [0, 1], (144, 112))
        close(ours, painted_by_them(Halvings(), (144, 112)))
        assert painted_by_us(data, findings.convention, tmp_path, engine, [0, 1]).std() > 10


def test_vector_of_style_weights_becomes_rows_that_mix_in_one_pass(tmp_path: Path) -> None:
    body = Mixed()
    data = onnx_bytes(body, (torch.zeros(1, 3, 64, 96), torch.full((3,), 1 / 3)), (2, 3))
    findings = found(data)
    assert findings.convention.styles == 3
    for weights in ([0.0, 0.0, 1.0, 0.0], [0.0, 0.5, 0.0, 0.5], [0.2, 0.2, 0.6, 0.0]):
        shares = torch.tensor(weights[1:]) / sum(weights[1:])

        def shared(x: Tensor, shares: Tensor = shares) -> Tensor:
            painted: Tensor = body(x, shares)
            return painted

        theirs = weights[0] * pair() + sum(weights[1:]) * painted_by_them(shared)
        for engine in ENGINES:
            close(painted_by_us(data, findings.convention, tmp_path, engine, weights), theirs)
    for engine in ENGINES:
        np.testing.assert_array_equal(painted_by_us(data, findings.convention, tmp_path, engine, [1, 0, 0, 0]), pair())


def test_number_of_a_style_becomes_as_many_rows_as_its_table_has(tmp_path: Path) -> None:
    body = Indexed()
    data = onnx_bytes(body, (torch.zeros(1, 3, 64, 96), torch.tensor([1])), (2, 3))
    findings = found(data)
    assert findings.convention.styles == 3
    assert any("only the largest share" in note for note in findings.notes)
    for engine in ENGINES:
        ours = painted_by_us(data, findings.convention, tmp_path, engine, [0, 0.2, 0.1, 0.7])
        close(ours, painted_by_them(lambda x: body(x, torch.tensor([2]))))


@pytest.mark.parametrize("opset", [8, 9])
def test_operators_of_2018_still_paint(opset: int, tmp_path: Path) -> None:
    """They enlarge with Upsample, as the networks of the ONNX model zoo do."""
    body = torch.nn.Sequential(torch.nn.AvgPool2d(2), Posterise(), torch.nn.Upsample(scale_factor=2, mode="nearest"))
    data = onnx_bytes(Ranged(body, "0-255", "0-255"), torch.zeros(1, 3, 64, 96), opset=9)
    if opset == 8:  # the exporter writes none any more: there, the scales are an attribute
        onnx = pytest.importorskip("onnx")
        model = onnx.load_from_string(data)
        (upsample,) = (node for node in model.graph.node if node.op_type == "Upsample")
        del upsample.input[1]
        upsample.attribute.append(onnx.helper.make_attribute("scales", [1.0, 1.0, 2.0, 2.0]))
        model.opset_import[0].version = opset
        data = model.SerializeToString()
    assert "Upsample" in scanned(data).operators
    convention = found(data).convention
    for engine in ENGINES:
        close(painted_by_us(data, convention, tmp_path, engine, [0, 1]), painted_by_them(body))


@pytest.mark.parametrize("dtype", [torch.float16, torch.uint8])
def test_halves_and_bytes_are_cast(dtype: torch.dtype, tmp_path: Path) -> None:
    body, peak = Posterise(), 255 if dtype == torch.uint8 else 1

    class Cast(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = body

        def forward(self, x: Tensor) -> Tensor:
            return (self.body(x.float() / peak) * peak).to(dtype)

    data = onnx_bytes(Cast(), torch.zeros(1, 3, 64, 96).to(dtype), (2, 3))
    convention = found(data).convention
    for engine in ENGINES:
        close(painted_by_us(data, convention, tmp_path, engine, [0, 1]), painted_by_them(body), 2.01)


def test_what_the_user_says_is_not_questioned() -> None:
    data = onnx_bytes(Ranged(Posterise(), "0-255", "0-255"), torch.zeros(1, 3, 64, 96), (2, 3))
    convention = found(data, range_in="caffe", range_out="0-255", channels="bgr").convention
    assert (convention.range_in, convention.range_out, convention.channels) == ("caffe", "0-255", "bgr")


def test_colours_the_other_way_round(tmp_path: Path) -> None:
    body = Posterise()

    class Reversed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = body

        def forward(self, x: Tensor) -> Tensor:
            return self.body(x.flip(1)).flip(1)

    data = onnx_bytes(Reversed(), torch.zeros(1, 3, 64, 96), (2, 3), names=("image_bgr",))
    convention = found(data).convention
    assert convention.channels == "bgr"
    for engine in ENGINES:
        close(painted_by_us(data, convention, tmp_path, engine, [0, 1]), painted_by_them(body))


def test_network_that_also_lists_its_weights_as_inputs(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    body = Posterise()
    model = onnx.load_from_string(onnx_bytes(body, torch.zeros(1, 3, 64, 96), (2, 3)))
    for tensor in model.graph.initializer:
        model.graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    model.ir_version = 3
    data = model.SerializeToString()
    convention = found(data).convention
    for engine in ENGINES:
        close(painted_by_us(data, convention, tmp_path, engine, [0, 1]), painted_by_them(body))


def test_decoding_undoes_encoding() -> None:
    picture = chart((64, 64))
    for value_range in RANGES.values():
        np.testing.assert_allclose(value_range.decode(value_range.encode(picture)), picture, atol=1e-5)


def test_a_wrong_range_is_seen_in_the_painting(tmp_path: Path) -> None:
    """The comparisons above can fail."""
    body = Posterise()
    data = onnx_bytes(Ranged(body, "0-255", "0-255"), torch.zeros(1, 3, 64, 96), (2, 3))
    wrong = replace(found(data).convention, range_in="0-1")
    with pytest.raises(AssertionError, match="differs by"):
        close(painted_by_us(data, wrong, tmp_path, ENGINES[0], [0, 1]), painted_by_them(body))
