"""How the time of a pair grows with pixels, styles and threads.

    python scripts/bench/growth.py [--sizes 640x480,1280x720] [--threads 1,2,4] [--rounds 15] [--json]

docs/performance.md says what the numbers are.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.speed.contenders import label, stylizer_pass
from allaprima.app.bench.speed.probes import repeated
from allaprima.app.bench.speed.rounds import Run, Times, interleaved
from allaprima.app.bench.speed.table import Table, milliseconds
from allaprima.app.cli.bench.speed import sizes_of
from allaprima.app.core.clock import SystemClock
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.packs.pack import StylePack, default_pack
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.openvino.engine import style_model
from allaprima.app.stylize.openvino.inspection import canvas_input, compile_model
from allaprima.app.stylize.openvino.library import ops, ov
from allaprima.app.stylize.prepare import MIN_SIDE, Size, network_size

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Of the largest size's sides: where growth with pixels is measured."""
STYLES = (4, 16, 64)
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """`y = factor * x ** exponent`."""

    factor: float
    exponent: float

    def at(self, x: float) -> float:
        return float(self.factor * x**self.exponent)


def power_law(x: Sequence[float], y: Sequence[float]) -> PowerLaw:
    """The straight line of least squares through the points' logarithms.

    Raises ValueError unless there are two points or more, at different `x`, and all numbers are above 0.
    """
    if len(set(x)) < 2 or len(x) != len(y) or min(*x, *y) <= 0:
        raise ValueError("a power law needs points above 0 at two different x or more")
    exponent, offset = np.polyfit(np.log(x), np.log(y), 1)
    return PowerLaw(float(np.exp(offset)), float(exponent))


def spread(y: Sequence[float]) -> float:
    """By which share of the least the greatest is above it: 0 is flat."""
    return max(y) / min(y) - 1


def default_threads() -> tuple[int, ...]:
    """1, 2, 4 and so on up to the processors there are, and these."""
    cores = os.cpu_count() or 1
    return tuple(sorted({*(2**i for i in range(cores.bit_length()) if 2**i <= cores), cores}))


def growth_sizes(largest: Size) -> list[Size]:
    """A quarter, a half, three quarters and all of the sides of `largest`, as far as a network takes them."""
    sides = [(largest[0] * share, largest[1] * share) for share in SHARES]
    return sorted({network_size(largest, (round(w), round(h))) for w, h in sides if min(w, h) >= MIN_SIDE})


def growth(
    pack: StylePack, size: Size, largest: Size, threads: Sequence[int], time_all: Callable[[Any], Any]
) -> dict[str, Any]:
    """The whole stylizer with pixels, up to `largest`, and at `size` with threads; the network in OpenVINO with styles.

    `time_all` gives the `Times` of each of its passes.
    """
    with ExitStack() as stack:
        by_size = _timed({one: _opened(pack, one, None, stack) for one in growth_sizes(largest)}, time_all)
    with ExitStack() as stack:
        by_threads = _timed({n: _opened(pack, size, n, stack) for n in threads}, time_all)
    by_styles = _timed(_style_passes(pack, size), time_all)
    medians = [times.median for times in by_size.values()]
    law = power_law([w * h for w, h in by_size], medians) if len(by_size) > 1 else None
    return {
        "pixels": {
            "points": [{"size": label(one), **times.as_json()} for one, times in by_size.items()],
            "exponent": law and round(law.exponent, 3),
            "factor": law and law.factor,
        },
        "styles": {
            "points": [{"styles": rows, **times.as_json()} for rows, times in by_styles.items()],
            "spread": round(spread([times.median for times in by_styles.values()]), 3),
        },
        "threads": {"points": [{"threads": n, **times.as_json()} for n, times in by_threads.items()]},
    }


def _timed(passes: Mapping[Name, Run], time_all: Callable[[Any], Any]) -> Mapping[Name, Times]:
    found: Mapping[Name, Times] = time_all(passes)
    return found


def _opened(pack: StylePack, size: Size, threads: int | None, stack: ExitStack) -> Run:
    stylizer = open_stylizer(pack, size, threads=threads)
    stack.callback(stylizer.close)
    return stylizer_pass(pack, stylizer)


def _style_passes(pack: StylePack, size: Size) -> dict[int, Run]:
    """The network with so many styles, in the precision that OpenVINO takes by itself."""
    data = pack.read_network().data
    with closing(open_stylizer(pack, size, "openvino")) as stylizer:
        return {rows: with_styles(data, size, rows, stylizer.precision) for rows in STYLES}


def with_styles(data: bytes, size: tuple[int, int], rows: int, precision: str) -> Run:
    """A pass of a style network that holds `rows` rows: its own, over and over. Raises `EngineError`."""
    model = style_model(data, size)
    style = next(node for node in model.get_parameters() if "style" in node.output(0).get_names())
    for target in style.output(0).get_target_inputs():
        table = target.get_node().input_value(1)
        numbers = table.get_node().get_data()  # (rows, channels)
        target.get_node().input(1).replace_source_output(
            ops.constant(np.resize(numbers, (rows, numbers.shape[1]))).output(0)
        )
    style.set_partial_shape(ov.PartialShape([1, rows]))
    model.validate_nodes_and_infer_types()
    frames = np.random.default_rng(0).integers(0, 256, (2, size[1], size[0], 3), np.uint8)
    arrays: dict[str, NDArray[Any]] = {"frames": frames, "style": np.eye(1, rows, 1, np.float32)}
    arrays |= canvas_input(model, size)
    return repeated(compile_model(model, precision), [arrays[port.any_name] for port in model.inputs])


def tables(found: Mapping[str, Any]) -> Iterator[Table]:
    pixels, styles, threads = found["pixels"], found["styles"], found["threads"]
    law = f": pixels to the power of {pixels['exponent']:.2f}" if pixels["exponent"] else ""
    yield Table(f"Growth with pixels{law}", ("size", "ms a pair"), _points("size", pixels))
    title = f"With the number of styles: within {100 * styles['spread']:.0f} %"
    yield Table(title, ("styles", "network ms"), _points("styles", styles))
    yield Table("With threads", ("threads", "ms a pair"), _points("threads", threads))


def _points(of: str, found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [(str(point[of]), milliseconds(point["ms"])) for point in found["points"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes",
        default="640x480,1280x720",
        metavar="WxH,WxH",
        help="of each eye: for threads and styles; the largest",
    )
    parser.add_argument("--threads", metavar="N,N", help="numbers of threads (default: 1, 2, 4 ... all processors)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each is timed (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    clock = SystemClock()
    threads = tuple(map(int, args.threads.split(","))) if args.threads else default_threads()
    try:
        sizes = sizes_of(args.sizes)
        found = growth(
            default_pack(), sizes[0], sizes[-1], threads,
            lambda passes: interleaved(passes, args.rounds, clock, lambda *_: None),
        )  # fmt: skip
    except AllaPrimaError as error:
        print(f"growth: {error.message}", file=sys.stderr)
        return 1
    print(json.dumps(found) if args.json else "\n".join(table.markdown() for table in tables(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
