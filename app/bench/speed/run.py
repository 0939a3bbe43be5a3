"""`allaprima bench speed`: how quickly a pair is painted, beside what this processor could do."""

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from allaprima.app.bench.speed import probes
from allaprima.app.bench.speed.contenders import (
    VARIANTS,
    Contender,
    Missing,
    Variant,
    label,
    ours,
    peak_name,
    peaks,
)
from allaprima.app.bench.speed.rounds import Run, Times, interleaved
from allaprima.app.core.clock import Clock
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.prepare import Size

HEADLINE = (640, 480)
"""The size that the figures at the top of the report are of, where it is among those measured."""
Progress = Callable[[str, float], object]


@dataclass(frozen=True, slots=True)
class SpeedSettings:
    """What to time."""

    sizes: tuple[Size, ...] = ((320, 240), (640, 480), (1280, 720))
    variants: tuple[Variant, ...] = VARIANTS
    rounds: int = 15

    @property
    def headline(self) -> Size:
        return HEADLINE if HEADLINE in self.sizes else self.sizes[0]


def run(pack: StylePack, settings: SpeedSettings, clock: Clock, progress: Progress, missing: Missing) -> dict[str, Any]:
    """Measure; returns the result for JSON. `progress` is called with the present step and the finished share,
    `missing` with one line for each figure that cannot be measured. Raises `EngineError` and `StylePackError`.
    """
    machine = _machine()  # first of all: the load should not be our own
    data = pack.read_network().data
    with ExitStack() as stack:
        passes: dict[Contender, Run] = {}
        for size in settings.sizes:
            progress(f"loading {label(size)}", 0)
            passes |= dict(ours(pack, size, settings.variants, stack, missing))
        tops = peaks(passes, missing)
        passes = {**{top: one_pass for top, (one_pass, _) in tops.items()}, **passes}
        times = interleaved(passes, settings.rounds, clock, progress)
    flops = {size: _flops(data, size) for size in settings.sizes}
    peak = peak_gflops({top: operations for top, (_, operations) in tops.items()}, times)
    report: dict[str, Any] = {
        "pack": pack.name,
        "machine": machine,
        "settings": {"rounds": settings.rounds, "sizes": [label(size) for size in settings.sizes]},
        "gflop": {label(size): round(found / 1e9, 3) for size, found in flops.items()},
        "peak_gflops": {name: round(value, 1) for name, value in peak.items()},
        "pairs": {label(size): _pairs(size, times, flops[size], peak) for size in settings.sizes},
        "kernels": _kernels(pack, data, settings.headline, times),
    }
    return report | _headline(report, label(settings.headline))


def peak_gflops(operations: Mapping[Contender, int], times: Mapping[Contender, Times]) -> dict[str, float]:
    """By device and precision: the most that any of the kernels of that name reached, in 1e9 operations a second.

    Of each kernel the quicker quarter of the rounds counts: what disturbs the machine only slows it down, and a peak
    that was disturbed would be none.
    """
    found: dict[str, float] = {}
    for top, count in operations.items():
        found[top.name] = max(found.get(top.name, 0.0), count / times[top].low * 1e-6)
    return found


def _machine() -> dict[str, Any]:
    name, computes_in = probes.processor()
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": name,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "computes_in": computes_in,
    }


def _flops(data: bytes, size: Size) -> int:
    return probes.flops(data, {"frames": (2, 3, size[1], size[0])})


def _kernels(pack: StylePack, data: bytes, size: Size, times: Iterable[Contender]) -> dict[str, list[str]]:
    """Of each precision in OpenVINO: as what the convolutions run."""
    names = [c.name for c in times if c.size == size and c.part == "stylizer" and c.name.startswith("openvino ")]
    if not names:
        return {}
    ranges = pack.int8.ranges if pack.int8 else {}
    return {name: probes.convolution_kernels(data, size, name.split()[1], ranges) for name in names}


def _pairs(
    size: Size, times: Mapping[Contender, Times], flops: int, peak: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """By engine: the whole stylizer, the network alone, and how near that comes to the peak of its own device."""
    rows: dict[str, dict[str, Any]] = {}
    for contender, found in times.items():
        if contender.size != size or contender.part != "stylizer":
            continue
        network = times[replace(contender, part="network")]
        gflops = flops / network.median * 1e-6
        top = peak.get(peak_name(contender.device, contender.name.split()[1]))
        rows[contender.name] = {
            **found.as_json(),
            "network_ms": round(network.median, 3),
            "network_gflops": round(gflops, 1),
            "peak_fraction": round(gflops / top, 4) if top else None,
        }
    return rows


def _headline(report: Mapping[str, Any], size: str) -> dict[str, Any]:
    """The figures that goals are set for: of the first engine's whole stylizer, and its network for the peak."""
    engine, best = next(iter(report["pairs"][size].items()))
    return {"headline": {"size": size, "engine": engine}, "peak_fraction": best["peak_fraction"]}
