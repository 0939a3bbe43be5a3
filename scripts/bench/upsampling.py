"""What guided up-sampling gives and costs: the room painted small, shown large, held against the painting at full size.

Drawn by the compositor itself for an eye in the camera's place, pixel on pixel. `edges` are the twentieth of the pixels
where the camera's picture changes most, and their neighbours.

    python scripts/bench/upsampling.py [--styles NAME,NAME] [--json] [--picture docs/guided.jpg]
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.painters import PackPainter, Paint
from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.context import SurfacelessContext
from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.compositor.gl import GL
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView
from allaprima.app.headset.simulated import default_views
from allaprima.app.packs.pack import default_pack
from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.app.stylize.prepare import PairBuffer, stroked_size
from allaprima.models.judging import metrics

SIZE, EYE = (640, 480), (640, 720)
FRAMES = (20, 140)
SCALES = {"2/3": 1.5, "1/2": 2.0}
STYLES = "starry-night,great-wave,scream,tahiti,water-lilies,night-cafe"
INSIDE = np.s_[24:-24, 32:-32]  # where nothing fades into the background
CROP = np.s_[150:330, 150:470]
MEASURES = ("psnr", "psnr_edges", "sharpness", "agreement", "e_stab", "e_view")

Pair = NDArray[np.uint8]


class Screen:
    """Draws pairs as the two eyes see them, with and without guidance."""

    def __init__(self) -> None:
        self.rig = SyntheticRoom(SIZE, cache=False).rig
        self.compositors = {guided: Compositor(self.rig, guided=guided) for guided in (False, True)}
        self.framebuffer = Framebuffer(*SIZE)
        self.eyes = (Framebuffer(*EYE), Framebuffer(*EYE))

    def show(self, painted: Pair, camera: Pair, guided: bool) -> Pair:
        """(2, H, W, 3), pixel on pixel of the camera."""
        compositor = self.compositors[guided]
        compositor.upload(painted, StereoFrame(camera[0], camera[1], 0, 0))
        shown = []
        for eye, view in enumerate((self.rig.left, self.rig.right)):
            place = EyeView(view.fov, view.camera_to_head)
            compositor.draw_eye(eye, self.framebuffer.handle, SIZE, place, Pose(), Pose())
            shown.append(self.framebuffer.read_rgb())
        return np.stack(shown)

    def milliseconds(self, painted: Pair, camera: Pair, times: int) -> dict[str, float]:
        """Medians of interleaved rounds: both eyes drawn for a headset, plain and guided, and what guidance uploads."""
        views, frame = default_views(), StereoFrame(camera[0], camera[1], 0, 0)

        def draw(guided: bool) -> None:
            for eye in (0, 1):
                self.compositors[guided].draw_eye(eye, self.eyes[eye].handle, EYE, views[eye], Pose(), Pose())

        work: dict[str, Callable[[], None]] = {
            "bilinear": lambda: draw(False),
            "guided": lambda: draw(True),
            "upload": lambda: self.compositors[True].upload(None, frame),
        }
        taken: dict[str, list[float]] = {name: [] for name in work}
        for compositor in self.compositors.values():
            compositor.upload(painted, frame)
        for _ in range(times):
            for name, do in work.items():
                GL.glFinish()
                start = time.perf_counter()
                do()
                GL.glFinish()
                taken[name].append((time.perf_counter() - start) * 1e3)
        return {name: round(float(np.median(ms)), 2) for name, ms in taken.items()}

    def close(self) -> None:
        for compositor in self.compositors.values():
            compositor.close()
        for target in (self.framebuffer, *self.eyes):
            target.close()


def smaller(pair: Pair, paint: Paint, times: float) -> Pair:
    """`pair` painted `times` smaller a side, as the live session does it."""
    return paint(PairBuffer(stroked_size(SIZE, times)).fill(pair[0], pair[1]).copy())


def gradient(picture: Pair) -> NDArray[np.float32]:
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return np.hypot(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1))[INSIDE]


def psnr(error: NDArray[np.float32]) -> float:
    return float(-10 * np.log10(np.square(error).mean()))


def likeness(shown: Pair, full: Pair, camera: Pair) -> Iterator[dict[str, float]]:
    """Of each eye: how near `shown` comes to the painting at full size, everywhere and along the camera's edges."""
    for seen, wanted, real in zip(shown, full, camera, strict=True):
        edges = gradient(real)
        here = cv2.dilate((edges > np.quantile(edges, 0.95)).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        error = (seen[INSIDE].astype(np.float32) - wanted[INSIDE]) / np.float32(255)
        ours, theirs = gradient(seen)[here], gradient(wanted)[here]
        yield {
            "psnr": psnr(error),
            "psnr_edges": psnr(error[here]),
            "sharpness": float(ours.mean() / theirs.mean()),
            "agreement": float(np.corrcoef(ours, theirs)[0, 1]),
        }


def measured(screen: Screen, paints: dict[str, Paint]) -> dict[str, dict[str, float]]:
    """Means over styles, frames and eyes, by size and way of up-sampling."""
    room = SyntheticRoom(SIZE, cache=False)
    found: dict[str, dict[str, list[float]]] = {}
    for n in FRAMES:
        camera, before = np.stack(room.draw(n)), np.stack(room.draw(n - 1))
        left, right = room.seen_points(n, "left"), room.seen_points(n, "right")
        across = left.at(n, "right"), right.at(n, "left")
        back = left.at(n - 1, "left"), right.at(n - 1, "right")
        for name, paint in paints.items():
            print(f"frame {n}, {name}", file=sys.stderr)
            full = screen.show(paint(camera), camera, False)
            full_before = screen.show(paint(before), before, False)
            shown = {"full size": (full, full_before)}
            for scale, times in SCALES.items():
                small, small_before = smaller(camera, paint, times), smaller(before, paint, times)
                for guided in (False, True):
                    both = screen.show(small, camera, guided), screen.show(small_before, before, guided)
                    shown[f"{scale} {'guided' if guided else 'bilinear'}"] = both
            for way, (now, then) in shown.items():
                values = found.setdefault(way, {measure: [] for measure in MEASURES})
                for eye in (0, 1):
                    for measure, other, truth in (
                        ("e_stab", then[eye], back[eye]),
                        ("e_view", now[1 - eye], across[eye]),
                    ):
                        values[measure].append(metrics.warped_error(now[eye], other, truth.flow, _inside(truth.seen)))
                if now is not full:
                    for one in likeness(now, full, camera):
                        for measure, value in one.items():
                            values[measure].append(value)
    return {way: {m: round(float(np.mean(v)), 4) for m, v in values.items() if v} for way, values in found.items()}


def _inside(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask = np.zeros_like(seen)
    mask[INSIDE] = seen[INSIDE]
    return mask


def picture(screen: Screen, paints: dict[str, Paint], path: Path) -> None:
    """Rows of styles: half size interpolated, half size guided, full size."""
    rows = []
    for name, n in zip(paints, FRAMES, strict=False):
        camera = np.stack(SyntheticRoom(SIZE, cache=False).draw(n))
        small = smaller(camera, paints[name], 2.0)
        shown = [screen.show(small, camera, guided)[0] for guided in (False, True)]
        shown.append(screen.show(paints[name](camera), camera, False)[0])
        rows.append(np.hstack([one[CROP] for one in shown]))
    sheet = cv2.resize(np.vstack(rows), None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", default=STYLES, metavar="NAME,NAME", help="styles of the pack that comes along")
    parser.add_argument("--rounds", type=int, default=100, help="rounds of timing (default 100)")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="also write a side-by-side picture")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    pack = default_pack()
    painter = PackPainter(pack)
    paints = {name: painter.style(pack.style(name)) for name in args.styles.split(",")}
    with SurfacelessContext() as context:
        screen = Screen()
        result = measured(screen, paints)
        camera = np.stack(SyntheticRoom(SIZE, cache=False).draw(FRAMES[0]))
        ms = screen.milliseconds(smaller(camera, next(iter(paints.values())), 2.0), camera, args.rounds)
        if args.picture:
            picture(screen, paints, args.picture)
        screen.close()
    painter.close()
    if args.json:
        print(json.dumps({"renderer": context.description, "styles": list(paints), "measures": result, "ms": ms}))
        return 0
    print(f"{'':14}" + "".join(f"{measure:>12}" for measure in MEASURES))
    for way, values in result.items():
        print(f"{way:14}" + "".join(f"{values[m]:12.3f}" if m in values else f"{'':>12}" for m in MEASURES))
    print("ms for both eyes: " + ", ".join(f"{name} {value}" for name, value in ms.items()))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AllaPrimaError as error:
        sys.exit(f"{error.message}\n  {error.hint}")
