"""`allaprima styles gallery`: every style of a pack on the same photos, as a page and as one sheet."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import arguments, overwriting
from allaprima.app.core.console import print_result, say
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.values import Value
from allaprima.app.settings_and_flags import declared

if TYPE_CHECKING:
    from allaprima.app.offline.gallery.paintings import Photo
    from allaprima.app.offline.painter import Painter
    from allaprima.app.packs.pack import StylePack

HELP = "paint photos in every style, as a page and one picture"
PAGE = "gallery.html"


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--photos",
        nargs="+",
        action="extend",
        type=Path,
        metavar="IMG",
        help="photos to paint (default: three of the project's own)",
    )
    add("-o", "--output", type=Path, default=Path("gallery"), metavar="DIR", help="folder (default: %(default)s)")
    add(
        "--size",
        type=Value(int, declared()["stylize.size"].value.within),
        default=800,
        metavar="SIDE",
        help="photos are shrunk to this long side (default: 800)",
    )
    arguments.add_settings(parser, "stylize.pack", "stylize.engine", "stylize.device", "stylize.precision")
    overwriting.add_flag(parser)
    add("--open", action="store_true", help="show the page in the browser")
    arguments.add_json(parser)
    parser.epilog = f"""examples:
  allaprima styles gallery --open
  allaprima styles gallery --photos me.jpg garden.jpg -o my-gallery
  allaprima styles gallery --pack ./my-pack -o my-pack-gallery --json

Writes {PAGE}, with every painting beside its label, gallery.png, the same on one sheet, and the pictures.
A damaged photo among several is reported and left out; the exit code is then 3."""


def execute(args: argparse.Namespace) -> int:
    """Paint and write. Raises `AllaPrimaError`."""
    from allaprima.app.core.clock import now_ns
    from allaprima.app.offline.gallery.page import SHEET
    from allaprima.app.offline.painter import Painter
    from allaprima.app.packs.pack import load_pack
    from allaprima.models.motifs import motifs

    started = now_ns()
    stylize = arguments.settings_of(args).stylize
    pack = load_pack(stylize.pack)
    photos, broken = _opened(args.photos or motifs(), args.size)
    page = args.output / PAGE
    overwriting.check(args, page, args.output / SHEET)
    report = _write(
        pack, photos, Painter(pack, stylize.engine, stylize.precision, device=stylize.device), args.output
    ) | {"broken": broken, "seconds": round((now_ns() - started) / 1e9, 3)}
    print_result(args.json, report, report["page"], report["sheet"])
    if args.open:
        import webbrowser

        if not webbrowser.open(page.resolve().as_uri()):
            say(f"no browser to open {page} with")
    return RecordingError.exit_code if broken else 0


def _opened(paths: Sequence[Path], longest: int) -> tuple[list[Photo], list[str]]:
    """The photos, and the faults of unreadable ones among several, which are reported and left out."""
    from allaprima.app.offline.gallery.paintings import open_photo

    photos: list[Photo] = []
    broken: list[RecordingError] = []
    for path in paths:
        try:
            photos.append(open_photo(path, longest))
        except RecordingError as error:
            if not path.exists():
                raise
            broken.append(error)
    if not photos:
        raise broken[0]
    for fault in broken:
        say(f"left out: {fault.message}")
    return photos, [fault.message for fault in broken]


def _write(pack: StylePack, photos: list[Photo], painter: Painter, folder: Path) -> dict[str, Any]:
    """The pictures first and the page last: what is interrupted is not mistaken for a gallery."""
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.core.files import write_file
    from allaprima.app.offline.gallery.page import SHEET, page
    from allaprima.app.offline.gallery.paintings import paint_photos
    from allaprima.app.offline.gallery.sheet import sheet
    from allaprima.app.recording.picture import write_picture

    try:
        with Bars(counting=True) as progress:
            bar = progress.add_task(pack.title, total=len(photos) * len(pack.styles))
            rows = paint_photos(folder, photos, painter, lambda: progress.advance(bar))
        stylizer = painter.stylizer
        report = {
            "page": str(folder / PAGE),
            "sheet": str(folder / SHEET),
            "pack": pack.name,
            "styles": [style.name for style in pack.styles],
            "photos": [{"title": photo.title, "size": list(photo.size)} for photo in photos],
            "engine": stylizer.engine if stylizer else None,
            "precision": stylizer.precision if stylizer else None,
            "device": stylizer.device if stylizer else None,
        }
    finally:
        painter.close()
    write_picture(folder / SHEET, sheet(rows))
    write_file(folder / PAGE, page(pack, photos))
    return report
