"""`allaprima export`: an ordinary video of a recording, for players."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import arguments, overwriting, session_request
from allaprima.app.cli.shared.result import report_damage
from allaprima.app.core.console import print_result
from allaprima.app.core.errors import SettingsError

if TYPE_CHECKING:
    from allaprima.app.recording.video import VideoWriter
    from allaprima.app.sources.reel import Reel

HELP = "convert a recording to an ordinary video for players"
LAYOUTS = ("sbs", "tb", "left")


def span(text: str) -> tuple[float, float]:
    """`2:5.5`, `:5` or `2:` as (from, to), in seconds."""
    start, colon, end = text.partition(":")
    try:
        found = float(start or 0), float(end or "inf")
    except ValueError:
        found = -1.0, -1.0
    if not colon or not 0 <= found[0] < found[1]:
        raise SettingsError(f"{text}: that is not a span of seconds", "give a span such as 2:5.5, :5 or 2:")
    return found


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("recording", metavar="REC", help="what `allaprima replay` plays; LEFT,RIGHT for two files")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=".mp4 or .mkv")
    parser.add_argument(
        "--layout", default="sbs", choices=LAYOUTS, help="both eyes side by side, top and bottom, or the left eye only"
    )
    parser.add_argument("--span", type=span, default=(0.0, float("inf")), metavar="A:B", help="only that part")
    session_request.add_stereo(parser)
    overwriting.add_flag(parser)
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima export walk.mkv -o walk_sbs.mp4                  for stereo players; the name gives the layout
  allaprima export walk.mkv -o walk.mp4 --layout left        for any player
  allaprima export walk.mkv -o part_tb.mp4 --layout tb --span 2:5.5"""


def execute(args: Namespace) -> int:
    import numpy as np

    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.core.clock import NS
    from allaprima.app.core.errors import RecordingError
    from allaprima.app.recording.opening import check_name
    from allaprima.app.sources.recorded.opening import open_reel

    out: Path = args.output
    left, comma, right = args.recording.partition(",")
    pair = (left, right) if comma and not Path(args.recording).exists() else args.recording
    parts = (left, right) if isinstance(pair, tuple) else (pair,)
    if out.exists() and any(Path(part).exists() and out.samefile(part) for part in parts):
        raise SettingsError(f"{out} is the recording itself", "-o OTHER.mp4")
    if not out.suffix:
        raise SettingsError(f"{out}: a video's name ends in .mp4 or .mkv", f"name it {out.name}.mp4")
    check_name(out)
    overwriting.check(args, out)
    start, end = args.span
    reel = open_reel(pair, args.stereo)
    try:
        width, height = reel.size
        size = {"sbs": (2 * width, height), "tb": (width, 2 * height), "left": (width, height)}[args.layout]
        with Bars() as bars, _writer(out, size, reel, args) as writer:
            bar = bars.add_task(out.name, total=reel.length)
            first_ns: int | None = None
            seen = 0
            while (frame := reel.next()) is not None:
                t_ns = round(seen * NS / reel.rate_hz) if frame.t_ns is None else frame.t_ns
                first_ns = t_ns if first_ns is None else first_ns
                seen += 1
                at = (t_ns - first_ns) / NS
                if at >= end:
                    break
                if at >= start:
                    eyes = (frame.left,) if args.layout == "left" else (frame.left, frame.right)
                    joined = np.concatenate(eyes, axis=0 if args.layout == "tb" else 1)
                    writer.write(joined, t_ns, frame.duration_ns)
                bars.update(bar, completed=seen)
            if not writer.count:
                raise RecordingError(
                    f"{reel.name} ends before {start:g} s: nothing to export",
                    f"it lasts {at if seen else 0:.1f} s; give an earlier --span A:B",
                )
    finally:
        reel.close()
    result = {"file": str(out), "pairs": writer.count, "size": [side + side % 2 for side in size]}
    result |= {"layout": args.layout, "damage": ""}
    code = report_damage(reel, result)
    print_result(args.json, result, out)
    return code


@contextmanager
def _writer(out: Path, size: tuple[int, int], reel: Reel, args: Namespace) -> Iterator[VideoWriter]:
    """With the sound and the clock of a film; other recordings have none."""
    from contextlib import ExitStack, closing

    from allaprima.app.recording.soundtrack import Original
    from allaprima.app.recording.video import VideoWriter
    from allaprima.app.sources.recorded.tracks import Tracks
    from allaprima.app.sources.recorded.video import TwoVideosReel, VideoReel

    with ExitStack() as stack:
        original = None
        if isinstance(reel, VideoReel | TwoVideosReel):
            film, whole = reel.film, args.span == (0.0, float("inf"))
            tracks = stack.enter_context(closing(Tracks(film.path)))
            start_ns = film.start_ns if whole else None
            original = Original(tracks, film.time_base, start_ns, reel.pixel_aspect, film.matrix, whole)
        marked = None if args.layout == "left" else args.layout
        yield stack.enter_context(VideoWriter(out, size, reel.rate_hz, marked, original))
