"""Would statistics of earlier frames do? What a style network gains if its norms need not measure every frame.

Statistics that are known beforehand turn each norm into a scale and a shift. Timed, interleaved, in OpenVINO:
  pooled     the network as it is shipped: every frame's own statistics, over both eyes
  measuring  the same, giving out its statistics besides
  constant   scales and shifts of one frame of the synthetic room, folded into the convolutions: the bound, since
             changing them means compiling anew
  fed        scales and shifts as inputs: what could be done live
Then the synthetic room is painted frame after frame with a running average of the statistics, measured every few
frames, and compared with `pooled`: flicker, the difference, and what happens when the light is dimmed or the scene cut.

    python scripts/lagged_statistics.py [--size 640x480] [--rounds 15] [--frames 24] [--styles 4] [--cpu-time] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.scenes import Pair
from allaprima.app.bench.speed.rounds import interleaved
from allaprima.app.core.clock import SystemClock
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.packs.pack import default_pack, load_pack
from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.app.stylize.openvino.engine import TYPES, shared_core, style_model
from allaprima.app.stylize.openvino.library import ops, ov
from allaprima.models.judging import metrics
from allaprima.models.motifs import motifs

EPSILON = 1e-5
AXES = np.array([0, 2, 3])  # both eyes, rows and columns
FIRST = 20
"""Of the room's frames: the head is turning."""
AFTER = 24
"""Frames that are watched after a cut."""
SETTLED = 2 / 255
"""RMSE to `pooled` from which on the two look alike."""
Statistics = list[NDArray[np.float32]]
"""(1, C, 1, 1) each: a scale and a shift for every norm, in the network's order."""


@dataclass(frozen=True)
class Policy:
    """Statistics are measured `every` so many frames, and a measurement counts `weight` beside what was known."""

    every: int
    weight: float

    def __str__(self) -> str:
        return f"every {self.every}, weight {self.weight:g}"


POLICIES = (Policy(1, 0.25), Policy(4, 1.0), Policy(4, 0.5), Policy(16, 1.0))


class CpuClock(SystemClock):
    """The processor time of this process: what others do on the machine does not count."""

    def now_ns(self) -> int:
        return time.process_time_ns()


class Network:
    """One variant of a pack's network, compiled for one size."""

    def __init__(self, model: ov.Model, precision: str, threads: int | None = None) -> None:
        options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": TYPES[precision]}
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        self.request = shared_core().compile_model(model, "CPU", options).create_infer_request()

    def paint(self, pair: Pair, style: NDArray[np.float32], fed: Iterable[NDArray[np.float32]] = ()) -> Pair:
        """(2, H, W, 3) painted."""
        self.request.infer([pair, style, *fed])
        return self.request.get_output_tensor(0).data.copy()

    def statistics(self) -> Statistics:
        """Of the frame painted last, where the network gives them out."""
        return [self.request.get_output_tensor(i).data.copy() for i in range(1, len(self.request.model_outputs))]


def norms(model: ov.Model) -> list[ov.Node]:
    return [node for node in model.get_ordered_ops() if node.get_type_name() == "MVN"]


def measuring(model: ov.Model) -> ov.Model:
    """The network also giving out, for each norm, the scale and shift that it amounts to in this frame."""
    for norm in norms(model):
        x = norm.input_value(0)
        mean = ops.reduce_mean(x, AXES, keep_dims=True)
        variance = ops.reduce_mean(ops.power(ops.subtract(x, mean), np.float32(2)), AXES, keep_dims=True)
        scale = ops.power(ops.add(variance, np.float32(EPSILON)), np.float32(-0.5))
        shift = ops.negative(ops.multiply(mean, scale))
        model.add_results([ops.result(scale), ops.result(shift)])
    return model


def without_norms(model: ov.Model, known: Statistics | None) -> ov.Model:
    """The network with a scale and a shift in place of each norm: `known` ones, or inputs if None."""
    for number, norm in enumerate(norms(model)):
        channels = norm.output(0).get_partial_shape()[1].get_length()
        if known:
            pair: list[Any] = [ops.constant(values) for values in known[2 * number : 2 * number + 2]]
        else:
            pair = [ops.parameter([1, channels, 1, 1], np.float32) for _ in range(2)]
            model.add_parameters(pair)
        scaled = ops.add(ops.multiply(norm.input_value(0), pair[0]), pair[1])
        for target in norm.output(0).get_target_inputs():
            target.replace_source_output(scaled.output(0))
    model.validate_nodes_and_infer_types()
    return model


def speeds(
    data: bytes, size: tuple[int, int], pair: Pair, rows: int, rounds: int, cpu_time: bool
) -> dict[str, dict[str, float]]:
    """Median milliseconds of each variant, in each precision that the processor has; with `cpu_time` one thread's."""
    clock, threads = (CpuClock(), 1) if cpu_time else (SystemClock(), None)
    style = np.eye(1, rows, 1, np.float32)
    found = {}
    has_bf16 = "BF16" in shared_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    for precision in ("bf16", "f32") if has_bf16 else ("f32",):
        gauge = Network(measuring(style_model(data, size)), precision, threads)
        gauge.paint(pair, style)
        known = gauge.statistics()
        variants = {
            "pooled": (Network(style_model(data, size), precision, threads), ()),
            "measuring": (gauge, ()),
            "constant": (Network(without_norms(style_model(data, size), known), precision, threads), ()),
            "fed": (Network(without_norms(style_model(data, size), None), precision, threads), known),
        }
        for network, fed in variants.values():
            network.paint(pair, style, fed)
        passes = {name: network.request.infer for name, (network, _) in variants.items()}  # the inputs stay
        times = interleaved(passes, rounds, clock, lambda name, share: None)
        found[precision] = {name: round(taken.median, 2) for name, taken in times.items()}
    return found


