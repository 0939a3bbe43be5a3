"""Strangers' files that are hostile, broken or no style networks: refused with the reason; nothing in them runs."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from allaprima.app.core.errors import StylePackError
from allaprima.app.core.shell import install
from allaprima.app.importing import confined, imported_pack
from allaprima.app.importing.confined import run_confined
from allaprima.app.importing.convention import Choices, NotAStyleNetwork
from allaprima.app.importing.imported_pack import Request, import_pack
from allaprima.app.importing.probe import probe
from allaprima.app.packs.onnx_scan import scan_graph

onnx = pytest.importorskip("onnx")
helper = onnx.helper
FLOAT = onnx.TensorProto.FLOAT
PICTURE = (1, 3, 64, 96)


def network(
    *nodes: object,
    inputs: dict[str, tuple[object, ...]] | None = None,
    output: tuple[object, ...] = PICTURE,
    numbers: dict[str, ArrayLike] | None = None,
    opset: int = 17,
) -> bytes:
    """An ONNX file that maps `x` to `y`."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, FLOAT, dims) for name, dims in (inputs or {"x": PICTURE}).items()],
        [helper.make_tensor_value_info("y", FLOAT, output)],
        [
            onnx.numpy_helper.from_array(np.asarray(values, np.float32), name)
            for name, values in (numbers or {}).items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    return bytes(model.SerializeToString())


def node(operator: str, inputs: str = "x", output: str = "y", **attributes: object) -> object:
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def dice(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, shape).astype(np.float32)


CLASSIFIER = network(
    node("GlobalAveragePool", output="pooled"),
    node("Flatten", "pooled", "flat"),
    node("MatMul", "flat w", "y"),
    output=(1, 10),
    numbers={"w": dice(3, 10)},
)
CONSTANT = network(node("Mul", "x zero", "dark"), node("Add", "dark grey"), numbers={"zero": 0.0, "grey": 0.5})
IDENTITY = network(node("Identity"))
SAME_ALWAYS = network(
    node("Mul", "x zero", "dark"), node("Add", "dark w"), numbers={"zero": 0.0, "w": 0.5 + dice(*PICTURE)}
)
GENERATOR = network(
    node("GlobalAveragePool", output="pooled"),
    node("Mul", "pooled w", "much"),
    node("Sigmoid", "much"),
    numbers={"w": 60 * dice(*PICTURE)},
)
TWICE = network(
    helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="nearest"),
    output=(1, 3, 128, 192),
    numbers={"scales": [1, 1, 2, 2]},
)
GREY = network(node("Conv", "x w"), output=(1, 1, 64, 96), numbers={"w": dice(1, 3, 1, 1)})
NOT_NUMBERS = network(node("Sub", "x big", "negative"), node("Log", "negative"), numbers={"big": 1e6})
TWO_PICTURES = network(node("Add", "x style"), inputs={"x": PICTURE, "style": PICTURE})
EMBEDDING = network(
    node("ReduceMean", "code", "mean", keepdims=0),
    node("Mul", "x mean"),
    inputs={"x": PICTURE, "code": (1, 1, 1, 100)},
)
NO_PICTURE = network(node("Identity"), inputs={"x": (1, 80)}, output=(1, 80))
ENORMOUS = network(node("Identity"), inputs={"x": (1, 3, 1 << 20, 1 << 20)}, output=(1, 3, 1 << 20, 1 << 20))
OLD = network(node("Sigmoid"), opset=7)
MISMATCH = network(node("Add", "x w"), numbers={"w": dice(1, 5, 7, 9)})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (CLASSIFIER, "none of its outputs may be a picture: 'y' 1x10"),
        (CONSTANT, "one flat colour"),
        (IDENTITY, "gives the picture back unchanged"),
        (SAME_ALWAYS, "does not follow what it is shown"),
        (GENERATOR, "does not follow what it is shown"),
        (TWICE, "from a picture of 96x64 it makes 1x3x128x192"),
        (GREY, "none of its outputs may be a picture"),
        (NOT_NUMBERS, "paints no numbers"),
        (TWO_PICTURES, "wants 2 pictures"),
        (EMBEDDING, "second input is 'code' 1x1x1x100"),
        (NO_PICTURE, "none of its inputs is an RGB picture: 'x' 1x80"),
        (ENORMOUS, "none of its inputs is an RGB picture"),
        (OLD, "operators of version 7"),
    ],
)
def test_what_is_no_style_network_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotAStyleNetwork, match=reason) as caught:
        probe(scan_graph(data, Path("theirs.onnx")), Choices())
    assert caught.value.hint or "makes" in caught.value.message


FOUR = network(node("Sigmoid"), inputs={"x": (4, 3, 64, 96)}, output=(4, 3, 64, 96))


def test_a_network_for_several_pictures_is_told_as_that() -> None:
    with pytest.raises(NotAStyleNetwork, match="'x' takes 4 pictures at once") as caught:
        probe(scan_graph(FOUR, Path("theirs.onnx")), Choices())
    assert "batch of 1" in caught.value.hint


