"""The program for half an hour as visitors use it: does its memory grow, does it become slower?

    python scripts/soak.py
    python scripts/soak.py --minutes 240 --output soak --json -- --refresh 45

`allaprima run` on the synthetic room with a simulated headset and no window; the style changes every ten seconds. What
follows `--` goes to it. Every five seconds it notes the memory that it holds for itself (resident, anonymous: pages of
the room's file are the system's) and the pairs it has painted. The slope of memory is fitted to the last two fifths of
the time, when the latency monitor keeps no more records than it has. With `--output`, samples and a plot are written
there. Linux.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from allaprima.app.cli import run
from allaprima.app.cli.shared import session_request
from allaprima.app.core.clock import NS
from allaprima.app.live.opening import assembled
from allaprima.app.live.parts import Parts

SAMPLE_S, STYLE_S = 5.0, 10.0
SETTLING = 0.6  # of all the time; 20,000 pairs are recorded, eleven minutes of thirty a second
ENOUGH = 24  # samples: two minutes


def resident_mb() -> float:
    """What this process holds of the machine's memory for itself."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1e3


class Sampler:
    """Looks at a running session, and changes its style now and then."""

    def __init__(self, parts: Parts) -> None:
        self.rows: list[tuple[float, float, int]] = []
        """Seconds, megabytes, pairs painted so far."""
        self._parts = parts
        self._start_ns = self._sample_ns = self._style_ns = 0

    def __call__(self, now_ns: int) -> None:
        if not self._start_ns:
            self._start_ns, self._style_ns = now_ns, now_ns + round(STYLE_S * NS)
        if now_ns >= self._sample_ns:
            self._sample_ns = now_ns + round(SAMPLE_S * NS)
            self.rows.append(((now_ns - self._start_ns) / NS, resident_mb(), self._parts.pipeline.count))
        if now_ns >= self._style_ns:
            self._style_ns = now_ns + round(STYLE_S * NS)
            self._parts.palette.next()


def told(rows: list[tuple[float, float, int]]) -> dict[str, float]:
    """The slope of memory, and the rate in the first and the last third of what is judged."""
    seconds, megabytes, pairs = (np.array(column, float) for column in zip(*rows, strict=True))
    settled = seconds >= seconds[-1] * SETTLING
    seconds, megabytes, pairs = seconds[settled], megabytes[settled], pairs[settled]
    slope, level = np.polyfit(seconds - seconds[0], megabytes, 1)
    rates = np.diff(pairs) / np.diff(seconds)
    third = max(1, len(rates) // 3)
    first, last = float(np.median(rates[:third])), float(np.median(rates[-third:]))
    return {
        "minutes": round(float(seconds[-1]) / 60, 1),
        "memory_mb": round(float(level), 1),
        "growth_percent_per_hour": round(float(100 * slope * 3600 / level), 3),
        "pairs_per_s_first_third": round(first, 2),
        "pairs_per_s_last_third": round(last, 2),
        "rate_change_percent": round(100 * (last / first - 1), 2),
    }


def chain(summary: dict[str, Any]) -> dict[str, float]:
    """Of the whole time: what the headset got, and how late."""
    added = summary["latency_ms"]["added"]
    rates = {name: summary[name] for name in ("pairs_per_s", "submitted_per_s")}
    return rates | {f"added_{share}_ms": added[share] for share in ("p50", "p95", "p99")}


def plot(rows: list[tuple[float, float, int]], path: Path) -> None:
    """Memory and rate over time."""
    from matplotlib.figure import Figure

    seconds, megabytes, pairs = (np.array(column, float) for column in zip(*rows, strict=True))
    figure = Figure((8, 4.5), layout="constrained")
    memory, rate = figure.subplots(2, sharex=True)
    memory.plot(seconds / 60, megabytes)
    memory.set(ylabel="resident, MB", ylim=(0, 1.15 * megabytes.max()))
    rate.plot(seconds[1:] / 60, np.diff(pairs) / np.diff(seconds))
    rate.set(ylabel="pairs a second", xlabel="minutes", ylim=(0, None))
    figure.savefig(path)


def main(argv: list[str]) -> int:
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="that it runs (default: 30)")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="write soak.json and soak.svg there")
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    args = parser.parse_args(argv[:cut])
    if 60 * args.minutes < ENOUGH * SAMPLE_S:
        parser.error(f"a slope cannot be told from less than {ENOUGH * SAMPLE_S / 60:g} minutes")
    flags = argparse.ArgumentParser(add_help=False)
    run.configure(flags)
    chosen = ["--headset", "simulated", "--no-window", *argv[cut + 1 :], "--seconds", str(60 * args.minutes)]
    parsed = flags.parse_args(chosen)
    with assembled(*session_request.asked_for(parsed)) as parts:
        sampler = Sampler(parts)
        summary = parts.session.run(60 * args.minutes, sampler)
    result = told(sampler.rows) | chain(summary)
    if args.output:
        args.output.mkdir(parents=True, exist_ok=True)
        (args.output / "soak.json").write_text(json.dumps(result | {"samples": sampler.rows}))
        plot(sampler.rows, args.output / "soak.svg")
    print(json.dumps(result) if args.json else "\n".join(f"{name:24} {value:g}" for name, value in result.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
