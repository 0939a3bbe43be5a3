"""What Monado's window shows, read from the X server that it is on."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np

from allaprima.app.core.frame import Pixels


def screen() -> Pixels:
    """(H, W, 3) RGB of the whole screen, row 0 at the top: Xvfb keeps it in a file, in X's own XWD format."""
    data = Path(os.environ["ALLAPRIMA_SCREEN"]).read_bytes()
    header = struct.unpack_from(">25I", data)
    size, width, height, stride, colours = header[0], header[4], header[5], header[12], header[19]
    assert header[11] == 32 and header[7] == 0, "the screen has not 32 bits a pixel, the least first"
    start = size + 12 * colours
    rows = np.frombuffer(data, np.uint8, stride * height, start).reshape(height, stride)[:, : 4 * width]
    return np.ascontiguousarray(rows.reshape(height, width, 4)[..., 2::-1])
