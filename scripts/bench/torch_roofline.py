"""The torch engine beside what its device could do at all, and what becomes of it where nothing is fetched.

    python scripts/bench/torch_roofline.py [--sizes 640x480,1024x1024] [--precisions auto,f32] [--rounds 15] [--json]

The roofline of Williams 2009, as roofline.py has it. docs/performance.md says what the numbers are.
Needs torch.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
from roofline import copying, device_name, floor_s, layers

from allaprima.app.bench.speed.contenders import label, random_frames, stylizer_pass
from allaprima.app.bench.speed.rounds import Run, interleaved
from allaprima.app.bench.speed.table import Table
from allaprima.app.cli.bench.speed import sizes_of
from allaprima.app.core.clock import SystemClock
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.packs.pack import StylePack, default_pack
from allaprima.app.stylize.prepare import Size
from allaprima.app.stylize.torch.device import device
from allaprima.app.stylize.torch.engine import TorchStylizer
from allaprima.models.networks.fused import FusedNetwork
from allaprima.models.networks.network import build
from allaprima.models.networks.peak import TYPES, multiplying

COLUMNS = ("size, precision", "network ms", "least ms", "times", "MB", "fetched", "left", "overlapped")


def roofline(pack: StylePack, sizes: Sequence[Size], precisions: Sequence[str], rounds: int) -> dict[str, Any]:
    """Of every size and precision: the least it could take, the network, and the whole stylizer three ways.

    `fetched` gives bytes out, as files want them; `left` leaves the painting where it was painted, as a GPU that draws
    it wants it; `overlapped` sends the next pair up meanwhile: what a film would take. Raises `EngineError`.
    """
    clock = SystemClock()
    with ExitStack() as stack:
        stylizers: dict[tuple[Size, str], TorchStylizer] = {}
        for size in sizes:
            for precision in precisions:
                stylizer = TorchStylizer(pack, size, precision, None, device("auto"))
                stack.callback(stylizer.close)
                stylizers[size, stylizer.precision] = stylizer
        name = next(iter(stylizers.values())).device
        place = name.lower()
        copy, copied = copying(place)
        products = {precision: multiplying(place, precision) for precision in sorted({p for _, p in stylizers})}
        tops: dict[str, Run] = {"copy": copy, **{precision: run for precision, (run, _) in products.items()}}
        passes = {(*key, way): run for key, stylizer in stylizers.items() for way, run in _ways(pack, stylizer).items()}
        peak = interleaved(tops, rounds, clock, lambda *_: None)
        times = interleaved(passes, rounds, clock, lambda *_: None)
        bytes_per_s = copied / (peak["copy"].low / 1e3)  # what disturbs the machine only slows it down
        flops_per_s = {p: flops / (peak[p].low / 1e3) for p, (_, flops) in products.items()}
        pairs: dict[str, dict[str, Any]] = {label(size): {} for size, _ in stylizers}
        for size, precision in stylizers:
            counted = FusedNetwork(build(pack.family, pack.rows))
            counted.network.to(TYPES[precision])
            computed = layers(counted, size)
            least = floor_s(computed, flops_per_s[precision], bytes_per_s) * 1e3
            network = times[size, precision, "network"].median
            pairs[label(size)][precision] = {
                "gflop": round(sum(layer.flops for layer in computed) / 1e9, 3),
                "mb": round(sum(layer.moved for layer in computed) / 1e6, 1),
                "floor_ms": round(least, 4),
                "times_floor": round(network / least, 2),
                **{f"{way}_ms": round(times[size, precision, way].median, 4) for way in WAYS},
            }
    return {
        "device": name,
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


def table(roof: dict[str, Any]) -> Table:
    products = ", ".join(f"{precision} {gflops:.0f} GFLOP/s" for precision, gflops in roof["product_gflops"].items())
    where = f"{roof['device']} {roof['name']}".strip()
    return Table(
        f"PyTorch on {where} beside its roofline: copies {roof['copy_gb_s']:.0f} GB/s, matrix products {products}",
        COLUMNS,
        [
            (
                f"{size}, {precision}", _short(row["network_ms"]), _short(row["floor_ms"]), f"{row['times_floor']:.1f}",
                f"{row['mb']:.0f}", *(_short(row[f"{way}_ms"]) for way in ("fetched", "left", "overlapped")),
            )
            for size, rows in roof["pairs"].items()
            for precision, row in rows.items()
        ],
    )  # fmt: skip


def _short(ms: float) -> str:
    """With two digits behind the point where a GPU is that quick."""
    return f"{ms:.2f}" if ms < 10 else f"{ms:.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="640x480", metavar="WxH,WxH", help="of each eye (default %(default)s)")
    parser.add_argument("--precisions", default="auto", metavar="NAME,NAME", help="auto, f32, f16 (default auto)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each is timed (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    try:
        found = roofline(default_pack(), sizes_of(args.sizes), args.precisions.split(","), args.rounds)
    except AllaPrimaError as error:
        print(f"torch_roofline: {error.message}", file=sys.stderr)
        return 1
    print(json.dumps(found) if args.json else table(found).markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
