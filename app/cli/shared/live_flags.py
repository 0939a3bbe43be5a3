"""The flags of the commands that paint live, and the settings that they make."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import overwriting
from allaprima.app.cli.shared.values import amount, count, positive, rate, size
from allaprima.app.core.errors import SettingsError

if TYPE_CHECKING:
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

    group = parser.add_argument_group("ending and results")
    add = group.add_argument
    add("--frames", type=count, metavar="N", help="end after N painted pairs")
    add("--seconds", type=positive, metavar="S", help="end after S seconds")
    add("--video", type=Path, metavar="FILE", help="also write the mirror to an MP4 or MKV file")
    add("--report", type=Path, metavar="DIR", help="write report.html, report.json and trace.json there")
    overwriting.add_flag(group)
    add("--json", action="store_true", help="print the result as one JSON object, and nothing else")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any setting: section.key=value"
    )


def settings_of(args: Namespace) -> Settings:
    """Defaults, the user's file, `--set`, then the flags. Also checks where video and report are to go."""
    from allaprima.app.latency.report import PAGE, check_folder
    from allaprima.app.settings import Settings

    if args.report:
        check_folder(args.report)
    overwriting.check(args, args.video, args.report and args.report / PAGE)

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
