"""`allaprima styles quantize`: whether a pack can be painted with in int8, and how near that comes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import arguments
from allaprima.app.core.console import print_json, print_lines
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.values import Value, Within

if TYPE_CHECKING:
    from allaprima.app.core.frame import Pixels

HELP = "prepare a pack for --precision int8, and measure its accuracy"
MOST = 256


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pack", metavar="PACK", help="a style pack's folder or name")
    add("--photos", type=Path, required=True, metavar="FOLDER", help="folder of ordinary photos, a dozen or more")
    add(
        "--count",
        type=Value(int, Within(2, MOST)),
        default=24,
        metavar="N",
        help="number of photos, spread over the folder (default: %(default)s)",
    )
    add("--dry-run", action="store_true", help="only measure; do not change the card")
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima styles quantize ./my-pack --photos ~/Pictures
  allaprima styles quantize first --photos photos/ --count 100 --dry-run --json
  allaprima run --pack ./my-pack --precision int8               ... and then

Half of the photos give the range of numbers of every convolution. The other half show how close the painting in int8
is to the one in float32, for every style. If it is not close enough, some convolutions stay in float. The result is
written into the pack's card; the network itself does not change. Only OpenVINO paints in int8."""


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.cli.shared.progress import share_bar
    from allaprima.app.packs.int8 import write_int8
    from allaprima.app.packs.pack import CARD, load_pack
    from allaprima.app.stylize.openvino.quantizing import quantized

    pack = load_pack(args.pack)
    photos = photos_of(args.photos, args.count)
    with share_bar() as progress:
        found = quantized(pack, photos, progress)
    card = None if args.dry_run else pack.folder / CARD
    if card:
        write_int8(card, found)
    worst = min(found.psnr, key=found.psnr.__getitem__)
    if args.json:
        told = {"pack": pack.name, "card": card and str(card), "photos": len(photos), "worst": worst}
        print_json(told | {"psnr": dict(found.psnr), "int8": len(found.ranges), "ranges": dict(found.ranges)})
        return 0
    for name, near in found.psnr.items():
        print_lines(f"{name:24s} {near:5.1f} dB")
    print_lines(f"{pack.name}: {len(found.ranges)} convolutions in int8, at worst {found.psnr[worst]:.1f} dB ({worst})")
    if card:
        print_lines(card, f"allaprima run --pack {args.pack} --precision int8")
    return 0


def photos_of(folder: Path, count: int) -> list[Pixels]:
    """`count` pictures, evenly out of those in `folder`, by name. Raises `RecordingError` for fewer than two."""
    from allaprima.app.sources.recorded.pictures import SUFFIXES, read_picture

    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be read: {error.strerror or error}", "--photos DIR") from error
    if len(files) < 2:
        raise RecordingError(f"{folder} holds {len(files)} pictures, two are the least", "--photos DIR")
    count = min(count, len(files))
    return [read_picture(files[place * len(files) // count]) for place in range(count)]
