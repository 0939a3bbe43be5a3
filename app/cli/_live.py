"""What the commands that paint live have in common: their flags, and one run from flags to result."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.core.errors import SettingsError

if TYPE_CHECKING:
    from allaprima.app.live.parts import Parts
    from allaprima.app.settings import Settings

HEADSETS = ("auto", "openvr", "openxr", "simulated")
LAYOUTS = ("left", "right", "side-by-side", "anaglyph", "before-after")
ENGINES = ("auto", "openvino", "onnxruntime", "torch")
STEREO = ("auto", "mono", "sbs", "sbs-swapped", "tb", "tb-swapped")
DEVICES = ("auto", "cpu", "cuda", "tensorrt")
PRECISIONS = ("auto", "f32", "bf16", "f16", "int8")
KEEP_COLOUR = "paint in the camera's colours: 0 not, 1 wholly (default: 0; the bare flag means 1)"

GOVERNOR = (
    "hold so many painted pairs a second by painting smaller (default: off; the bare flag means the source's rate)"
)


def size(text: str) -> tuple[int, int]:
    """`640x480` as (640, 480)."""
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a size such as 640x480") from None
    if not (16 <= width <= 8192 and 16 <= height <= 8192):
        raise ArgumentTypeError(f"{text}: each side must be 16 to 8192 pixels")
    return width, height


def positive(text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < 1e9:
        raise ArgumentTypeError(f"{text}: must be above 0")
    return number


def count(text: str) -> int:
    """A whole number above 0."""
    try:
        number = int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not 0 < number < 10**9:
        raise ArgumentTypeError(f"{text}: must be 1 or more")
    return number


def amount(text: str) -> float:
    """What follows `--keep-colour`; a path there was meant for the command, to which the bare flag gave it away."""
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not a number from 0 to 1: write --keep-colour=1, or put it last"
        ) from None


def rate(text: str) -> str:
    """What follows `--governor`, for the settings to check; a path there was meant for the command."""
    try:
        return text if text == "auto" else str(float(text))
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not a rate in pairs a second: write --governor=30, or put it last"
        ) from None


def live_engine(text: str) -> str:
    """The engine's name. Raises `SettingsError` for the one that is known, but paints no live frames."""
    if text == "gatys":
        raise SettingsError(
            "gatys takes minutes for one picture: it cannot paint live", "allaprima stylize PHOTO -o OUT --engine gatys"
        )
    return text


def add_flags(parser: ArgumentParser) -> None:
    """The flags of every command that paints live."""
    add = parser.add_argument_group("painting").add_argument
    add("--style", metavar="NAME", help="style to begin with, or a blend: NAME:0.5,NAME:0.5")
    add("--strength", type=float, metavar="0..1", help="0 is the photo, 1 the painting")
    add("--crossfade", type=float, metavar="S", help="seconds from one style to the next")
    add("--stroke-size", type=float, metavar="S", help="1 is as trained, 2 twice as large (0.25 to 4; default: 1)")
    add("--keep-colour", type=amount, nargs="?", const=1.0, metavar="0..1", help=KEEP_COLOUR)
    add("--size", type=size, metavar="WxH", help="size each eye is painted at, rounded to multiples of 8")
    add("--pack", help="style pack, by name or folder")
    add("--governor", type=rate, nargs="?", const="auto", metavar="RATE", help=GOVERNOR)
    add("--engine", type=live_engine, choices=ENGINES, help="what runs the network (default: the first that works)")
    add("--device", choices=DEVICES, help="what it runs on: cuda with onnxruntime or torch, tensorrt with onnxruntime")
    add(
        "--precision",
        choices=PRECISIONS,
        help="its arithmetic (default: the fastest float the processor has)",
    )
    add("--threads", type=count, metavar="N", help="that the network runs on (default: all processors)")

    add = parser.add_argument_group("showing").add_argument
    add(
        "--headset",
        choices=HEADSETS,
        help="where to show it (default: auto, the first there is of openvr, openxr, simulated)",
    )
    add("--reconnect", action="store_true", help="try a headset again that was lost")
    add("--rig", type=Path, metavar="FILE", help="rig file: camera delay, and trims, which keys change and save")
    add("--eye-size", type=size, metavar="WxH", help="the simulated headset's (default: 640x720)")
    add("--refresh", type=positive, metavar="HZ", help="the simulated headset's frames a second (default: 60)")
    add("--distance", type=positive, metavar="M", help="metres at which the picture hangs, for reprojection")
    add("--guided", choices=("auto", "on", "off"), help="outlines from the camera where the painting has fewer pixels")
    add("--rectify", choices=("cpu", "shader"), help="where calibrated cameras' pictures are rectified (default: cpu)")
    add("--layout", choices=LAYOUTS, help="what the mirror shows")
    add("--no-window", action="store_true", help="draw offscreen, without a mirror window")
    add("--no-hud", action="store_true", help="no figures in the picture")

    add = parser.add_argument_group("ending and results").add_argument
    add("--frames", type=count, metavar="N", help="end after N painted pairs")
    add("--seconds", type=positive, metavar="S", help="end after S seconds")
    add("--video", type=Path, metavar="FILE", help="also write the mirror to an MP4 or MKV file")
    add("--report", type=Path, metavar="DIR", help="write report.html, report.json and trace.json there")
    add("--json", action="store_true", help="print the result as one JSON object, and nothing else")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any setting: section.key=value"
    )