def lagged(
    gauge: Network, fed: Network, frames: Sequence[Pair], style: NDArray[np.float32], policy: Policy
) -> list[Pair]:
    """Every frame, painted with what is known when it comes: a frame that is measured is painted with it as well."""
    painted: list[Pair] = []
    known: Statistics = []
    for n, pair in enumerate(frames):
        if n % policy.every == 0:
            gauge.paint(pair, style)
            new = gauge.statistics()
            known = [a + policy.weight * (b - a) for a, b in zip(known or new, new, strict=True)]
        painted.append(fed.paint(pair, style, known))
    return painted


def quality(data: bytes, size: tuple[int, int], rows: Sequence[int], of: int, count: int) -> dict[str, Any]:
    """Per policy, means over the styles in `rows`; in f32, so that nothing but the statistics differs."""
    gauge = Network(measuring(style_model(data, size)), "f32")
    fed = Network(without_norms(style_model(data, size), None), "f32")
    room = SyntheticRoom(size, cache=False)
    numbers = range(FIRST, FIRST + count)
    frames = [np.stack(room.draw(n)) for n in numbers]
    back = [
        [room.seen_points(n, eye).at(n - 1, eye) for eye in ("left", "right")]  # type: ignore[arg-type]
        for n in numbers[1:]
    ]
    other = cv2.resize(cv2.cvtColor(cv2.imread(str(motifs()[1])), cv2.COLOR_BGR2RGB), size)
    after = {"cut": np.stack([other, other]).astype(np.uint8), "dimmed": (frames[-1] * 0.4).astype(np.uint8)}

    def flicker(painted: Sequence[Pair]) -> float:
        return float(np.mean([
            metrics.warped_error(painted[n][eye], painted[n - 1][eye], there.flow, there.seen)
            for n, eyes in enumerate(back, 1) for eye, there in enumerate(eyes)
        ]))  # fmt: skip

    found: dict[str, dict[str, list[float]]] = {}

    def add(policy: str, key: str, value: float) -> None:
        found.setdefault(policy, {}).setdefault(key, []).append(value)

    for row in rows:
        style = np.eye(1, of, row, np.float32)
        exact = [gauge.paint(pair, style) for pair in frames]
        add("pooled", "e_stab", flicker(exact))
        for policy in POLICIES:
            painted = lagged(gauge, fed, frames, style, policy)
            add(str(policy), "e_stab", flicker(painted))
            add(str(policy), "difference", float(np.mean(list(map(metrics.rmse, exact, painted)))))
            for name, pair in after.items():
                wanted = gauge.paint(pair, style)
                # It changes just after a measurement: the longest wait for the next, which one meets sooner or later.
                shown = lagged(gauge, fed, [frames[-1], *[pair] * AFTER], style, policy)[1:]
                errors = [metrics.rmse(wanted, one) for one in shown]
                add(str(policy), f"{name}_error", max(errors))
                add(str(policy), f"{name}_frames", float(sum(error > SETTLED for error in errors)))
    return {policy: {key: round(float(np.mean(v)), 4) for key, v in of_.items()} for policy, of_ in found.items()}


def gains(times: Mapping[str, float]) -> dict[str, float]:
    """Time saved, as a share of `pooled`'s: at the bound, and by each policy with its measuring."""
    whole = times["pooled"]
    saved = {"constant": times["constant"], "fed": times["fed"]}
    saved |= {str(p): times["fed"] + times["measuring"] / p.every for p in POLICIES}
    return {name: round(1 - ms / whole, 3) for name, ms in saved.items()}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="640x480", help="WxH of each eye, multiples of 8 (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="measured passes of each (default %(default)s)")
    parser.add_argument("--frames", type=int, default=24, help="of the synthetic room, 2 or more (default %(default)s)")
    parser.add_argument("--styles", type=int, default=4, help="how many, evenly spread (default %(default)s)")
    parser.add_argument("--pack", help="style pack (default: the one that comes along)")
    parser.add_argument("--cpu-time", action="store_true", help="processor time of one thread: for a busy machine")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    args = parser.parse_args(argv)
    width, height = (int(side) for side in args.size.split("x"))
    try:
        pack = load_pack(args.pack) if args.pack else default_pack()
    except AllaPrimaError as error:
        print(f"{error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    data = pack.read_network().data
    pair = np.stack(SyntheticRoom((width, height), cache=False).draw(FIRST))
    times = speeds(data, (width, height), pair, pack.rows, args.rounds, args.cpu_time)
    rows = [pack.styles[i].row for i in np.linspace(0, len(pack.styles) - 1, args.styles).round().astype(int)]
    judged = quality(data, (width, height), rows, pack.rows, args.frames)
    saved = {precision: gains(taken) for precision, taken in times.items()}
    if args.json:
        print(json.dumps({"size": [width, height], "ms": times, "saved": saved, "quality": judged}))
        return 0
    for precision, taken in times.items():
        print(f"{precision}: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in taken.items()))
        print("  time saved: " + "; ".join(f"{name} {100 * share:.0f} %" for name, share in saved[precision].items()))
    keys = list(judged[str(POLICIES[0])])
    print("\n| statistics | " + " | ".join(keys) + " |\n|" + " --- |" * (1 + len(keys)))
    for policy, values in judged.items():
        print(f"| {policy} | " + " | ".join(f"{values[k]:.4f}" if k in values else "" for k in keys) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
