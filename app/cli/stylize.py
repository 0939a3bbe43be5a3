"""`allaprima stylize`: paint pictures, folders and videos, without a headset and without hurry."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import arguments, overwriting, session_request
from allaprima.app.core.console import print_result

if TYPE_CHECKING:
    from allaprima.app.offline.batch import Batch
    from allaprima.app.offline.jobs import Job
    from allaprima.app.offline.painter import Painter
    from allaprima.app.stylize.blend import Weights

HELP = "paint pictures, folders and videos"


def configure(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    arguments.add_settings(parser, *(f"stylize.{name}" for name in ("style", "strength", "stroke_size", "keep_colour")))
    arguments.add_settings(parser, *(f"stylize.{name}" for name in ("near_m", "far_m", "near_style", "far_style")))
    arguments.add_settings(parser, *(f"stylize.{name}" for name in ("size", "pack", "engine", "device", "precision")))
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima stylize photo.jpg -o painted.png --style starry-night
  allaprima stylize holiday/ -o painted/ --style scream:0.5,great-wave:0.5 --strength 0.8
  allaprima stylize photo.jpg -o painted.png --stroke-size 2 --keep-colour
  allaprima stylize cam_left.png cam_right.png -o both.png     (one pair; the eyes side by side)
  allaprima stylize walk_sbs.mp4 -o painted.mkv --size 1280
  allaprima stylize walk_sbs.mp4 -o painted.mkv --near 0.8 --far 4 --far-style scream

Both eyes of a stereo input are painted in one batch, with statistics pooled over both. A mono input fills both
places of the batch and the first result is kept, so that it looks as it would in a headset.
Pictures and videos are painted and written at their own size, up to 4096 pixels a side; --size changes that.
--near and --far need both eyes; their metres are right for cameras 70 degrees wide and 63 mm apart.
--stroke-size 2 paints at half that size, where the same strokes are twice as large, and enlarges the result; 0.5 paints
at twice that size, with four times the work.
A damaged picture among several is reported and left out: the others are painted, and the exit code is 3. With several
pictures, existing outputs are kept, so that the same command run again paints the missing ones.
`allaprima gatys` paints one picture for minutes, without a network."""


def add_files(parser: argparse.ArgumentParser) -> None:
    """What is painted, where it goes, and how it holds its eyes."""
    parser.add_argument("input", nargs="+", type=Path, metavar="INPUT", help="pictures, videos, folders of pictures")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="output file, or output folder (FOLDER/)")
    parser.add_argument(
        "--stereo",
        choices=(*session_request.STEREO, "pair"),
        default="auto",
        help="where the two eyes are: auto looks at names and, in videos, at tag and shape; mono: there is one; pair: "
        "two files of one moment; sbs: side by side; tb: left over right; half-: squeezed to half (default: auto)",
    )
    overwriting.add_flag(parser)


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.core.clock import now_ns
    from allaprima.app.offline.batch import Batch
    from allaprima.app.offline.jobs import plan
    from allaprima.app.offline.painter import Painter
    from allaprima.app.packs.pack import load_pack
    from allaprima.app.stylize.blend import Blend, parse_blend
    from allaprima.app.stylize.zoning import zone_styles

    chosen = arguments.settings_of(args).stylize
    pack = load_pack(chosen.pack)
    blend = parse_blend(chosen.style, pack) if chosen.style else Blend.of(pack.styles[0])
    weights = blend.weights(pack.rows, chosen.strength)
    batch = Batch(plan(args.input, args.output, args.stereo, args.overwrite), args.overwrite)
    zones = zone_styles(chosen, pack).zones(chosen.near_m, chosen.far_m, pack.rows, chosen.strength)
    look = chosen.stroke_size, chosen.keep_colour
    painter = Painter(pack, chosen.engine, chosen.precision, chosen.size, *look, chosen.device, zones)
    started = now_ns()
    try:
        files = _paint_all(batch, painter, weights, blend.label)
        stylizer = painter.stylizer
        report = {
            "files": files,
            **batch.summary(),
            "pack": pack.name,
            "style": {style.name: round(share, 4) for style, share in blend.parts},
            "strength": chosen.strength,
            "stroke_size": chosen.stroke_size,
            "keep_colour": chosen.keep_colour,
            "engine": stylizer.engine if stylizer else None,
            "precision": stylizer.precision if stylizer else None,
            "device": stylizer.device if stylizer else None,
            "pairs": sum(file["pairs"] for file in files),
            "seconds": round((now_ns() - started) / 1e9, 3),
        }
    finally:
        painter.close()
    print_result(args.json, report, *(output for file in files for output in file["outputs"]))
    batch.report_broken()
    return batch.exit_code


def _paint_all(batch: Batch, painter: Painter, weights: Weights, label: str) -> list[dict[str, Any]]:
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.offline.files import paint_picture, paint_video

    with Bars(counting=True) as progress:
        bar = progress.add_task(label, total=len(batch.jobs))

        def paint(job: Job) -> dict[str, Any]:
            progress.advance(bar)
            if not job.is_video:
                return paint_picture(job, painter, weights).of(job)
            frames = progress.add_task(job.inputs[0].name, total=None)
            try:
                return paint_video(job, painter, weights, partial(progress.update, frames)).of(job)
            finally:
                progress.remove_task(frames)

        return batch.each(paint)
