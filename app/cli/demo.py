"""`allaprima demo`: the synthetic room, painted live, style after style."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import arguments, overwriting, session_request
from allaprima.app.cli.shared.result import report, result_of
from allaprima.app.core.commands import Call
from allaprima.app.core.interruption import Interruption

if TYPE_CHECKING:
    from allaprima.app.core.frame import Pixels
    from allaprima.app.live.parts import Parts

HELP = "paint the synthetic room live, style after style"

_SECONDS_A_STYLE = 6.0
_HEADLESS_SECONDS = 20.0
_FOLDER = Path("allaprima-demo")


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--headless", action="store_true", help="no window: write an MP4 of the mirror and a contact sheet"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="output folder (default: allaprima-demo, replaced)"
    )
    arguments.add_settings(parser.add_argument_group("painting"), "stylize")
    showing = parser.add_argument_group("showing")
    arguments.add_settings(showing, "headset", "compositor.projection_distance_m", "compositor.guided")
    arguments.add_settings(showing, "mirror.layout", "mirror.hud", "web")
    session_request.add_results(parser)
    parser.epilog = """examples:
  allaprima demo                                   in a window; press ? for the keys
  allaprima demo --headless                        writes allaprima-demo/demo.mp4 and contact-sheet.png
  allaprima demo --headless --frames 120 --json"""


class Tour:
    """Walks through the pack's styles, each for its share of `pairs` painted pairs, or six seconds each, for ever.

    Keeps a picture of each at the end of its first share, when the crossfade is long over. A key that picks a style
    or blends it ends the tour: from then on it is the visitor's.
    """

    def __init__(self, parts: Parts, pairs: int | None, seconds: float | None, keep_pictures: bool) -> None:
        self.pictures: dict[str, Pixels] = {}
        self._parts, self._keep = parts, keep_pictures
        self._styles = parts.pack.styles
        self._pairs = pairs
        self._share_s = seconds / len(self._styles) if seconds else _SECONDS_A_STYLE
        self._start_ns: int | None = None
        self._at = 0

    def step(self, now_ns: int) -> None:
        """Called once a headset frame, after it was shown."""
        if self._start_ns is None:
            self._start_ns = now_ns
        if self._pairs:
            place = self._parts.pipeline.count * len(self._styles) / self._pairs
        else:
            place = (now_ns - self._start_ns) / 1e9 / self._share_s
        if self._keep and place % 1 > 0.7 and self._styles[self._at].name not in self.pictures:
            self.pictures[self._styles[self._at].name] = self._parts.audience.picture()
        if int(place) > self._at and self._parts.palette.label == self._styles[self._at % len(self._styles)].label:
            self._at += 1
            if self._pairs is None or self._at < len(self._styles):
                self._parts.session.do(Call("style", self._at % len(self._styles) + 1))


def execute(args: Namespace) -> int:
    from allaprima.app.cli.shared.progress import drawing_progress
    from allaprima.app.live.opening import assembled
    from allaprima.app.live.request import Request
    from allaprima.app.live.run import run_session
    from allaprima.app.mirror.window import display_available
    from allaprima.app.recording.contact_sheet import write_contact_sheet

    settings = session_request.settings_of(args)
    headless = args.headless or not settings.mirror.window or not display_available()
    settings = settings.updated("mirror.window", not headless)
    if headless and settings.headset.kind == "auto":
        settings = settings.updated("headset.kind", "simulated")
    seconds = args.seconds or (None if args.frames or not headless else _HEADLESS_SECONDS)
    folder = args.output or _FOLDER
    video, sheet = args.video or (folder / "demo.mp4" if headless else None), folder / "contact-sheet.png"
    if args.output and headless:
        overwriting.check(args, video, sheet)
    request = Request(pairs=args.frames, video=video)
    with (
        drawing_progress() as progress,
        assembled(settings, request, progress=progress) as parts,
        Interruption(parts.session) as interruption,
    ):
        tour = Tour(parts, args.frames, seconds, keep_pictures=headless)
        summary, files = run_session(parts, args.json, seconds, tour.step)
        if tour.pictures:
            titles = {style.name: style.title for style in parts.pack.styles}
            write_contact_sheet(sheet, [(titles[name], picture) for name, picture in tour.pictures.items()])
            files.append(sheet)
        report(parts, result_of(parts, summary, files), summary, args.report, args.json)
    return interruption.exit_code
