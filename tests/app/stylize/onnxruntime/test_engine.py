"""ONNX Runtime: bound memory, and no GPU that is left out without a word."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from allaprima.app.core.errors import EngineError
from allaprima.app.core.shell import install, pip
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.onnxruntime import nvidia
from allaprima.app.stylize.onnxruntime.graph import style_graph

ort = pytest.importorskip("onnxruntime")

SIZE = (96, 64)
EVERYWHERE = {
    "Add", "Cast", "Concat", "Conv", "DepthToSpace", "Div", "Floor", "FusedConv", "Gather", "Gemm", "MatMul", "Max",
    "Min", "Mul", "Pad", "ReduceMean", "Relu", "Reshape", "Resize", "Sigmoid", "Slice", "Sqrt", "Squeeze", "Sub",
    "Transpose", "Unsqueeze",
}  # fmt: skip
"""Operators that ONNX Runtime's CUDA provider has (docs/OperatorKernels.md of that project), and used here."""


@pytest.fixture(scope="module")
def pack(tiny_pack: Path) -> StylePack:
    return load_pack(tiny_pack)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (2, SIZE[1], SIZE[0], 3), np.uint8)


def one(row: int) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[row]


# --- bound memory ---


def test_bytes_through_bound_memory_are_the_pixels_of_floats_through_a_plain_session(pack: StylePack) -> None:
    session = ort.InferenceSession(pack.read_network().data, providers=["CPUExecutionProvider"])
    stylizer = open_stylizer(pack, SIZE, "onnxruntime", device="cpu")
    for row in range(4):
        floats = (noise(row) / np.float32(255)).astype(np.float32).transpose(0, 3, 1, 2)
        painted = session.run(["painted"], {"frames": floats, "style": one(row)[None]})[0]
        expected = np.clip(np.rint(painted * 255), 0, 255).astype(int).transpose(0, 2, 3, 1)
        difference = np.abs(stylizer.paint(noise(row), one(row)).astype(int) - expected)
        assert difference.max() <= 1 and (difference > 0).mean() < 0.01  # sums in another order, and an epsilon


def test_a_pair_allocates_the_picture_it_gives_out_and_nothing_else(pack: StylePack) -> None:
    stylizer, frames, weights = open_stylizer(pack, SIZE, "onnxruntime", device="cpu"), noise(), one(1)
    stylizer.paint(frames, weights)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        painted = stylizer.paint(frames, weights)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert painted.nbytes <= peak < painted.nbytes + 4000


# --- what a GPU is given ---


def test_graph_for_a_gpu_has_neither_norms_nor_arithmetic_on_shapes_that_only_a_processor_does(
    pack: StylePack, tmp_path: Path
) -> None:
    onnx = pytest.importorskip("onnx")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC  # before processors' own layouts
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    ort.InferenceSession(style_graph(pack.read_network(), SIZE), options, ["CPUExecutionProvider"])
    graph = onnx.load(tmp_path / "optimized.onnx").graph
    assert {node.op_type for node in graph.node} <= EVERYWHERE
    assert [value.name for value in (*graph.input, *graph.output)] == ["frames", "style", "painted"]


# --- no silent fall-back ---


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_the_build_for_processors_says_so_and_what_to_type(pack: StylePack, device: str) -> None:
    if nvidia.PROVIDERS[device] in ort.get_available_providers():
        pytest.skip("this onnxruntime is built for GPUs")
    with pytest.raises(EngineError, match=f"has no {nvidia.PROVIDERS[device]}: onnxruntime-gpu has") as caught:
        open_stylizer(pack, SIZE, "onnxruntime", device=device)
    assert install("gpu") in caught.value.hint and "--device cpu" in caught.value.hint


def test_onnxruntime_itself_would_take_the_processor_where_it_is_let(pack: StylePack) -> None:
    """What is guarded against, as it really is: a warning, and a session on the processor."""
    if "CUDAExecutionProvider" in ort.get_available_providers():
        pytest.skip("this onnxruntime is built for GPUs")
    with pytest.warns(UserWarning, match="not in available provider names"):
        session = ort.InferenceSession(pack.read_network().data, providers=["CUDAExecutionProvider"])
    assert session.get_providers() == ["CPUExecutionProvider"]


