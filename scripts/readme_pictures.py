"""Draw the README's pictures: the synthetic room as a simulated headset's eyes show it, in every style of a pack.

    python scripts/readme_pictures.py [--pack first] [--frame 100] [--out docs]

Writes `demo.jpg` (left eye, unpainted and in every style) and `pair.jpg` (both eyes in one style, with the HUD).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.context import SurfacelessContext
from allaprima.app.compositor.hud import Hud
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.headset.motion import Still
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.recording.contact_sheet import contact_sheet
from allaprima.app.sources.recording import open_source
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.pack import load_pack

ROOT = Path(__file__).resolve().parent.parent
SIZE, EYE = (640, 480), (640, 720)


def frame_of_the_room(number: int) -> StereoFrame:
    """The pair `number` of the synthetic room."""
    with open_source("synthetic", SIZE, pace="fast", frames=number + 1) as room:
        for _ in range(number):
            room.read(60)
        return room.read(60)


def write_jpeg(path: Path, rgb: Pixels, quality: int = 80) -> None:
    """Small enough for a repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)[1].tofile(path)
    print(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pack", default="first", help="style pack (default %(default)s)")
    parser.add_argument("--frame", type=int, default=100, help="frame of the room (default %(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder (default: docs)")
    args = parser.parse_args()
    try:
        pack = load_pack(args.pack)
        stylizer = open_stylizer(pack, SIZE)
        with SurfacelessContext(), open_source("synthetic", SIZE, frames=1) as room:
            frame = frame_of_the_room(args.frame)
            head = frame.head_pose
            headset = SimulatedHeadset(FakeClock(), EYE, motion=Still(head))
            compositor, hud = Compositor(room.rig), Hud()

            def eyes(plain: bool = False, status: str = "") -> list[Pixels]:
                asked = headset.wait_frame()
                hud.set_status(status)
                for eye, view in enumerate(asked.views):
                    target = headset.eye_framebuffer(eye)
                    compositor.draw_eye(eye, target, EYE, view, asked.head, head, plain)
                    if status:
                        hud.draw_eye(target, EYE, view, 0)
                headset.submit(asked)
                return [headset.read_eye(eye) for eye in range(2)]

            compositor.upload(None, frame)
            pictures = [("Unpainted", eyes(plain=True)[0])]
            both = np.stack((frame.left, frame.right))
            for style in pack.styles:
                compositor.upload(stylizer.paint(both, np.eye(pack.rows, dtype=np.float32)[style.row]), None)
                pictures.append((style.title, eyes()[0]))
                if style is pack.styles[0]:
                    write_jpeg(args.out / "pair.jpg", np.hstack(eyes(status=style.label)))
            half = sum(np.eye(pack.rows, dtype=np.float32)[style.row] / 2 for style in pack.styles[:2])
            compositor.upload(stylizer.paint(both, half), None)
            pictures.append((" + ".join(f"½ {style.name}" for style in pack.styles[:2]), eyes()[0]))
            write_jpeg(args.out / "demo.jpg", contact_sheet(pictures, width=400, columns=4))
    except AllaPrimaError as error:
        print(f"{error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