class Import:
    """Imports files in a folder of its own and knows whether anything was left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps: list[str] = []

    def refused(self, data: bytes, name: str = "theirs.onnx") -> StylePackError:
        source = self.folder / name
        source.write_bytes(data)
        with pytest.raises(StylePackError) as caught:
            import_pack(Request(source, folder=self.folder / "packs" / "made"), lambda pack: None, self.steps.append)
        packs = self.folder / "packs"
        assert not packs.exists() or list(packs.iterdir()) == []
        assert caught.value.message.startswith(f"{source}: ")
        assert caught.value.hint
        return caught.value


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


def external() -> bytes:
    model = onnx.load_from_string(network(node("Add", "x w"), numbers={"w": dice(1, 3, 1, 1)}))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return bytes(model.SerializeToString())


def control_flow() -> bytes:
    body = helper.make_graph([node("Identity")], "b", [], [helper.make_tensor_value_info("y", FLOAT, PICTURE)])
    return network(helper.make_node("If", ["x"], ["y"], then_branch=body, else_branch=body))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (external, "external data"),
        (control_flow, "sub-graphs|'If' is not allowed"),
        (lambda: network(helper.make_node("PyOp", ["x"], ["y"], domain="ai.onnx.contrib")), "not allowed"),
        (lambda: network(node("Sigmoid"))[:-20], "cut short|no graph"),
        (lambda: network(node("Add", "x w"), numbers={"w": dice(1, 3, 1, 1)})[:60], "cut short"),
        (lambda: b"GIF89a" + bytes(100), "cut short|wire type|number|no graph|too many bytes"),
        (lambda: b"", "no graph"),
    ],
)
def test_hostile_or_broken_onnx_is_refused_before_any_engine(
    make: Callable[[], bytes], reason: str, importer: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    def engine(*_: object) -> dict[str, object]:
        raise AssertionError("the file reached an engine")

    monkeypatch.setattr(imported_pack, "run_confined", engine)
    error = importer.refused(make())
    assert re.search(reason, error.message), error.message


def test_how_to_write_one_file_is_told_where_a_network_lies_in_two(importer: Import) -> None:
    assert "external_data=False" in importer.refused(external()).hint


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("starry_night.t7", b"\4\0\0\0\1\0\0\0\3\0\0\0V 1\r\0\0\0nn.Sequential", "Lua Torch"),
        ("a.onnx", b"\4\0\0\0\1\0\0\0\3\0\0\0V 1", "Lua Torch"),
        ("la_muse.ckpt", b"la_muse", "a checkpoint of TensorFlow"),
        ("style.h5", b"\x89HDF\r\n\x1a\n", "Keras"),
        ("style.onnx", b"\x89HDF\r\n\x1a\n", "Keras"),
        ("style.keras", b"PK\3\4", "Keras"),
        ("graph.pb", b"\x0a\x10\x0a", "a TensorFlow graph"),
        ("style.tflite", b"\x1c\0\0\0TFL3", "TensorFlow Lite"),
        ("style.safetensors", b"\x10\0\0\0\0\0\0\0" + b'{"a":1}', "safetensors"),
        ("style.mlmodel", b"\x08\x04", "Core ML"),
        ("style.onnx", b"<!doctype html><title>404</title>", "a web page"),
        ("style.onnx", b"version https://git-lfs.github.com/spec/v1\noid sha256:", "a pointer of Git LFS"),
    ],
)
def test_a_network_of_another_program_is_called_by_its_name(
    name: str, data: bytes, kind: str, importer: Import
) -> None:
    error = importer.refused(data, name)
    assert "it is no ONNX file (and no .pth) but " in error.message and kind in error.message
    assert "wire type" not in error.message and error.hint


def test_file_larger_than_a_style_network_is_not_read(importer: Import) -> None:
    assert "larger than 64 MB" in importer.refused(bytes((64 << 20) + 1)).message


def test_graph_that_no_engine_can_run_is_refused_by_the_confined_process(importer: Import) -> None:
    assert "no engine runs it" in importer.refused(MISMATCH).message


def test_missing_file_and_taken_name_are_errors(importer: Import, tmp_path: Path) -> None:
    with pytest.raises(StylePackError, match=r"gone\.onnx: does not exist"):
        import_pack(Request(tmp_path / "gone.onnx", folder=tmp_path / "made"), lambda pack: None, print)
    (tmp_path / "made").mkdir()
    with pytest.raises(StylePackError, match="there is a pack 'made' already"):
        import_pack(Request(tmp_path / "gone.onnx", folder=tmp_path / "made"), lambda pack: None, print)
    with pytest.raises(StylePackError, match=r"cannot be called '\.\./\.\./up'"):
        import_pack(Request(tmp_path / "gone.onnx", name="../../up"), lambda pack: None, print)


# --- the confined process ---------------------------------------------------------------------------------------------


def confined_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, seconds: float = 60) -> dict[str, object]:
    (tmp_path / "stranger.py").write_text(f"import sys\nresult = sys.argv[-1]\n{code}\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return run_confined("stranger", ["argument"], tmp_path / "result.json", seconds)


def test_confined_process_answers_through_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "print('noise')\nopen(result, 'w').write('{\"told\": \"' + sys.argv[1] + '\"}')"
    assert confined_run(tmp_path, monkeypatch, code) == {"told": "argument"}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("while True: pass", "not done within"),
        ("sys.exit('no more')", "ended with code 1: no more"),
        ("print('\\x1b[2J', file=sys.stderr); sys.exit(3)", r"ended with code 3: \?\[2J"),
    ],
)
def test_confined_process_that_does_not_answer_is_an_error(
    code: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotAStyleNetwork, match=reason):
        confined_run(tmp_path, monkeypatch, code, 2 if "while" in code else 60)


@pytest.mark.skipif(sys.platform != "linux", reason="Windows has no such limit of memory, macOS does not hold it")
def test_confined_process_cannot_take_all_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "MEMORY", 1 << 30)
    with pytest.raises(NotAStyleNetwork, match="MemoryError"):
        confined_run(tmp_path, monkeypatch, "everything = bytearray(2 << 30)")


# --- pickles ----------------------------------------------------------------------------------------------------------


class Payload:
    """Unpickled with care for nothing, it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (self.marker,)


