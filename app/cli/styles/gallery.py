"""`allaprima styles gallery`: every style of a pack on the same photos, as a page and as one sheet."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import overwriting
from allaprima.app.core.console import print_json, print_lines, say
from allaprima.app.core.errors import SettingsError

if TYPE_CHECKING:
    from allaprima.app.offline.gallery.wall import Photo
    from allaprima.app.packs.pack import StylePack

HELP = "a page and a sheet with every style, on your photos too"
PAGE = "gallery.html"


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of `allaprima styles gallery`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add(
        "--photo",
        nargs="+",
        action="extend",
        type=Path,
        metavar="IMG",
        help="photos to paint (default: three of the project's own)",
    )
    add("-o", "--output", type=Path, default=Path("gallery"), metavar="DIR", help="folder (default: %(default)s)")
    add("--size", type=int, default=800, metavar="SIDE", help="photos are shrunk to this long side (default: 800)")
    add("--engine", default="auto", metavar="NAME", help="auto, openvino, onnxruntime or torch")
    add("--precision", default="auto", metavar="NAME", help="auto, f32, bf16, f16 or int8")
    overwriting.add_flag(parser)
    add("--open", action="store_true", help="show the page in the browser")
    parser.epilog = f"""examples:
  allaprima styles gallery --open
  allaprima styles gallery --photo me.jpg garden.jpg -o my-gallery
  allaprima styles gallery --pack ./my-pack -o my-pack-gallery --json

Writes {PAGE}, with every painting and a label beside it, gallery.png, the same on one sheet, and the pictures."""


def execute(args: argparse.Namespace) -> int:
    """Paint and write. Raises `AllaPrimaError`."""
    from allaprima.app.core.clock import now_ns
    from allaprima.app.offline.gallery.page import SHEET
    from allaprima.app.offline.gallery.wall import open_photo
    from allaprima.app.packs.pack import default_pack, load_pack
    from allaprima.models.motifs import motifs

    started = now_ns()
    if not 64 <= args.size <= 4096:
        raise SettingsError(f"--size {args.size} is outside 64..4096", "leave it out for 800")
    pack = load_pack(args.pack) if args.pack else default_pack()
    photos = [open_photo(path, args.size) for path in args.photo or motifs()]
    page = args.output / PAGE
    overwriting.check(args, page, args.output / SHEET)
    report = _write(pack, photos, args) | {"seconds": round((now_ns() - started) / 1e9, 3)}
    if args.json:
        print_json(report)
    else:
        print_lines(report["page"], report["sheet"])
    if args.open:
        import webbrowser

        if not webbrowser.open(page.resolve().as_uri()):
            say(f"no browser to open {page} with")
    return 0


def _write(pack: StylePack, photos: list[Photo], args: argparse.Namespace) -> dict[str, Any]:
    """The pictures first and the page last: what is interrupted is not mistaken for a gallery."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.core.files import write_file
    from allaprima.app.offline.gallery.page import SHEET, page
    from allaprima.app.offline.gallery.sheet import sheet
    from allaprima.app.offline.gallery.wall import hang
    from allaprima.app.offline.painter import Painter
    from allaprima.app.recording.picture import write_picture

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    painter = Painter(pack, args.engine, args.precision)
    try:
        with Bars(*columns) as progress:
            bar = progress.add_task(pack.title, total=len(photos) * len(pack.styles))
            walls = hang(args.output, photos, painter, lambda: progress.advance(bar))
        stylizer = painter.stylizer
        report = {
            "page": str(args.output / PAGE),
            "sheet": str(args.output / SHEET),
            "pack": pack.name,
            "styles": [style.name for style in pack.styles],
            "photos": [{"title": photo.title, "size": list(photo.size)} for photo in photos],
            "engine": stylizer.engine if stylizer else None,
            "precision": stylizer.precision if stylizer else None,
            "device": stylizer.device if stylizer else None,
        }
    finally:
        painter.close()
    write_picture(args.output / SHEET, sheet(walls))
    write_file(args.output / PAGE, page(pack, photos))
    return report
