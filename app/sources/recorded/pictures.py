"""Reads one picture file into the program's pixel layout, and refuses other files."""

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels
from allaprima.app.core.picture_header import claimed_size
from allaprima.app.core.quiet import libraries_quiet
from allaprima.app.core.reading import Unreadable, read_bytes
from allaprima.app.core.shell import looking, scaling

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
LARGEST_FILE = 1 << 29
"""Bytes."""
LONGEST_SIDE = 16_384
MOST_PIXELS = 100_000_000

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # our own errors are clearer


def check_size(width: int, height: int, path: Path) -> None:
    """Raises `RecordingError` for sizes that no camera has and no machine could paint."""
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS):
        raise RecordingError(
            f"{path} says it is {width}x{height}, an absurd size",
            f"{LONGEST_SIDE} pixels a side, {MOST_PIXELS // 1_000_000} megapixels at most: {scaling(path, (4096, -1))}",
        )


def read_picture(path: Path) -> Pixels:
    """(H, W, 3) RGB uint8, read-only; grey becomes three equal channels, 16 bit becomes 8, alpha is dropped.

    Raises `RecordingError` when the file is missing, no regular file, empty, no picture, damaged or absurdly large; the
    size in its header is checked before anything is decoded.
    """
    try:
        data = read_bytes(path, LARGEST_FILE)
    except Unreadable as error:
        raise RecordingError(f"{path} {error}", looking(path)) from error
    if not data:
        raise RecordingError(f"{path} is empty (0 bytes)", "copy it again, or leave it out")
    decoded = None
    if claimed := claimed_size(data):
        check_size(*claimed, path)
        with suppress(cv2.error), libraries_quiet():
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if decoded is None:
        raise RecordingError(
            f"{path} is not a picture or is damaged", "open it in a picture viewer; PNG and JPEG are safe choices"
        )
    pixels = np.asarray(decoded, np.uint8)
    check_size(pixels.shape[1], pixels.shape[0], path)
    pixels.flags.writeable = False
    return pixels