def settings_of(args: Namespace) -> Settings:
    """Defaults, the user's file, `--set`, then the flags. Also checks where the report is to go."""
    from allaprima.app.latency.report import check_folder
    from allaprima.app.settings import Settings

    if args.report:
        check_folder(args.report)

    eye = args.eye_size or (None, None)
    flags: dict[str, object] = {
        "headset.kind": args.headset,
        "headset.reconnect": True if args.reconnect else None,
        "headset.eye_width": eye[0],
        "headset.eye_height": eye[1],
        "headset.refresh_hz": args.refresh,
        "stylize.engine": args.engine,
        "stylize.device": args.device,
        "stylize.precision": args.precision,
        "stylize.threads": args.threads,
        "stylize.pack": args.pack,
        "stylize.style": args.style,
        "stylize.strength": args.strength,
        "stylize.crossfade_s": args.crossfade,
        "stylize.stroke_size": args.stroke_size,
        "stylize.keep_colour": args.keep_colour,
        "stylize.target_rate": args.governor,
        "compositor.projection_distance_m": args.distance,
        "compositor.guided": args.guided,
        "compositor.rectify": args.rectify,
        "mirror.layout": args.layout,
        "mirror.window": False if args.no_window else None,
        "mirror.hud": False if args.no_hud else None,
    }
    return Settings.load(assignments=args.set, flags=flags)


def result_of(parts: Parts, summary: dict[str, Any], files: list[Path]) -> dict[str, Any]:
    """The one JSON object that these commands print; what was changed on the way is told as it was at the end."""
    brush = parts.brushes.in_hand
    return {
        "source": parts.source.name,
        "source_size": list(parts.source.size),
        "painted_size": list(brush.stylizer.size),
        "headset": parts.headset.name,
        "eye_size": list(parts.headset.eye_size),
        "refresh_hz": parts.headset.refresh_hz,
        "graphics": parts.context.description,
        "engine": brush.stylizer.engine,
        "precision": brush.stylizer.precision,
        "device": brush.stylizer.device,
        "interop": parts.lift.interop,
        "interop_reason": parts.lift.reason,
        "pack": parts.pack.name,
        "stroke_size": brush.stroke_size,
        "keep_colour": parts.controls.keep_colour,
        "styles": [style.name for style in parts.pack.styles],
        "painted": parts.pipeline.count,
        "governor": parts.pipeline.governor and parts.pipeline.governor.summary(),
        **summary,
        "files": [str(file) for file in files],
    }


def report(parts: Parts, result: dict[str, Any], summary: dict[str, Any], folder: Path | None, as_json: bool) -> None:
    """Write the report folder if one is wanted, then print the table, or the JSON object."""
    if folder:
        from allaprima.app.latency.report import write_report

        context = {key: value for key, value in result.items() if key not in summary and key not in ("files", "styles")}
        result["files"] += [str(file) for file in write_report(folder, summary, parts.monitor.records(), context)]
    if as_json:
        print(json.dumps(result))
        return
    from allaprima.app.latency.table import print_table

    print_table(summary)
    for file in result["files"]:
        print(file)


@contextmanager
def drawing_progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error for the synthetic room's first drawing; nothing where it is drawn already."""
    from allaprima.app.cli._bars import Bars

    bars = Bars()
    bar = bars.add_task("drawing the synthetic room, once", total=None)

    def progress(done: int, total: int) -> None:
        if done == 1:
            bars.start()
        bars.update(bar, completed=done, total=total)
        if done == total:
            bars.stop()

    try:
        yield progress
    finally:
        bars.stop()
