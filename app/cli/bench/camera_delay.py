"""`allaprima bench latency --loopback-camera N`: a real camera films the screen."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from allaprima.app.cli import run
from allaprima.app.cli.shared import live_flags
from allaprima.app.core.console import print_json, print_lines
from allaprima.app.core.interruption import Interruption

if TYPE_CHECKING:
    from allaprima.app.settings import Settings
    from allaprima.app.sources.cameras.source import CameraSource

PICTURES = 300
FILMING = ("display_delay", "camera_size", "camera_fps", "no_mjpeg", "exposure")
"""Flags that mean something only here."""
_USUAL_HZ = 60.0
_FLUENT = 0.8  # of the numbers that were meant to be shown: with fewer, times are coarser
_OF_PAINTING = (
    "inject", "rate", "style", "strength", "crossfade", "stroke_size", "keep_colour", "size", "pack", "governor",
    "engine", "device", "precision", "threads", "headset", "reconnect", "rig", "eye_size", "refresh", "distance",
    "guided", "rectify", "layout", "no_window", "no_hud", "video", "report",
)  # fmt: skip


def execute(args: Namespace) -> int:
    from contextlib import ExitStack

    from allaprima.app.bench.latency.film import CELL, Film
    from allaprima.app.bench.latency.time_marker import SIZE
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.core.errors import GraphicsError
    from allaprima.app.mirror.poster import Poster
    from allaprima.app.mirror.window import display_available

    _check(args)
    settings = run.with_camera_mode(live_flags.settings_of(args), args)
    if not display_available():
        raise GraphicsError("no display: there is nothing for a camera to film", "run it on the desktop of a screen")
    clock, wanted = SystemClock(), args.frames or (None if args.seconds else PICTURES)
    with ExitStack() as stack:
        source = stack.enter_context(_camera(args.loopback_camera, settings, clock))
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
            "camera": args.loopback_camera,
            "camera_size": list(source.size),
            "camera_fps": source.statistics()["camera_fps"],
            "screen_hz": poster.refresh_hz,
            "numbers_per_s": round(filmed.next / film.seconds, 2),
            "seconds": round(film.seconds, 2),
            **seen,
            "display_ms": round(display_ms, 2),
            "display_assumed": args.display_delay is None,
            "camera_delay_ms": _camera_delay_ms(seen["age_ms"]["p50"], display_ms),
        }
    if args.json:
        print_json(result)
    else:
        for line in _lines(result):
            print_lines(line)
    return interruption.exit_code


def _check(args: Namespace) -> None:
    """Raises `SettingsError` for what means nothing here."""
    from allaprima.app.core.errors import SettingsError

    first, comma, _ = args.loopback_camera.partition(",")
    if comma and not set("!/") & set(args.loopback_camera):
        raise SettingsError(
            f"--loopback-camera {args.loopback_camera}: one at a time", f"--loopback-camera {first}, then the other"
        )
    for name in _OF_PAINTING:
        if getattr(args, name):
            flag = f"--{name.replace('_', '-')}"
            raise SettingsError(f"{flag} means nothing to --loopback-camera: nothing is painted", f"leave {flag} out")


def _camera(name: str, settings: Settings, clock: Any) -> CameraSource:
    """The one camera, whose stamps are taken as they come. Raises `CameraNotFound`."""
    from allaprima.app.sources.cameras.device import CaptureMode
    from allaprima.app.sources.cameras.opening import CameraOptions, open_cameras

    chosen = settings.source
    mode = CaptureMode(chosen.camera_size, chosen.camera_fps, chosen.mjpeg, chosen.exposure_ms)
    return open_cameras(f"camera:{name}", CameraOptions(mode), clock, layout="mono")


def _camera_delay_ms(age_ms: float, display_ms: float) -> float:
    """What is left for the camera, at least nothing."""
    return round(max(0.0, age_ms - display_ms), 1)


def _lines(result: dict[str, Any]) -> list[str]:
    """For a terminal."""
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
