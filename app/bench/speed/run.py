"""`allaprima bench speed`: how quickly a pair is painted, beside others and beside what this processor could do."""

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Any

from allaprima.app.bench.speed import probes
from allaprima.app.bench.speed.contenders import (
    PEERS,
    VARIANTS,
    Contender,
    Missing,
    Variant,
    label,
    ours,
    peak_name,
    peaks,
    peers,
    stylizer_pass,
)
from allaprima.app.bench.speed.growth import power_law, spread
from allaprima.app.bench.speed.rounds import Run, Times, interleaved
from allaprima.app.core.clock import Clock
from allaprima.app.core.errors import EngineError
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.prepare import MIN_SIDE, Size, network_size

HEADLINE = (640, 480)
"""The size that the ratios at the top of the report are of, where it is among those measured."""
SHARES = (0.25, 0.5, 0.75, 1.0)
"""Of the largest size's sides: where growth with pixels is measured."""
STYLES = (4, 16, 64)
Progress = Callable[[str, float], object]


@dataclass(frozen=True, slots=True)
class SpeedSettings:
    """What to time. `threads` are the numbers of them that growth is measured at."""

    sizes: tuple[Size, ...] = ((320, 240), (640, 480), (1280, 720))
    variants: tuple[Variant, ...] = VARIANTS
    threads: tuple[int, ...] = ()
    rounds: int = 15
    peers: bool = False
    growth: bool = True

    @property
    def headline(self) -> Size:
        return HEADLINE if HEADLINE in self.sizes else self.sizes[0]


def default_threads() -> tuple[int, ...]:
    """1, 2, 4 and so on up to the processors there are, and these."""
    cores = os.cpu_count() or 1
    return tuple(sorted({*(2**i for i in range(cores.bit_length()) if 2**i <= cores), cores}))


def run(pack: StylePack, settings: SpeedSettings, clock: Clock, progress: Progress, missing: Missing) -> dict[str, Any]:
    """Measure; returns the result for JSON. `progress` is called with the present step and the finished share,
    `missing` with one line for each figure that cannot be measured. Raises `EngineError` and `StylePackError`.
    """
    steps = _steps(settings)
    machine = _machine()  # first of all: the load should not be our own

    def tell(step: str) -> Progress:
        return lambda name, share: progress(name, share * steps[step] / sum(steps.values()))

    data = pack.read_network().data
    with ExitStack() as stack:
        passes: dict[Contender, Run] = {}
        for size in settings.sizes:
            progress(f"loading {label(size)}", 0)
            passes |= dict(ours(pack, size, settings.variants, stack, missing))
            if settings.peers:
                precision = next(c for c in passes if c.part == "stylizer").name.split()[1]
                passes |= dict(peers(size, precision, missing if size == settings.sizes[0] else _silent))
        tops = peaks(passes, missing)
        passes = {**{top: one_pass for top, (one_pass, _) in tops.items()}, **passes}
        times = interleaved(passes, settings.rounds, clock, tell("main"))
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
        "peers": {label(size): _peers(size, times) for size in settings.sizes} if settings.peers else {},
    }
    report |= _headline(report, label(settings.headline))
    best = Variant(*report["headline"]["engine"].split())
    report["growth"] = _growth(pack, data, best, settings, clock, tell, missing) if settings.growth else None
    return report


def peak_gflops(operations: Mapping[Contender, int], times: Mapping[Contender, Times]) -> dict[str, float]:
    """By device and precision: the most that any of the kernels of that name reached, in 1e9 operations a second.

    Of each kernel the quicker quarter of the rounds counts: what disturbs the machine only slows it down, and a peak
    that was disturbed would be none.
    """
    found: dict[str, float] = {}
    for top, count in operations.items():
        found[top.name] = max(found.get(top.name, 0.0), count / times[top].low * 1e-6)
    return found


def _silent(line: str) -> None:
    """Reports each missing thing once, not for each size."""


