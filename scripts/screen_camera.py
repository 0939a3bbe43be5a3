"""A camera for a machine without any: it films a virtual screen, Xvfb's frame buffer, askew, as MJPEG on localhost.

    python scripts/screen_camera.py [--late 120] [--fps 20] -- COMMAND ...

starts Xvfb and COMMAND on it, with `{camera}` replaced by the camera's URL. Pictures are sent `--late` milliseconds
after they were taken; how old they really were is told at the end.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from mjpeg_streams import MjpegStreams
from numpy.typing import NDArray
from virtual_display import virtual_display

WIDTH, HEIGHT = 640, 480
SEEN = ((45, 70), (600, 35), (585, 400), (70, 425))
"""Where the corners of the filmed part of the screen lie in the camera's picture: it stands a little aslant."""


class ScreenCamera(MjpegStreams):
    """Serves `/0`: what `xwd` shows, an XWD file that is written to while it is read (`virtual_display`)."""

    def __init__(self, xwd: Path, part: tuple[int, int] = (1280, 720), fps: float = 30.0, late_s: float = 0.0) -> None:
        """`part` (width, height) of the screen, from its top left corner, is filmed. Pictures are sent `late_s` after
        they were taken.
        """
        header = np.fromfile(xwd, ">u4", 25)
        length, width, height, row = int(header[0]), int(header[4]), int(header[5]), int(header[12])
        start = length + 12 * int(header[19])  # the colours' table
        self._screen = np.memmap(xwd, np.uint8, "r", start, (height, row))[:, : width * 4].reshape(height, width, 4)
        self._part = part
        corners = np.array(((0, 0), (part[0], 0), part, (0, part[1])), np.float32)
        self._to_camera = cv2.getPerspectiveTransform(corners, np.array(SEEN, np.float32))
        self._late_s = late_s
        self._kept: deque[tuple[float, bytes]] = deque()
        self.ages_ms: list[float] = []
        """How old each picture was when it was sent."""
        super().__init__((WIDTH, HEIGHT), fps, loop=1)

    def picture(self, camera: int, number: int) -> bytes | None:
        taken = time.perf_counter()
        self._kept.append((taken, cv2.imencode(".jpg", self._filmed())[1].tobytes()))
        taken, picture = self._kept[0]
        wait_s = taken + self._late_s - time.perf_counter()
        if wait_s > 1 / self.fps:
            return None
        self._kept.popleft()
        time.sleep(max(0.0, wait_s))
        self.ages_ms.append(1e3 * (time.perf_counter() - taken))
        return picture

    def _filmed(self) -> NDArray[np.uint8]:
        width, height = self._part
        seen = self._screen[:height, :width, :3]
        picture = cv2.warpPerspective(np.ascontiguousarray(seen), self._to_camera, (WIDTH, HEIGHT))
        return cv2.GaussianBlur(picture, (0, 0), 0.7)  # type: ignore[return-value]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--late", type=float, default=0.0, metavar="MS")
    parser.add_argument("--fps", type=float, default=30.0, metavar="HZ")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, virtual_display(screen=Path(folder)) as display:
        if not display:
            print("no Xvfb: apt install xvfb", file=sys.stderr)
            return 1
        with ScreenCamera(Path(folder) / "Xvfb_screen0", fps=args.fps, late_s=args.late / 1e3) as camera:
            command = [word.replace("{camera}", camera.url(0)) for word in args.command]
            code = subprocess.run(command, env={**os.environ, **display}, check=False).returncode
            if camera.ages_ms:
                age_ms = median(camera.ages_ms)
                print(f"the camera's pictures were {age_ms:.1f} ms old when it sent them", file=sys.stderr)
            return code


if __name__ == "__main__":
    sys.exit(main())
