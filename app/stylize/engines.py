"""Chooses the engine: the named one, or the first that works."""

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from allaprima.app.core.errors import EngineError
from allaprima.app.core.shell import install, pip
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.batch import check_size
from allaprima.app.stylize.stylizer import Stylizer

ENGINES = ("openvino", "onnxruntime", "torch")
"""Engines in the order in which "auto" tries them."""

DEVICES = ("auto", "cpu", "cuda", "tensorrt")
"""Devices of the engines; "auto" is the engine's own choice."""

PAINTS_ON = {"openvino": ("cpu",), "onnxruntime": ("cpu", "cuda", "tensorrt"), "torch": ("cpu", "cuda")}
"""Devices by engine."""

Graph = Callable[[Mapping[str, NDArray[Any]]], dict[str, NDArray[Any]]]
"""A loaded ONNX graph: maps inputs by name to outputs by name. Raises `EngineError`."""

_EXTRAS = {"onnxruntime": "onnx", "torch": "train"}


def installing(engine: str) -> str:
    """The command that installs an engine's library."""
    return install(_EXTRAS[engine]) if engine in _EXTRAS else f"{pip()} install {engine}"


def open_stylizer(
    pack: StylePack,
    size: tuple[int, int],
    engine: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    device: str = "auto",
) -> Stylizer:
    """A pack's network, loaded for pictures of `size` (width, height; multiples of 8).

    Raises `EngineError` with the reason of each engine that failed, `StylePackError` if the network is not the one that
    the card describes, or may not be used in `precision`.
    """
    if engine != "auto" and engine not in ENGINES:
        raise EngineError(f"no engine {engine!r}", f"choose auto, {', '.join(ENGINES)}")
    if device not in DEVICES:
        raise EngineError(f"no device {device!r}", f"choose {', '.join(DEVICES)}")
    check_size(size)
    failures: list[str] = []
    hint = ""
    for name in _candidates(precision, device) if engine == "auto" else (engine,):
        try:
            return _open(name, pack, size, precision, threads, device)
        except ImportError as error:
            failures.append(f"{name} cannot be imported ({error})")
            hint = hint or installing(name)
        except EngineError as error:
            failures.append(error.message)
            hint = hint or error.hint
    raise EngineError("; ".join(failures), hint)


def _candidates(precision: str, device: str) -> list[str]:
    """The engines that support the request: errors of the others would hide the relevant ones."""
    able = [name for name in ENGINES if device in ("auto", *PAINTS_ON[name])]
    return [name for name in able if name == "openvino"] or able if precision == "int8" else able


def open_graph(data: bytes, engine: str = "auto") -> Graph:
    """Any scanned ONNX graph, loaded in float32 in the first engine that takes it, or in "openvino" or "onnxruntime".

    Raises `EngineError`.
    """
    failures: list[str] = []
    for name in ("openvino", "onnxruntime") if engine == "auto" else (engine,):
        try:
            return _open_graph(name, data)
        except ImportError as error:
            failures.append(f"{name} cannot be imported ({error})")
        except EngineError as error:
            failures.append(error.message)
    raise EngineError("; ".join(failures), installing("onnxruntime"))


def _open_graph(engine: str, data: bytes) -> Graph:
    if engine == "openvino":
        from allaprima.app.stylize.openvino import engine as openvino_engine

        return openvino_engine.open_graph(data)
    from allaprima.app.stylize.onnxruntime import engine as onnxruntime_engine

    return onnxruntime_engine.open_graph(data)


def _open(
    engine: str, pack: StylePack, size: tuple[int, int], precision: str, threads: int | None, device: str
) -> Stylizer:
    """Imports an engine's module only when it is wanted: torch alone takes seconds."""
    if device != "auto" and device not in PAINTS_ON[engine]:
        able = [name for name, devices in PAINTS_ON.items() if device in devices]
        raise EngineError(f"{engine} does not paint on {device}", f"choose --engine {' or '.join(able)}")
    if engine == "openvino":
        from allaprima.app.stylize.openvino.engine import OpenVinoStylizer

        return OpenVinoStylizer(pack, size, precision, threads)
    if engine == "onnxruntime":
        from allaprima.app.stylize.onnxruntime.engine import OnnxRuntimeStylizer

        return OnnxRuntimeStylizer(pack, size, precision, threads, device)
    from allaprima.app.stylize.torch import device as torch_device
    from allaprima.app.stylize.torch.engine import TorchStylizer

    return TorchStylizer(pack, size, precision, threads, torch_device.device(device))
