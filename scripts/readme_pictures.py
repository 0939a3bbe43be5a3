"""Draw the README's pictures from a pack's styles.

    python scripts/readme_pictures.py [--pack first] [--only gallery|headset] [--motif landscape] [--frame 100]

Writes `gallery.jpg` (one of the project's own photos in every style) and, as a simulated headset's eyes show the
synthetic room, `demo.jpg` (left eye, unpainted and in every style) and `pair.jpg` (both eyes in one, with the HUD).
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.canvas.opening import AutoCanvas
from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.context import SurfacelessContext
from allaprima.app.compositor.hud import Hud
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.headset.motion import Still
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.offline.gallery.paintings import PaintedPhoto, open_photo
from allaprima.app.offline.gallery.sheet import best_columns, sheet
from allaprima.app.offline.painter import Painter
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.recording.contact_sheet import contact_sheet
from allaprima.app.settings_and_flags import CompositorSettings
from allaprima.app.sources.opening import open_source
from allaprima.app.stylize.blend import Blend
from allaprima.app.stylize.engines import open_stylizer
from allaprima.models.motifs import NAMES, motifs

ROOT = Path(__file__).resolve().parent.parent
SIZE, EYE = (640, 480), (640, 720)
SHEET_WIDTH, MOST_BYTES = 1600, 300_000


def frame_of_the_room(number: int) -> StereoFrame:
    """The pair `number` of the synthetic room."""
    with open_source("synthetic", SIZE, pace="fast", frames=number + 1) as room:
        for _ in range(number):
            room.read(60)
        return room.read(60)


def gallery(pack: StylePack, motif: str) -> Pixels:
    """One of the project's photos, plain and in every style, each with its label."""
    photo = open_photo(motifs()[NAMES.index(motif)], max(SIZE))
    painter = Painter(pack)
    row: PaintedPhoto = [(None, photo.pixels)]
    for style in pack.styles:
        row.append((style, painter.paint(photo.pixels, photo.pixels, Blend.of(style).weights(pack.rows))[0]))
    painter.close()
    columns = best_columns(len(row))
    return sheet([row], (SHEET_WIDTH - 16) // columns - 16, columns)


def write_jpeg(path: Path, rgb: Pixels) -> None:
    """Small enough for a repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in range(80, 40, -4):
        options = [cv2.IMWRITE_JPEG_QUALITY, quality]
        data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)[1]
        if data.size <= MOST_BYTES:
            break
    data.tofile(path)
    print(path, f"{data.size / 1000:.0f} kB")


def through_the_headset(pack: StylePack, number: int, out: Path) -> None:
    """Write `demo.jpg` and `pair.jpg` into `out`: the room's pair `number`, seen by a head that holds still."""
    stylizer = open_stylizer(pack, SIZE)
    with SurfacelessContext(), open_source("synthetic", SIZE, frames=1) as room:
        frame = frame_of_the_room(number)
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
        distance_m = CompositorSettings().projection_distance_m
        canvas = (
            AutoCanvas(stylizer.canvas, room.rig, SIZE, distance_m).at(frame, SIZE, head) if stylizer.canvas else None
        )
        for style in pack.styles:
            compositor.upload(stylizer.paint(both, np.eye(pack.rows, dtype=np.float32)[style.row], canvas), None)
            pictures.append((style.title, eyes()[0]))
            if style is pack.styles[0]:
                write_jpeg(out / "pair.jpg", np.hstack(eyes(status=style.label)))
        half = sum(np.eye(pack.rows, dtype=np.float32)[style.row] / 2 for style in pack.styles[:2])
        compositor.upload(stylizer.paint(both, half, canvas), None)
        pictures.append((" + ".join(f"½ {style.name}" for style in pack.styles[:2]), eyes()[0]))
        write_jpeg(out / "demo.jpg", contact_sheet(pictures, width=400, columns=4))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pack", default="first", help="style pack (default %(default)s)")
    parser.add_argument("--only", choices=("gallery", "headset"), help="gallery.jpg, or the other two (default: all)")
    parser.add_argument(
        "--motif", choices=NAMES, default="landscape", help="photo of the gallery (default %(default)s)"
    )
    parser.add_argument("--frame", type=int, default=100, help="frame of the room (default %(default)s)")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs", help="folder (default: docs)")
    args = parser.parse_args()
    try:
        pack = load_pack(args.pack)
        if args.only != "headset":
            write_jpeg(args.output / "gallery.jpg", gallery(pack, args.motif))
        if args.only != "gallery":
            through_the_headset(pack, args.frame, args.output)
    except AllaPrimaError as error:
        print(f"{error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
