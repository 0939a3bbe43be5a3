"""Writes one picture to one file."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import RecordingError, SettingsError
from allaprima.app.core.files import write_file
from allaprima.app.core.frame import Pixels

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")


def write_picture(path: Path, rgb: Pixels, quality: int = 95, alpha: NDArray[np.uint8] | None = None) -> None:
    """Write `rgb` (H, W, 3) uint8, row 0 at the top, as PNG or JPEG (of `quality` 0..100) by `path`'s suffix; makes the
    folder. `alpha` (H, W) uint8 is its opacity, which JPEG shows on white.

    Raises `SettingsError` for another suffix, `RecordingError` if it cannot be written; an existing file then stays
    as it was.
    """
    suffix = path.suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        raise SettingsError(
            f"{path}: pictures are not written as '{path.suffix}'", f"name it {path.with_suffix('.png').name}"
        )
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
        raise ValueError(f"a picture is (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}")
    pixels = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    if alpha is not None and suffix == ".png":
        pixels = np.dstack((pixels, alpha))
    elif alpha is not None:
        share = alpha[..., None].astype(np.float32) / 255
        pixels = (pixels * share + 255 * (1 - share) + 0.5).astype(np.uint8)
    parameters = (cv2.IMWRITE_PNG_COMPRESSION, 3) if suffix == ".png" else (cv2.IMWRITE_JPEG_QUALITY, quality)
    try:  # not imwrite: it refuses names outside Windows' code page, and gives no reason when it fails
        done, encoded = cv2.imencode(suffix, pixels, parameters)
    except cv2.error as error:
        raise RecordingError(f"{path}: {rgb.shape[1]}x{rgb.shape[0]} cannot be encoded: {error.err}") from error
    if not done:
        raise RecordingError(f"{path}: {rgb.shape[1]}x{rgb.shape[0]} cannot be encoded", "try .png")
    write_file(path, encoded.tobytes())
