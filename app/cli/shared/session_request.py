"""The flags of the commands that read a source and paint live, beside those of the settings."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import arguments, overwriting, values

if TYPE_CHECKING:
    from allaprima.app.live.request import Request
    from allaprima.app.settings_and_flags import Settings

STEREO = ("auto", "mono", "sbs", "half-sbs", "sbs-swapped", "tb", "half-tb", "tb-swapped")
CODECS = ("ffv1", "h264")
MODE = ("source.camera_size", "source.camera_fps", "source.mjpeg", "source.exposure_ms")
"""What is asked of a camera."""
FAULTS = "inject drop, delay, freeze, lose-left, lose-right, wrong-size or die at a pair, for N pairs; repeatable"


USUAL = {"auto": "two cameras or one stereo camera if available, else synthetic"}


def add_source(parser: ArgumentParser, *more: str, default: str | None = "synthetic") -> None:
    """`--source` and what belongs to it, with the settings `more` of cameras; required where there is no `default`."""
    parser.add_argument(
        "--source",
        default=default,
        required=default is None,
        metavar="SOURCE",
        help="synthetic, cameras:LEFT,RIGHT, camera:ONE, headset, or the path of a recording"
        + (f" (default: {USUAL.get(default, default)})" if default else ""),
    )
    add_stereo(parser)
    cameras = parser.add_argument_group("cameras (allaprima devices lists them)")
    arguments.add_settings(cameras, *MODE, "source.swap_eyes", *more)
    cameras.add_argument("--fault", action="append", default=[], metavar="KIND@PAIR[+PAIRS]", help=FAULTS)


def add_stereo(parser: arguments.Flags) -> None:
    parser.add_argument("--stereo", default="auto", choices=STEREO, help="layout of the two eyes in one file or camera")


def add_rig(parser: arguments.Flags, use: str = "camera delay, and trims, which keys change and save") -> None:
    parser.add_argument("--rig", type=Path, metavar="FILE", help=f"rig file: {use}")


def add_end(parser: ArgumentParser, pairs: str = "painted pairs") -> arguments.Flags:
    """`--frames`, `--seconds`, `--json` and `--set`. Returns what adds more flags beside these."""
    group = parser.add_argument_group("end and results")
    group.add_argument("--frames", type=values.count, metavar="N", help=f"end after N {pairs}")
    group.add_argument("--seconds", type=values.seconds, metavar="S", help="end after S seconds")
    arguments.add_set(parser)
    arguments.add_json(parser)
    return group


def add_results(parser: ArgumentParser) -> None:
    """`add_end`, and the files of a session."""
    group = add_end(parser)
    group.add_argument("--video", type=Path, metavar="FILE", help="also write the mirror to an MP4 or MKV file")
    group.add_argument("--report", type=Path, metavar="DIR", help="write report.html, report.json and trace.json there")
    overwriting.add_flag(group)


def settings_of(args: Namespace) -> Settings:
    """The settings, once the flags are known to go together: eyes are swapped of cameras only, the report's folder
    can be one, and no file is there without `--overwrite`. Raises `SettingsError`.
    """
    settings = arguments.settings_of(args)
    if report := getattr(args, "report", None):
        from allaprima.app.latency.report import PAGE, check_folder

        check_folder(report)
        overwriting.check(args, report / PAGE)
    video, record, hashes = (getattr(args, name, None) for name in ("video", "record", "hashes"))
    overwriting.check_apart([video, record, hashes], getattr(args, "source", ""))
    if video or hashes:  # of commands that have --overwrite
        overwriting.check(args, video, hashes)
    if (source := getattr(args, "source", "auto")) != "auto":
        check_swapped(args, source)
    return settings


def asked_for(args: Namespace, fast: bool = False) -> tuple[Settings, Request]:
    return settings_of(args), request_of(args, fast)


def request_of(args: Namespace, fast: bool = False) -> Request:
    """What else the flags ask of a session; `fast` reads a recording as fast as it is painted."""
    from allaprima.app.live.request import Request
    from allaprima.app.sources.faulty import parse_fault

    alike = ("source", "loop", "video", "rig", "record", "codec", "reenact")  # by the request and by the flags
    return Request(
        **{name: value for name in alike if (value := getattr(args, name, None)) is not None},
        pairs=getattr(args, "frames", None),
        as_fast_as_possible=fast,
        input_layout=args.stereo,
        faults=tuple(parse_fault(text) for text in getattr(args, "fault", ())),
        record_painted=getattr(args, "painted", False),
    )


def check_swapped(args: Namespace, source: str) -> None:
    """Raises `SettingsError` where the flags swap the eyes of what is no camera."""
    from allaprima.app.core.errors import SettingsError
    from allaprima.app.sources.cameras.address import names_headset
    from allaprima.app.sources.cameras.opening import PREFIXES

    swapped = arguments.given(args).get("source.swap_eyes")
    if swapped and not (source.startswith(PREFIXES) or names_headset(source)):
        hint = "name the files as RIGHT,LEFT, or give --stereo sbs-swapped"
        raise SettingsError(f"--swap-eyes is for cameras: the eyes of {source} cannot be swapped", hint)
