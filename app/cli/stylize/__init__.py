"""`allaprima stylize`: paint pictures, folders and videos, without a headset and without hurry."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import overwriting
from allaprima.app.cli.shared.values import amount, parse_size
from allaprima.app.cli.stylize import gatys
from allaprima.app.core.console import print_json, print_lines
from allaprima.app.core.errors import SettingsError

if TYPE_CHECKING:
    from allaprima.app.offline.jobs import Job
    from allaprima.app.offline.painter import Painter
    from allaprima.app.stylize.blend import Weights

HELP = "paint pictures, folders and videos"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("input", nargs="+", type=Path, metavar="INPUT", help="pictures, videos, folders of pictures")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a file, or a folder to fill")
    parser.add_argument("--style", metavar="NAME", help="NAME or NAME:0.5,NAME:0.5 (default: the pack's first)")
    parser.add_argument("--strength", type=float, default=1.0, metavar="0..1", help="0 the photo, 1 the full style")
    parser.add_argument(
        "--stroke-size",
        type=float,
        default=1.0,
        metavar="S",
        help="1 as trained, 2 twice as large (0.25 to 4; default: 1)",
    )
    parser.add_argument(
        "--keep-colour",
        type=amount,
        nargs="?",
        const=1.0,
        default=0.0,
        metavar="0..1",
        help="the input's colours on the painting's light and dark: 0 not, 1 wholly (the bare flag means 1)",
    )
    parser.add_argument(
        "--stereo",
        choices=("auto", "mono", "pair", "sbs", "tb"),
        default="auto",
        help="where the two eyes are: auto looks at names and, in videos, at tag and shape; mono: there is one; pair: "
        "two files of one moment; sbs: side by side; tb: left over right (default: auto)",
    )
    parser.add_argument("--size", metavar="WxH|SIDE", help="paint at this size, or long side (default: the input's)")
    parser.add_argument("--pack", metavar="FOLDER|NAME", help="style pack (default: the one that comes along)")
    parser.add_argument("--engine", default="auto", metavar="NAME", help="auto, openvino, onnxruntime, torch; or gatys")
    parser.add_argument("--device", default="auto", metavar="NAME", help="auto, cpu, cuda or tensorrt")
    parser.add_argument("--precision", default="auto", metavar="NAME", help="auto, f32, bf16, f16 or int8")
    overwriting.add_flag(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    gatys.add_flags(parser)
    parser.epilog = """examples:
  allaprima stylize photo.jpg -o painted.png --style starry-night
  allaprima stylize holiday/ -o painted/ --style scream:0.5,great-wave:0.5 --strength 0.8
  allaprima stylize photo.jpg -o painted.png --stroke-size 2 --keep-colour
  allaprima stylize cam_left.png cam_right.png -o both.png     (one pair; the eyes side by side)
  allaprima stylize walk_sbs.mp4 -o painted.mkv --size 1280
  allaprima stylize photo.jpg -o slow.png --engine gatys --style scream --iterations 300 --size 640

Both eyes of a stereo input are painted in one batch, with statistics pooled over both. What is mono goes into both
places of the batch and is taken from the first, so that it looks as it would in a headset.
Pictures and videos are painted and written at their own size, up to 4096 pixels a side; --size changes that.
--stroke-size 2 paints at half that size, where the same strokes are twice as large, and enlarges the result; 0.5 paints
at twice that size, with four times the work.
--engine gatys is the slow reference: it optimises the pixels of one picture for minutes, with the losses that the
network was trained with. Each eye is optimised by itself; that they agree is what the network is for."""


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.core.clock import now_ns
    from allaprima.app.offline.jobs import plan
    from allaprima.app.offline.painter import Painter
    from allaprima.app.packs.pack import default_pack, load_pack
    from allaprima.app.stylize.blend import Blend, check_strength, parse_blend
    from allaprima.app.stylize.colour import check_keep_colour
    from allaprima.app.stylize.prepare import check_stroke_size

    size = parse_size(args.size)
    check_strength(args.strength)
    check_stroke_size(args.stroke_size)
    check_keep_colour(args.keep_colour)
    if args.engine == "gatys":
        if args.stroke_size != 1 or args.keep_colour:
            raise SettingsError("--stroke-size and --keep-colour are for the network", "leave them out with gatys")
        return gatys.execute(args, size)
    gatys.refuse_flags(args)
    pack = load_pack(args.pack) if args.pack else default_pack()
    blend = parse_blend(args.style, pack) if args.style else Blend.of(pack.styles[0])
    weights = blend.weights(pack.rows, args.strength)
    jobs = plan(args.input, args.output, args.stereo, args.overwrite)
    painter = Painter(pack, args.engine, args.precision, size, args.stroke_size, args.keep_colour, args.device)
    started = now_ns()
    try:
        files = _paint_all(jobs, painter, weights, blend.label)
        stylizer = painter.stylizer
        report = {
            "files": files,
            "pack": pack.name,
            "style": {style.name: round(share, 4) for style, share in blend.parts},
            "strength": args.strength,
            "stroke_size": args.stroke_size,
            "keep_colour": args.keep_colour,
            "engine": stylizer.engine if stylizer else None,
            "precision": stylizer.precision if stylizer else None,
            "device": stylizer.device if stylizer else None,
            "pairs": sum(file["pairs"] for file in files),
            "seconds": round((now_ns() - started) / 1e9, 3),
        }
    finally:
        painter.close()
    if args.json:
        print_json(report)
    else:
        for file in files:
            print_lines(*file["outputs"])
    return 0


def _paint_all(jobs: list[Job], painter: Painter, weights: Weights, label: str) -> list[dict[str, Any]]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.offline.files import paint_picture, paint_video

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns) as progress:
        bar = progress.add_task(label, total=len(jobs))
        files = []
        for job in jobs:
            if job.is_video:
                frames = progress.add_task(job.inputs[0].name, total=None)
                done = paint_video(job, painter, weights, partial(progress.update, frames))
                progress.remove_task(frames)
            else:
                done = paint_picture(job, painter, weights)
            progress.advance(bar)
            files.append(
                {
                    "inputs": [str(path) for path in job.inputs],
                    "outputs": [str(path) for path in job.outputs],
                    "layout": done.layout,
                    "size": list(done.size),
                    "pairs": done.pairs,
                }
            )
    return files
