"""`allaprima bench camera-delay`: a real camera films the screen."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import arguments, session_request, values
from allaprima.app.core.console import print_result
from allaprima.app.core.interruption import Interruption

if TYPE_CHECKING:
    from allaprima.app.settings_and_flags import Settings
    from allaprima.app.sources.cameras.source import CameraSource

HELP = "measure the delay of a camera that films the screen"

_PICTURES = 300
_USUAL_HZ = 60.0
_FLUENT = 0.8  # of the numbers that were meant to be shown: with fewer, times are coarser


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("camera", metavar="CAMERA", help="index, id or URL, as in --source")
    parser.add_argument(
        "--display-delay",
        type=values.milliseconds,
        metavar="MS",
        help="the screen's share of the delay (default: one refresh)",
    )
    arguments.add_settings(parser, *session_request.MODE)
    session_request.add_end(parser, "pictures that were read")
    parser.epilog = f"""examples:
  allaprima bench camera-delay 0      a pattern on the screen, for camera 0 to film
  allaprima bench camera-delay 0 --camera-size 640x480 --camera-fps 60 --exposure 8 --json

A window shows a pattern for that camera to film, until {_PICTURES} pictures were read (--frames, --seconds). Use the
camera mode of `run`: the delay depends on it. If the mirror of a session whose camera sees the pattern stands beside
it, the whole delay from light to light is measured, too.

docs/latency.md explains the method."""


def execute(args: Namespace) -> int:
    from contextlib import ExitStack

    from allaprima.app.bench.latency.film import CELL, Film
    from allaprima.app.bench.latency.time_marker import SIZE
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.core.errors import GraphicsError
    from allaprima.app.mirror.poster import Poster
    from allaprima.app.mirror.window import display_available

    _check(args.camera)
    settings = arguments.settings_of(args)
    if not display_available():
        raise GraphicsError("no display: there is nothing for a camera to film", "run it on the desktop of a screen")
    clock, wanted = SystemClock(), args.frames or (None if args.seconds else _PICTURES)
    with ExitStack() as stack:
        source = stack.enter_context(_camera(args.camera, settings, clock))
        poster = Poster("Alla Prima: film this", (SIZE[0] * CELL, SIZE[1] * CELL))
        stack.callback(poster.close)
        display_ms = args.display_delay
        if display_ms is None:
            display_ms = 1e3 / (poster.refresh_hz or _USUAL_HZ)
        film = Film(poster, source, clock, wanted, args.seconds)
        interruption = stack.enter_context(Interruption(film))
        bars = stack.enter_context(Bars())
        bar = bars.add_task("pictures read", total=wanted)
        filmed = film.run(lambda read: bars.update(bar, completed=read))
        seen = filmed.summary()
        result = {
            "camera": args.camera,
            "camera_size": list(source.size),
            "camera_fps": source.statistics()["camera_fps"],
            "screen_hz": poster.refresh_hz,
            "numbers_per_s": round(filmed.next / film.seconds, 2),
            "seconds": round(film.seconds, 2),
            **seen,
            "display_ms": round(display_ms, 2),
            "display_assumed": args.display_delay is None,
            "camera_delay_ms": round(max(0.0, seen["age_ms"]["p50"] - display_ms), 1),
        }
    print_result(args.json, result, *_lines(result))
    return interruption.exit_code


def _check(camera: str) -> None:
    """Raises `SettingsError` for more than one."""
    from allaprima.app.core.errors import SettingsError

    first, comma, _ = camera.partition(",")
    if comma and not set("!/") & set(camera):
        raise SettingsError(f"CAMERA {camera}: one at a time", f"bench camera-delay {first}, then the other")


def _camera(name: str, settings: Settings, clock: Any) -> CameraSource:
    """The one camera, whose stamps are taken as they come. Raises `CameraNotFound`."""
    from allaprima.app.sources.cameras.device import CaptureMode
    from allaprima.app.sources.cameras.opening import CameraOptions, open_cameras

    chosen = settings.source
    mode = CaptureMode(chosen.camera_size, chosen.camera_fps, chosen.mjpeg, chosen.exposure_ms)
    return open_cameras(f"camera:{name}", CameraOptions(mode), clock, layout="mono")


def _lines(result: dict[str, Any]) -> list[str]:
    from allaprima.app.bench.latency.filmed_clock import PERIOD_NS
    from allaprima.app.core.clock import NS

    age, delay = result["age_ms"], result["camera_delay_ms"]
    unread = ", ".join(f"{count} {why}" for why, count in result["unread"].items())
    assumed = " (assumed: one refresh; --display-delay MS knows better)" if result["display_assumed"] else ""
    lines = [
        f"{result['read']} of {result['pictures']} pictures read{f' ({unread})' if unread else ''}; "
        f"camera {result['camera_fps']:.1f} pictures/s, screen {result['numbers_per_s']:.1f} numbers/s",
        f"screen to program  {age['p50']:.1f} ms  (p5 {age['p5']:.1f}, p95 {age['p95']:.1f})",
        f"  of that the screen  {result['display_ms']:.1f} ms{assumed}",
        f"  and the camera      {delay:.1f} ms:  --set source.camera_delay_ms={delay:g}",
    ]
    if result["numbers_per_s"] < _FLUENT * NS / PERIOD_NS:
        lines.append("the screen did not keep up: close what else keeps this computer busy, and measure again")
    for mirror in result["mirrors"]:
        behind = mirror["behind_ms"]
        lines.append(
            f"light to light, by a picture of the pattern on the same screen  {behind['p50']:.1f} ms  "
            f"(p5 {behind['p5']:.1f}, p95 {behind['p95']:.1f}, {mirror['exposures']} exposures)"
        )
    return lines
