"""Cameras for a machine without any: numbered test cards as MJPEG over HTTP, on localhost only.

As cheap network cameras and phones serve it (multipart/x-mixed-replace). `scripts/camera_report.py` and the tests read
it with OpenCV's own backend, as they would a real one.
"""

import threading
import time
from collections.abc import Sequence
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import cv2

from allaprima.app.sources.cameras.simulated import draw_card

LOOP = 256
"""Frames are numbered from 0 and begin again after so many."""


@cache
def jpegs(camera: int, size: tuple[int, int]) -> list[bytes]:
    """The loop of one camera (0 or 1), encoded."""
    cards = (draw_card(camera, number, size)[..., ::-1] for number in range(LOOP))
    return [cv2.imencode(".jpg", card)[1].tobytes() for card in cards]


class MjpegStreams:
    """Serves `/0` and `/1` from a free port of localhost. Every reader of a camera sees the same moments."""

    def __init__(
        self,
        size: tuple[int, int] = (320, 240),
        fps: float = 30.0,
        phase_s: float = 0.0,
        loop: int = LOOP,
        pictures: tuple[Sequence[bytes], Sequence[bytes]] | None = None,
    ):
        """`phase_s` seconds lie between the left camera's moments and the right one's. `pictures` are what the left and
        the right camera see instead of test cards, as JPEG files.
        """
        self.fps, self.phase_s = fps, phase_s
        self.unplugged: set[int] = set()
        """Cameras that are gone: their streams end, and refuse to begin."""
        self.frozen: set[int] = set()
        """Cameras that send the same picture again and again."""
        self.silent: set[int] = set()
        """Cameras that stay connected and send nothing."""
        self._pictures = pictures or (jpegs(0, size)[:loop], jpegs(1, size)[:loop])
        self._stop = threading.Event()
        self._start = time.perf_counter()
        streams = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                streams._serve(self)

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="mjpeg-server")
        self._thread.start()

    def url(self, camera: int) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{camera}"

    @property
    def source(self) -> str:
        """For `--source`."""
        return f"cameras:{self.url(0)},{self.url(1)}"

    def picture(self, camera: int, number: int) -> bytes | None:
        """The JPEG to send at that moment, None for none. Called at it, from the server's threads."""
        return self._pictures[camera][number % len(self._pictures[camera])]

    def close(self) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        name = request.path.strip("/")
        if name not in ("0", "1") or int(name) in self.unplugged:
            request.send_error(404)
            return
        camera = int(name)
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        request.end_headers()
        try:
            while not self._stop.is_set() and camera not in self.unplugged:
                number = self._wait_for_next(camera)
                if camera in self.silent:
                    continue
                picture = self.picture(camera, 0 if camera in self.frozen else number)
                if picture is None:
                    continue
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                request.wfile.write(head.encode() + picture + b"\r\n")
        except OSError:
            pass  # the reader has gone

    def _wait_for_next(self, camera: int) -> int:
        """Sleeps until the camera's next moment; its number."""
        since = time.perf_counter() - self._start - camera * self.phase_s
        number = int(since * self.fps) + 1
        self._stop.wait(number / self.fps - since)
        return number
