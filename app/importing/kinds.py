"""Recognises files other than ONNX, networks of other programs, by their first bytes or their names."""

from pathlib import Path

_BEGINNINGS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89HDF\r\n\x1a\n", "a Keras network in HDF5"),
    (4, b"TFL3", "a TensorFlow Lite network"),
    (8, b'{"', "weights in safetensors, without the network that they belong to"),
    (0, b"\x04\0\0\0\x01\0\0\0", "a network of Lua Torch"),
    (0, b"\x93NUMPY", "an array of numpy"),
    (0, b"\x1f\x8b", "a compressed archive"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
)
_SUFFIXES = {
    ".t7": "a network of Lua Torch",
    ".ckpt": "a checkpoint of TensorFlow or PyTorch Lightning",
    ".h5": "a Keras network in HDF5",
    ".hdf5": "a Keras network in HDF5",
    ".keras": "a Keras network",
    ".pb": "a TensorFlow graph",
    ".tflite": "a TensorFlow Lite network",
    ".safetensors": "weights in safetensors, without the network that they belong to",
    ".caffemodel": "a network of Caffe",
    ".prototxt": "a network of Caffe",
    ".mlmodel": "a Core ML network",
    ".model": "a network of Chainer",
    ".npz": "arrays of numpy",
}
_HINT = "export it to ONNX where it was trained: torch.onnx.export(...), tf2onnx for TensorFlow and Keras"
_HINTS = {
    "a web page": "download the file itself",
    "a compressed archive": "unpack it first",
    "a pointer of Git LFS, not the file itself": "git lfs pull",
}


def other_kind(data: bytes, path: Path) -> tuple[str, str] | None:
    """The kind of a file that is not ONNX, and a hint; None if it may be ONNX."""
    for at, beginning, kind in _BEGINNINGS:
        if data[at : at + len(beginning)].lower() == beginning.lower():
            return kind, _HINTS.get(kind, _HINT)
    suffix = path.suffix.lower()
    if data.startswith(b"PK") and suffix not in (".keras", ".npz"):  # PyTorch's archives have many names
        return None
    return (_SUFFIXES[suffix], _HINT) if suffix in _SUFFIXES else None
