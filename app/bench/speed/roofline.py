"""The torch engine beside what its device could do at all, and what becomes of it where nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from allaprima.app.bench.speed.contenders import Missing, Variant, label, random_frames, stylizer_pass
from allaprima.app.bench.speed.rounds import Run, interleaved
from allaprima.app.core.clock import Clock
from allaprima.app.core.errors import EngineError
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.prepare import Size

if TYPE_CHECKING:
    from allaprima.app.stylize.torch.engine import TorchStylizer

Progress = Callable[[str, float], object]


def roofline(
    pack: StylePack,
    sizes: Sequence[Size],
    variants: Sequence[Variant],
    rounds: int,
    clock: Clock,
    progress: Progress,
    missing: Missing,
) -> dict[str, Any] | None:
    """Of every size and precision: the least it could take, the network, and the whole stylizer three ways.

    `fetched` gives bytes out, as files want them; `left` leaves the painting where it was painted, as a GPU that draws
    it wants it; `overlapped` sends the next pair up meanwhile: what a film would take. None without PyTorch.
    """
    with ExitStack() as stack:
        stylizers: dict[tuple[Size, str], TorchStylizer] = {}
        for size in sizes:
            for variant in variants:
                try:
                    stylizer = cast("TorchStylizer", open_stylizer(pack, size, "torch", variant.precision))
                except EngineError as error:
                    missing(f"no roofline of torch: {error.message}")
                    continue
                stack.callback(stylizer.close)
                stylizers[size, stylizer.precision] = stylizer
        if not stylizers:
            progress("roofline", 1)
            return None
        from allaprima.models.networks.roofline import copying, device_name, floor_s, multiplying

        device = next(iter(stylizers.values())).device
        place = device.lower()
        copy, copied = copying(place)
        products = {precision: multiplying(place, precision) for precision in sorted({p for _, p in stylizers})}
        tops: dict[str, Run] = {"copy": copy, **{precision: run for precision, (run, _) in products.items()}}
        passes = {(*key, way): run for key, stylizer in stylizers.items() for way, run in _ways(pack, stylizer).items()}
        peak = interleaved(tops, rounds, clock, lambda name, share: progress("peaks", 0.1 * share))
        times = interleaved(passes, rounds, clock, lambda name, share: progress("roofline", 0.9 * share))
        bytes_per_s = copied / (peak["copy"].low / 1e3)  # what disturbs the machine only slows it down
        flops_per_s = {p: flops / (peak[p].low / 1e3) for p, (_, flops) in products.items()}
        pairs: dict[str, dict[str, Any]] = {label(size): {} for size, _ in stylizers}
        for (size, precision), stylizer in stylizers.items():
            layers = stylizer.layers()
            least = floor_s(layers, flops_per_s[precision], bytes_per_s) * 1e3
            network = times[size, precision, "network"].median
            pairs[label(size)][precision] = {
                "gflop": round(sum(layer.flops for layer in layers) / 1e9, 3),
                "mb": round(sum(layer.moved for layer in layers) / 1e6, 1),
                "floor_ms": round(least, 4),
                "times_floor": round(network / least, 2),
                **{f"{way}_ms": round(times[size, precision, way].median, 4) for way in WAYS},
            }
    return {
        "device": device,
        "name": device_name(place),
        "copy_gb_s": round(bytes_per_s / 1e9, 1),
        "product_gflops": {p: round(found / 1e9, 1) for p, found in flops_per_s.items()},
        "pairs": pairs,
    }


WAYS = ("network", "fetched", "left", "overlapped")


def _ways(pack: StylePack, stylizer: TorchStylizer) -> dict[str, Run]:
    left, right = random_frames(stylizer.size)
    weights = np.eye(pack.rows, dtype=np.float32)[pack.styles[0].row]

    def queued() -> Any:
        stylizer.queue(stylizer.upload(left, right), weights)
        return stylizer.shared()[2]

    before = [queued()]

    def overlapped() -> None:
        before.append(queued())
        before.pop(0).synchronize()

    return {
        "network": stylizer.repeat,
        "fetched": stylizer_pass(pack, stylizer),
        "left": lambda: queued().synchronize(),
        "overlapped": overlapped,
    }
