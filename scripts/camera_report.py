"""How well two cameras are paired: skew, drops and gaps of a run, as text, JSON and a picture.

Without `--source` it serves two MJPEG streams on localhost and reads them back through OpenCV's own backend, one thread
a stream, as real network cameras would be; their numbered pictures then also tell whether left and right were ever
swapped.

    python scripts/camera_report.py [--source cameras:0,1] [--seconds 30] [--size 640x480] [--fps 30] [-o DIR] [--json]
"""

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

from mjpeg_streams import LOOP, MjpegStreams

from allaprima.app.core.errors import AllaPrimaError, Stalled
from allaprima.app.sources.cameras.simulated import read_card
from allaprima.app.sources.opening import open_source
from allaprima.app.sources.source import LiveSource

BINS = 12
_PHASE_S = 0.004  # cameras that know nothing of each other are never in step
_BAR = 40


def measure(source: LiveSource, seconds: float, cards: bool) -> dict[str, Any]:
    """Read `source` for `seconds`; `cards` says that its pictures are numbered ones."""
    skews, times, seen, stalls = [], [], Counter[str](), 0
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        try:
            frame = source.read(min(left, 0.5))
        except Stalled:
            stalls += 1
            continue
        skews.append(frame.skew_ns / 1e6)
        times.append(frame.t_ns / 1e6)
        if cards:
            (left_eye, a), (right_eye, b) = read_card(frame.left), read_card(frame.right)
            seen["swapped"] += (left_eye, right_eye) == (1, 0)
            seen["one_eye_for_both"] += left_eye == right_eye
            seen[f"apart_{min((a - b) % LOOP, (b - a) % LOOP)}"] += 1
    return {
        "skews_ms": skews,
        "intervals_ms": [b - a for a, b in pairwise(times)],
        "stalls": stalls,
        "cards": dict(seen),
    }


def histogram(values: list[float], low: float, high: float) -> list[tuple[float, float, int]]:
    """(from, to, how many) of `BINS` equal bins; what lies beyond them is in the outer ones."""
    width = (high - low) / BINS
    places = Counter(min(BINS - 1, max(0, int((value - low) // width))) for value in values)
    return [(low + n * width, low + (n + 1) * width, places[n]) for n in range(BINS)]


def skipped(intervals_ms: list[float], period_ms: float) -> list[tuple[str, int]]:
    """How many pairs came after how many that were missing."""
    missing = Counter(min(4, max(0, round(ms / period_ms) - 1)) for ms in intervals_ms)
    return [(str(n) if n < 4 else "4 or more", missing[n]) for n in range(5)]


def text_bars(title: str, rows: list[tuple[str, int]]) -> str:
    most = max(1, *(count for _, count in rows))
    lines = [f"{label:>16} {count:>6} {'#' * round(_BAR * count / most)}".rstrip() for label, count in rows]
    return "\n".join([title, *lines])


def svg(panels: list[tuple[str, list[tuple[str, int]]]]) -> str:
    """Bars side by side, black on white, one panel below the other."""
    row, top, parts, y = 18, 30, [], 0
    for title, rows in panels:
        most = max(1, *(count for _, count in rows))
        parts.append(f'<text x="10" y="{y + 20}" font-weight="bold">{title}</text>')
        for n, (label, count) in enumerate(rows):
            at = y + top + n * row
            parts.append(
                f'<text x="130" y="{at + 12}" text-anchor="end">{label}</text>'
                f'<rect x="138" y="{at + 2}" width="{400 * count / most:.1f}" height="{row - 5}" fill="#4a6fa5"/>'
                f'<text x="{144 + 400 * count / most:.1f}" y="{at + 12}">{count}</text>'
            )
        y += top + len(rows) * row + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 {y}" font-family="sans-serif" font-size="12">'
        f'<rect width="620" height="{y}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", help="as allaprima run has it (default: two streams of its own)")
    parser.add_argument("--seconds", type=float, default=30, help="(default %(default)s)")
    parser.add_argument("--size", default="640x480", help="WxH of the streams (default %(default)s)")
    parser.add_argument("--fps", type=float, default=30, help="of the streams (default %(default)s)")
    parser.add_argument("-o", "--output", type=Path, help="folder for cameras.json and cameras.svg")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    args = parser.parse_args()
    try:
        width, height = map(int, args.size.split("x"))
    except ValueError:
        parser.error(f"--size {args.size}: write it as WIDTHxHEIGHT, e.g. 640x480")
    sys.setswitchinterval(0.0005)  # as a session does: with the usual 5 ms, Python's threads blur each other's stamps
    try:
        with ExitStack() as stack:
            spec = args.source or stack.enter_context(MjpegStreams((width, height), args.fps, _PHASE_S)).source
            source = stack.enter_context(open_source(spec))
            if not isinstance(source, LiveSource):
                parser.error(f"--source {spec}: a recording is no camera")
            found = measure(source, args.seconds, cards=args.source is None)
            found["statistics"] = source.statistics()
    except AllaPrimaError as error:
        print(f"error: {error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    fastest = max((fps for name, fps in found["statistics"].items() if name.endswith("_fps")), default=args.fps)
    period_ms = 1000 / (args.fps if args.source is None else fastest)
    found |= {
        "source": args.source or "two MJPEG streams on localhost",
        "seconds": args.seconds,
        "period_ms": period_ms,
    }
    skews = histogram(found["skews_ms"], -period_ms / 2, period_ms / 2)
    panels = [
        ("Skew, right minus left, ms: pairs", [(f"{low:+.1f} to {high:+.1f}", count) for low, high, count in skews]),
        ("Moments missing before a pair: pairs", skipped(found["intervals_ms"], period_ms)),
    ]
    if args.output:
        args.output.mkdir(parents=True, exist_ok=True)
        (args.output / "cameras.svg").write_text(svg(panels), encoding="utf-8")
        (args.output / "cameras.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if args.json:
        print(json.dumps(found))
        return 0
    for title, rows in panels:
        print(text_bars(title, rows), end="\n\n")
    for name, value in {**found["statistics"], "stalls": found["stalls"], **found["cards"]}.items():
        print(f"{name:>20} {value}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
