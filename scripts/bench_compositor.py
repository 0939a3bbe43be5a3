"""Milliseconds a frame of the compositor: upload a pair, draw both eyes with the HUD, submit.

python scripts/bench_compositor.py --frames 200 --json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

import numpy as np


def size(text: str) -> tuple[int, int]:
    """'640x480' as (640, 480)."""
    width, height = text.lower().split("x")
    return int(width), int(height)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100, help="frames to measure (default 100)")
    parser.add_argument("--eye", type=size, default=(640, 720), metavar="WxH", help="pixels of each eye (640x720)")
    parser.add_argument("--picture", type=size, default=(640, 480), metavar="WxH", help="painted picture (640x480)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()

    from allaprima.app.compositor.compositor import Compositor
    from allaprima.app.compositor.context import SurfacelessContext
    from allaprima.app.compositor.gl import GL
    from allaprima.app.compositor.hud import Hud
    from allaprima.app.core.clock import FakeClock
    from allaprima.app.core.view import FieldOfView, StereoRig
    from allaprima.app.headset.simulated import SimulatedHeadset

    with SurfacelessContext() as context:
        print(context.description, file=sys.stderr)
        headset = SimulatedHeadset(FakeClock(), eye_size=args.eye)  # never waits
        width, height = args.picture
        compositor = Compositor(StereoRig.parallel(FieldOfView.symmetric(95, width / height), 0.063))
        hud = Hud()
        hud.set_status("The Starry Night", ["24.8 pairs/s  ·  37 ms", "OpenVINO bf16"])
        painted = np.random.default_rng(0).integers(0, 255, (2, height, width, 3), np.uint8)
        out = np.empty((args.eye[1], args.eye[0], 3), np.uint8)
        frame = headset.wait_frame()
        head_at_capture = headset.pose_at(0)

        def upload() -> None:
            compositor.upload(painted, None)

        def views() -> None:
            for eye in (0, 1):
                framebuffer = headset.eye_framebuffer(eye)
                compositor.draw_eye(eye, framebuffer, args.eye, frame.views[eye], frame.head, head_at_capture)

        def status() -> None:
            for eye in (0, 1):
                hud.draw_eye(headset.eye_framebuffer(eye), args.eye, frame.views[eye], 0)

        def whole() -> None:
            nonlocal frame
            frame = headset.wait_frame()
            upload()
            views()
            status()
            headset.submit(frame)

        def read() -> None:
            for eye in (0, 1):
                headset.read_eye(eye, out)

        measured = {
            "upload": milliseconds(upload, args.frames, GL.glFinish),
            "views": milliseconds(views, args.frames, GL.glFinish),
            "hud": milliseconds(status, args.frames, GL.glFinish),
            "frame": milliseconds(whole, args.frames, GL.glFinish),
            "read_eyes": milliseconds(read, args.frames, GL.glFinish),
        }
        for thing in (hud, compositor, headset):
            thing.close()  # type: ignore[attr-defined]
    if args.json:
        result = {"renderer": context.description, "eye": args.eye, "picture": args.picture, "frames": args.frames}
        print(json.dumps(result | {"ms": measured}))
    else:
        for name, (p50, p95) in ((name, ms.values()) for name, ms in measured.items()):
            print(f"{name:10} p50 {p50:7.2f} ms   p95 {p95:7.2f} ms")
    return 0


def milliseconds(work: Callable[[], None], times: int, finish: Callable[[], None]) -> dict[str, float]:
    """Median and 95th percentile of `work`, the GPU's part included, after five runs to warm up."""
    taken = []
    for i in range(times + 5):
        finish()
        start = time.perf_counter()
        work()
        finish()
        if i >= 5:
            taken.append((time.perf_counter() - start) * 1e3)
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}


if __name__ == "__main__":
    sys.exit(main())