def _steps(settings: SpeedSettings) -> dict[str, float]:
    """Roughly how long the parts take, one beside the other."""
    growth = {"pixels": 0.1, "styles": 0.05, "threads": 0.05} if settings.growth else {}
    return {"main": 1.0 if settings.peers else 0.5, **growth}


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


def _peers(size: Size, times: Mapping[Contender, Times]) -> dict[str, dict[str, float] | None]:
    found = {name: times.get(Contender(name, "peer", size)) for name in PEERS}
    return {name: taken.as_json() if taken else None for name, taken in found.items()}


def _headline(report: Mapping[str, Any], size: str) -> dict[str, Any]:
    """The figures that goals are set for: of the first engine's whole stylizer, and its network for the peak."""
    engine, best = next(iter(report["pairs"][size].items()))
    taken = report["peers"].get(size, {})
    ratios = {f"ratio_{name}": round(taken[name]["ms"] / best["ms"], 2) if taken.get(name) else None for name in PEERS}
    return {"headline": {"size": size, "engine": engine}, **ratios, "peak_fraction": best["peak_fraction"]}


def _growth(
    pack: StylePack,
    data: bytes,
    best: Variant,
    settings: SpeedSettings,
    clock: Clock,
    tell: Callable[[str], Progress],
    missing: Missing,
) -> dict[str, Any]:
    """With pixels and with threads: the whole stylizer of the `best` variant. With styles: the network in OpenVINO."""
    sizes = growth_sizes(max(settings.sizes, key=lambda size: size[0] * size[1]))
    with ExitStack() as stack:
        passes = {size: _stylizer_pass(pack, size, best, None, stack) for size in sizes}
        pixels = interleaved(passes, settings.rounds, clock, tell("pixels"))
    with ExitStack() as stack:
        threads = settings.threads or default_threads()
        by_threads = {n: _stylizer_pass(pack, settings.headline, best, n, stack) for n in threads}
        with_threads = interleaved(by_threads, settings.rounds, clock, tell("threads"))
    styles = interleaved(_style_passes(pack, data, settings.headline, missing), settings.rounds, clock, tell("styles"))
    counts = [size[0] * size[1] for size in sizes]
    medians = [pixels[size].median for size in sizes]
    law = power_law(counts, medians) if len(sizes) > 1 else None
    return {
        "pixels": {
            "points": [{"size": label(size), **pixels[size].as_json()} for size in sizes],
            "exponent": law and round(law.exponent, 3),
            "factor": law and law.factor,
        },
        "styles": {
            "points": [{"styles": rows, **found.as_json()} for rows, found in styles.items()],
            "spread": round(spread([found.median for found in styles.values()]), 3) if styles else None,
        },
        "threads": {"points": [{"threads": n, **found.as_json()} for n, found in with_threads.items()]},
    }


def _style_passes(pack: StylePack, data: bytes, size: Size, missing: Missing) -> dict[int, Run]:
    """The network with so many styles, in the precision that OpenVINO takes by itself; empty without OpenVINO."""
    try:
        with closing(open_stylizer(pack, size, "openvino")) as stylizer:
            return {rows: probes.with_styles(data, size, rows, stylizer.precision) for rows in STYLES}
    except EngineError as error:
        missing(f"growth with the number of styles is measured in openvino only: {error}")
        return {}


def growth_sizes(largest: Size) -> list[Size]:
    """A quarter, a half, three quarters and all of the sides of `largest`, as far as a network takes them."""
    sides = [(largest[0] * share, largest[1] * share) for share in SHARES]
    return sorted({network_size(largest, (round(w), round(h))) for w, h in sides if min(w, h) >= MIN_SIDE})


def _stylizer_pass(pack: StylePack, size: Size, variant: Variant, threads: int | None, stack: ExitStack) -> Run:
    stylizer = open_stylizer(pack, size, variant.engine, variant.precision, threads)
    stack.callback(stylizer.close)
    return stylizer_pass(pack, stylizer)
