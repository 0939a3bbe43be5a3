"""Finds what ONNX Runtime lacks for a GPU of NVIDIA: ONNX Runtime itself silently falls back to the processor.

Sources: ONNX Runtime's pages on its CUDA and TensorRT execution providers.
"""

import contextlib
import ctypes
import importlib.util
import sys
from collections.abc import Collection, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from allaprima.app.core.shell import install, pip

PROVIDERS = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}
"""ONNX Runtime's provider names by our device names."""

PACKAGES = ("onnxruntime", "onnxruntime-gpu")
"""Packages with the same files; only one of them may be installed."""


def missing(device: str, available: Collection[str], cuda: str) -> tuple[str, str] | None:
    """The reason why ONNX Runtime cannot use `device` ("cuda" or "tensorrt"), and the command that repairs it; None if
    no reason is found.

    `available` are the providers it was built with, `cuda` the CUDA version it was built for, empty if none.
    """
    if PROVIDERS[device] not in available:
        return conflict() or (
            f"the onnxruntime that is installed has no {PROVIDERS[device]}: onnxruntime-gpu has",
            f"{pip()} uninstall -y onnxruntime && {install('gpu')}",
        )
    for library, remedy in _needed(device, cuda.partition(".")[0] or "12"):
        try:
            ctypes.CDLL(library)
        except OSError as error:
            return f"{library} cannot be loaded: {error}", remedy
    return None


def conflict() -> tuple[str, str] | None:
    """The fault and its repair if both of ONNX Runtime's packages are installed; else None."""
    if not all(map(_installed, PACKAGES)):
        return None
    both = "onnxruntime and onnxruntime-gpu are both installed, and one has overwritten the other"
    return both, f"{pip()} uninstall -y {' '.join(PACKAGES)} && {install('gpu')}"


def load_tensorrt() -> int:
    """Load TensorRT from pip's folder, which the loader does not search; returns its version, 0 if not installed."""
    place = importlib.util.find_spec("tensorrt_libs")
    folders = [Path(folder) for folder in (place.submodule_search_locations if place else None) or ()]
    inference, *_ = (_loaded(_file(name, "10"), folders) for name in ("nvinfer", "nvinfer_plugin", "nvonnxparser"))
    return int(inference.getInferLibVersion()) if inference else 0


def _loaded(file: str, folders: Collection[Path]) -> ctypes.CDLL | None:
    """Load a library from the first of the folders that has it, else from the system's folders."""
    for path in (*(str(folder / file) for folder in folders), file):
        with contextlib.suppress(OSError):
            return ctypes.CDLL(path)
    return None


def _needed(device: str, major: str) -> Iterator[tuple[str, str]]:
    """Libraries, each after those that it needs, and the packages that contain them."""
    driver = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    yield driver, "install NVIDIA's driver: nvidia-smi then lists the GPU"
    for name, version in (("cudart", major), ("cublas", major), ("cudnn", "9")):
        yield _file(name, version), f'{pip()} install "onnxruntime-gpu[cuda,cudnn]"'
    if device == "tensorrt":
        yield _file("nvinfer", "10"), f"{pip()} install tensorrt-cu{major}"


def _file(name: str, version: str) -> str:
    if sys.platform != "win32":
        return f"lib{name}.so.{version}"
    return f"{name}_{version}.dll" if name.startswith("nv") else f"{name}64_{version}.dll"


def _installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True