@pytest.fixture
def built_for_gpus(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """An onnxruntime that names the GPU providers as its own, as onnxruntime-gpu does on any computer. Holds what
    sessions are asked for; they are made on the processor.
    """
    from allaprima.app.stylize.onnxruntime import engine

    asked: list[object] = []
    real = ort.InferenceSession

    def session(data: bytes, options: object, providers: list, **more: object) -> object:
        asked.append(SimpleNamespace(options=options, providers=providers, **more))
        return real(data, ort.SessionOptions(), ["CPUExecutionProvider"])

    monkeypatch.setattr(ort, "get_available_providers", lambda: [*nvidia.PROVIDERS.values(), "CPUExecutionProvider"])
    monkeypatch.setattr(engine.ort, "InferenceSession", session)
    yield asked


@pytest.mark.parametrize("device", ["auto", "cuda", "tensorrt"])
def test_a_session_that_dropped_the_gpu_is_refused(
    pack: StylePack, built_for_gpus: list, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvidia, "missing", lambda *_: None)
    with pytest.raises(EngineError, match="it took CPUExecutionProvider instead") as caught:
        open_stylizer(pack, SIZE, "onnxruntime", device=device)
    assert "nvidia-smi" in caught.value.hint
    (asked,) = built_for_gpus
    assert asked.enable_fallback == 0
    assert asked.options.get_session_config_entry("session.disable_cpu_ep_fallback") == "1"
    assert "CPUExecutionProvider" not in dict(asked.providers)


def test_the_library_that_is_missing_is_named(
    pack: StylePack, built_for_gpus: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {"libcuda.so.1", "libcudart.so.12", "nvcuda.dll", "cudart64_12.dll"}

    def load(name: str) -> object:
        if name not in there:
            raise OSError(f"{name}: cannot open shared object file")
        return object()

    monkeypatch.setattr(nvidia.ctypes, "CDLL", load)
    with pytest.raises(EngineError, match=r"cublas\S* cannot be loaded") as caught:
        open_stylizer(pack, SIZE, "onnxruntime", device="cuda")
    assert caught.value.hint.startswith(f'{pip()} install "onnxruntime-gpu[cuda,cudnn]"')


def test_two_packages_in_one_folder_are_both_to_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvidia, "_installed", lambda name: True)
    why, remedy = nvidia.missing("cuda", ["CPUExecutionProvider"], "") or ("", "")
    assert "overwritten" in why and "pip uninstall -y onnxruntime onnxruntime-gpu" in remedy


def test_tensorrt_keeps_its_engines_by_network_and_precision(
    pack: StylePack, built_for_gpus: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLAPRIMA_COMPILED", str(tmp_path / "compiled"))
    for precision in ("f32", "f16"):
        with pytest.raises(EngineError):
            open_stylizer(pack, SIZE, "onnxruntime", precision, device="tensorrt")
    plain, half = (dict(asked.providers)["TensorrtExecutionProvider"] for asked in built_for_gpus)
    assert (plain["trt_fp16_enable"], half["trt_fp16_enable"]) == (False, True)
    assert plain["trt_engine_cache_enable"] and plain["trt_engine_cache_path"] != half["trt_engine_cache_path"]
    assert Path(half["trt_engine_cache_path"]).is_relative_to(tmp_path / "compiled")


@pytest.mark.parametrize(("device", "precision"), [("cpu", "f16"), ("cuda", "bf16"), ("tensorrt", "bf16")])
def test_precision_that_a_device_does_not_run_is_refused(pack: StylePack, device: str, precision: str) -> None:
    with pytest.raises(EngineError, match=f"not {precision}"):
        open_stylizer(pack, SIZE, "onnxruntime", precision, device=device)


# --- which engine paints on what ---


def test_engine_that_does_not_paint_on_the_device_names_those_that_do(pack: StylePack) -> None:
    with pytest.raises(EngineError, match="openvino does not paint on cuda") as caught:
        open_stylizer(pack, SIZE, "openvino", device="cuda")
    assert caught.value.hint == "choose --engine onnxruntime or torch"
    with pytest.raises(EngineError, match="no device 'gpu'"):
        open_stylizer(pack, SIZE, device="gpu")


def test_any_engine_that_paints_on_the_device_will_do(pack: StylePack) -> None:
    assert open_stylizer(pack, SIZE, device="cpu").engine == "openvino"
    if "CUDAExecutionProvider" in ort.get_available_providers():
        pytest.skip("this onnxruntime is built for GPUs")
    with pytest.raises(EngineError) as caught:
        open_stylizer(pack, SIZE, device="tensorrt")
    assert "openvino" not in caught.value.message and "torch" not in caught.value.message


def test_torch_paints_where_it_is_told_to(pack: StylePack) -> None:
    torch = pytest.importorskip("torch")
    assert open_stylizer(pack, SIZE, "torch", device="cpu").device == "CPU"
    if torch.cuda.is_available():
        pytest.skip("there is CUDA here")
    with pytest.raises(EngineError, match="finds no CUDA GPU") as caught:
        open_stylizer(pack, SIZE, "torch", device="cuda")
    assert "--device cpu" in caught.value.hint