def convert(source: Path) -> str:
    """What the converter says of a file, in this very process."""
    module = pytest.importorskip("allaprima.models.networks.johnson_pth", reason='pip install -e ".[train]"')
    module.main([str(source), str(source.with_suffix(".onnx")), str(source.with_suffix(".json"))])
    found: dict[str, str] = json.loads(source.with_suffix(".json").read_text())
    return found.get("error", "")


@pytest.mark.parametrize("zipped", [True, False])
def test_payload_in_a_pickle_does_not_run(zipped: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason='pip install -e ".[train]"')
    marker, source = tmp_path / "it-ran", tmp_path / "theirs.pth"
    torch.save({"conv1.conv2d.weight": Payload(marker)}, source, _use_new_zipfile_serialization=zipped)
    assert "would run code" in convert(source)
    assert not marker.exists()
    torch.load(source, weights_only=False)
    assert marker.exists(), "the payload would have worked"


@pytest.mark.slow
def test_bare_pickle_is_refused_from_end_to_end(importer: Import, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason='pip install -e ".[train]"')
    error = importer.refused(pickle.dumps(Payload(tmp_path / "it-ran"), protocol=2), "theirs.pth")
    assert not (tmp_path / "it-ran").exists()
    assert importer.steps == ["reading the PyTorch file"]
    assert "cannot be imported" in error.message


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
        archive.writestr("archive/data/0", bytes(65 << 20))
    assert len(buffer.getvalue()) < 1 << 20
    return buffer.getvalue()


def saved(held: object) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(held, buffer)
    return buffer.getvalue()


def tensors(**shapes: tuple[int, ...]) -> dict[str, object]:
    import torch

    return {name.replace("__", "."): torch.zeros(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (bomb, "unpacked it would be larger than 64 MB"),
        (lambda: saved({"a": [1, 2]}), "no state dict"),
        (
            lambda: saved(tensors(features=(3, 3))),
            "not of the fast_neural_style example: its tensors are called features",
        ),
        (lambda: saved(tensors(conv1__conv2d__weight=(3, 3, 1, 1))), "not of the fast_neural_style example"),
        (
            lambda: saved(tensors(**{f"conv{n}__conv2d__weight": (2000, 3, 1, 1) for n in (1, 2, 3)})),
            "absurdly large",
        ),
        (
            lambda: saved(tensors(**{f"conv{n}__conv2d__weight": (8, 3, 9, 9) for n in (1, 2, 3)})),
            "nearly, but not",
        ),
        (lambda: saved(tensors(features=(3, 3)))[:300], "damaged"),
        (lambda: b"PK\x03\x04" + bytes(64), "damaged"),
    ],
)
def test_pth_that_is_no_style_network_is_refused(make: Callable[[], bytes], reason: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason='pip install -e ".[train]"')
    source = tmp_path / "theirs.pth"
    source.write_bytes(make())
    assert reason in convert(source)


def test_unsafe_torch_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason='pip install -e ".[train]"')
    source = tmp_path / "theirs.pth"
    source.write_bytes(saved({}))
    monkeypatch.setattr(torch, "__version__", "2.9.1")
    assert "torch 2.9.1 does not read strangers' files safely" in convert(source)


def test_pth_without_torch_says_what_to_install(importer: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported_pack.importlib.util, "find_spec", lambda name: None)
    error = importer.refused(b"PK\x03\x04" + bytes(64), "theirs.pth")
    assert "not installed" in error.message
    assert error.hint == install("train")
