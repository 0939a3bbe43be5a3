"""Draw the picture strip of docs/styles.md: what the live controls do, on a frame of the synthetic room.

    python scripts/styles_pictures.py [--pack first] [--styles starry-night,scream] [--frame 100] [--output docs]

Writes `controls.jpg`, one row a control: a crossfade of two styles; then, in the first of them, strength, size of
strokes (the middle of the picture only) and kept colours.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from readme_pictures import ROOT, frame_of_the_room, write_jpeg

from allaprima.app.core.errors import AllaPrimaError, SettingsError
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.offline.painter import Painter
from allaprima.app.packs.pack import Style, StylePack, load_pack
from allaprima.app.recording.contact_sheet import contact_sheet
from allaprima.app.stylize.blend import Blend
from allaprima.app.stylize.prepare import STROKE_SIZES

AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0)  # as many as there are stroke sizes: one row each
WIDTH = 272  # of one picture


def middle(picture: Pixels) -> Pixels:
    """Half its width and height, where strokes are to be seen."""
    height, width = picture.shape[:2]
    return picture[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4]


def rows(pack: StylePack, first: Style, second: Style, frame: StereoFrame) -> Iterator[tuple[str, Pixels]]:
    """Every picture of the strip with its label, row by row."""

    def painted(blend: Blend, strength: float = 1.0, stroke_size: float = 1.0, colour: float = 0.0) -> Pixels:
        """The left eye; as it is painted in a headset, together with the right one."""
        painter = Painter(pack, stroke_size=stroke_size, camera_colour=colour)
        try:
            return painter.paint(frame.left, frame.right, blend.weights(pack.rows, strength))[0]
        finally:
            painter.close()

    for share in AMOUNTS:
        ends = {0.0: first.title, 1.0: second.title}
        blend = Blend(((first, 1 - share), (second, share)))
        yield ends.get(share, f"{1 - share:.0%} and {share:.0%}"), painted(blend)
    for amount in AMOUNTS:
        yield f"strength {amount:g}", painted(Blend.of(first), strength=amount)
    for size in STROKE_SIZES:
        yield f"strokes of size {size:g}", middle(painted(Blend.of(first), stroke_size=size))
    for amount in AMOUNTS:
        yield f"colours kept: {amount:.0%}", painted(Blend.of(first), colour=amount)


def two_styles(pack: StylePack, names: str | None) -> tuple[Style, Style]:
    """Those of `names` ("NAME,NAME"), else the pack's first two, or its only one twice."""
    styles = [pack.style(name) for name in names.split(",")] if names else [*pack.styles[:2]]
    if names and len(styles) != 2:
        raise SettingsError(f"--styles {names}: {len(styles)} styles, the crossfade is between two", "NAME,NAME")
    return styles[0], styles[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pack", default="first", help="style pack, by name or folder (default %(default)s)")
    parser.add_argument("--styles", metavar="NAME,NAME", help="two of its styles (default: its first ones)")
    parser.add_argument("--frame", type=int, default=100, help="frame of the room (default %(default)s)")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs", help="folder (default: docs)")
    args = parser.parse_args()
    try:
        pack = load_pack(args.pack)
        first, second = two_styles(pack, args.styles)
        strip = contact_sheet([*rows(pack, first, second, frame_of_the_room(args.frame))], WIDTH, len(AMOUNTS))
        write_jpeg(args.output / "controls.jpg", strip)
    except AllaPrimaError as error:
        print(f"{error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
