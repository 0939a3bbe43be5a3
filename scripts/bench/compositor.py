"""Milliseconds a frame of the compositor: upload a pair, draw both eyes with the HUD, submit.

python scripts/bench/compositor.py --frames 200 --json
python scripts/bench/compositor.py --camera 1280x720 --picture 640x360    and both ways of rectifying
"""

import argparse
import json
import sys
import time
from collections.abc import Callable

import numpy as np

Works = dict[str, Callable[[], None]]


def size(text: str) -> tuple[int, int]:
    """'640x480' as (640, 480)."""
    width, height = text.lower().split("x")
    return int(width), int(height)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100, help="frames to measure (default 100)")
    parser.add_argument("--eye", type=size, default=(640, 720), metavar="WxH", help="pixels of each eye (640x720)")
    parser.add_argument("--picture", type=size, default=(640, 480), metavar="WxH", help="painted picture (640x480)")
    parser.add_argument(
        "--camera", type=size, metavar="WxH", help="also rectify pairs of that size, on the processor and in the shader"
    )
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

        works: Works = {"upload": upload, "views": views, "hud": status, "frame": whole, "read_eyes": read}
        measured = milliseconds(works, args.frames, GL.glFinish)
        for thing in (hud, compositor, headset):
            thing.close()
        if args.camera:
            measured |= milliseconds(rectifying(args.camera, args.picture), args.frames, GL.glFinish)
    if args.json:
        result = {"renderer": context.description, "eye": args.eye, "picture": args.picture, "camera": args.camera}
        print(json.dumps(result | {"frames": args.frames, "ms": measured}))
    else:
        for name, (p50, p95) in ((name, ms.values()) for name, ms in measured.items()):
            print(f"{name:14} p50 {p50:7.2f} ms   p95 {p95:7.2f} ms")
    return 0


def rectifying(camera: tuple[int, int], painted: tuple[int, int]) -> Works:
    """What `--rectify` cpu and shader do with a pair: `prepare` it to be painted, upload it to be shown `plain`."""
    from allaprima.app.compositor.compositor import Compositor
    from allaprima.app.core.frame import StereoFrame
    from allaprima.app.core.view import FieldOfView, StereoRig
    from allaprima.app.stylize.prepare import PairBuffer
    from allaprima.calibration.camera import CameraModel
    from allaprima.calibration.rectify import rectification
    from allaprima.calibration.rig import STRAIGHT, RigCalibration

    width, height = camera
    lens = CameraModel((0.8 * width, 0.8 * width), (0.49 * width, 0.51 * height), (-0.28, 0.09, 0.0007, -0.0004))
    ways = rectification(RigCalibration(camera, lens, lens, STRAIGHT, (-0.063, 0.0, 0.0)))
    rig = StereoRig.parallel(FieldOfView.symmetric(70, width / height), 0.063)
    pixels = np.random.default_rng(1).integers(0, 255, (2, height, width, 3), np.uint8)
    raw = StereoFrame(pixels[0], pixels[1], 0, 0)
    flat = StereoFrame(ways.left.remap(raw.left), ways.right.remap(raw.right), 0, 0)
    buffer, rectifying_buffer = PairBuffer(painted), PairBuffer(painted, ways)
    compositor, rectifying_compositor = Compositor(rig), Compositor(rig, rectification=ways)

    def prepare_cpu() -> None:
        buffer.fill(ways.left.remap(raw.left), ways.right.remap(raw.right))

    def prepare_shader() -> None:
        rectifying_buffer.fill(raw.left, raw.right)

    def plain_cpu() -> None:
        compositor.upload(None, flat)

    def plain_shader() -> None:
        rectifying_compositor.upload(None, raw)

    return {
        "prepare_cpu": prepare_cpu,
        "prepare_shader": prepare_shader,
        "plain_cpu": plain_cpu,
        "plain_shader": plain_shader,
    }


def milliseconds(works: Works, times: int, finish: Callable[[], None]) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of each of `works`, the GPU's part included, taken in turns; the first five rounds
    warm up.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(times + 5):
        for name, work in works.items():
            finish()
            start = time.perf_counter()
            work()
            finish()
            taken[name].append((time.perf_counter() - start) * 1e3)
    result = {}
    for name, ms in taken.items():
        p50, p95 = np.percentile(ms[5:], [50, 95])
        result[name] = {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}
    return result


if __name__ == "__main__":
    sys.exit(main())
