"""Reads one picture file into the program's pixel layout, and refuses what is none."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
LONGEST_SIDE = 16_384
MOST_PIXELS = 100_000_000


def check_size(width: int, height: int, path: Path) -> None:
    """Raises `RecordingError` for sizes that no camera makes and no machine here could paint."""
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS):
        raise RecordingError(
            f"{path} says it is {width}x{height}, an absurd size",
            f"at most {LONGEST_SIDE} pixels a side and {MOST_PIXELS // 1_000_000} megapixels: scale it down first",
        )


def read_picture(path: Path) -> Pixels:
    """(H, W, 3) RGB uint8, read-only; grey becomes three equal channels, 16 bit becomes 8, alpha is dropped.

    Raises `RecordingError` when the file is missing, empty, no picture, damaged or absurdly large; the size in a PNG,
    JPEG or BMP header is checked before anything is decoded.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(
            f"cannot read {path}: {error.strerror or error}", "check the path and its permissions"
        ) from error
    if not data:
        raise RecordingError(f"{path} is empty (0 bytes)", "copy it again or remove it from the recording")
    claimed = _claimed_size(data)
    if claimed is not None:
        check_size(*claimed, path)
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        decoded = None
    if decoded is None:
        raise RecordingError(
            f"{path} is not a picture or is damaged", "open it in a picture viewer; PNG and JPEG are safe choices"
        )
    pixels = np.asarray(decoded, np.uint8)
    check_size(pixels.shape[1], pixels.shape[0], path)
    pixels.flags.writeable = False
    return pixels


def _claimed_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) from the header of a PNG, BMP or JPEG; None for others."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith(b"BM") and len(data) >= 26:
        width, height = struct.unpack("<ii", data[18:26])
        return abs(width), abs(height)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walks the markers up to the first start of frame."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 1 if marker == 0xFF else 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None
