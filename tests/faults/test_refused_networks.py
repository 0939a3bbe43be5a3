"""Networks that pass the scan and yet cannot run: an engine's refusal is one clear error, whatever the engine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.errors import EngineError
from allaprima.app.packs.pack import Style, StylePack
from allaprima.app.stylize.engines import ENGINES, open_stylizer

onnx = pytest.importorskip("onnx")
helper = onnx.helper
FLOAT = 1


def pack_of(folder: Path, *nodes: object, initializers: tuple = ()) -> StylePack:
    mean = helper.make_node("ReduceMean", ["style"], ["mean"], keepdims=0)
    lit = helper.make_node("Mul", ["frames", "mean"], ["lit"])  # an input that nothing uses would be refused for that
    graph = helper.make_graph(
        (mean, lit, *nodes),
        "g",
        [
            helper.make_tensor_value_info("frames", FLOAT, (2, 3, "height", "width")),
            helper.make_tensor_value_info("style", FLOAT, (1, 2)),
        ],
        [helper.make_tensor_value_info("painted", FLOAT, None)],
        initializers,
    )
    graph.output[0].type.tensor_type.shape.Clear()
    for name in "abcd":
        graph.output[0].type.tensor_type.shape.dim.add().dim_param = name
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    path = folder / "network.onnx"
    path.write_bytes(model.SerializeToString())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return StylePack("p", "P", folder, path, digest, "E8-16x1", 2, (Style("s", 1, "S"),))


def test_sound_graph_of_these_helpers_is_painted(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, helper.make_node("Relu", ["lit"], ["painted"]))
    for engine in ("openvino", "onnxruntime"):
        painted = open_stylizer(pack, (64, 64), engine, "f32").paint(
            np.full((2, 64, 64, 3), 200, np.uint8), np.array([1, 1], np.float32)
        )
        assert (painted == 200).all()


def refuses(pack: StylePack, engine: str) -> str:
    with pytest.raises(EngineError) as caught:
        stylizer = open_stylizer(pack, (64, 64), engine, "f32")
        stylizer.paint(np.zeros((2, 64, 64, 3), np.uint8), np.array([1, 0], np.float32))
    return caught.value.message


@pytest.mark.parametrize("engine", ENGINES)
def test_graph_with_a_missing_input_is_refused(tmp_path: Path, engine: str) -> None:
    refuses(pack_of(tmp_path, helper.make_node("Add", ["lit", "nowhere"], ["painted"])), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_graph_whose_shapes_do_not_fit_is_refused(tmp_path: Path, engine: str) -> None:
    wide = helper.make_tensor("wide", FLOAT, (1, 7, 1, 5), [0.0] * 35)
    refuses(pack_of(tmp_path, helper.make_node("Add", ["lit", "wide"], ["painted"]), initializers=(wide,)), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_graph_that_paints_another_size_is_refused(tmp_path: Path, engine: str) -> None:
    scales = helper.make_tensor("scales", FLOAT, (4,), [1.0, 1.0, 2.0, 2.0])
    twice = helper.make_node("Resize", ["lit", "", "scales"], ["painted"], mode="nearest")
    said = refuses(pack_of(tmp_path, twice, initializers=(scales,)), engine)
    assert engine == "torch" or "the network paints (2, 128, 128, 3)" in said  # torch knows only its own families


@pytest.mark.parametrize("engine", ENGINES)
def test_graph_that_asks_for_all_memory_is_refused(tmp_path: Path, engine: str) -> None:
    scales = helper.make_tensor("scales", FLOAT, (4,), [1.0, 1.0, 1e5, 1e5])
    huge = helper.make_node("Resize", ["lit", "", "scales"], ["painted"], mode="nearest")
    refuses(pack_of(tmp_path, huge, initializers=(scales,)), engine)
