"""What is timed against one another: our engines, and the bare arithmetic of the peak."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Literal, Protocol, cast

import numpy as np

from allaprima.app.bench.scenes import Pair
from allaprima.app.bench.speed import probes
from allaprima.app.bench.speed.rounds import Run
from allaprima.app.bench.stability.canvases import DISTANCE_M
from allaprima.app.canvas.world import WorldCanvas
from allaprima.app.core.clock import NS
from allaprima.app.core.errors import EngineError
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.packs.pack import StylePack
from allaprima.app.sources.synthetic.source import room_rig
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.prepare import Size
from allaprima.app.stylize.stylizer import Stylizer

Part = Literal["stylizer", "network", "peer", "peak"]
"""Bytes in, bytes out; the network alone; another program's (scripts/bench/peers.py); nothing but arithmetic."""
Missing = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Contender:
    """One thing that is timed. `name` is an engine and its precision, or `peak_name`; `kernel` is one of those
    that a peak is the best of.
    """

    name: str
    part: Part
    size: Size | None = None
    device: str = "CPU"
    kernel: str = ""

    def __str__(self) -> str:
        return f"{self.name}{f' {label(self.size)}' if self.size else ''}{' network' * (self.part == 'network')}"


@dataclass(frozen=True, slots=True)
class Variant:
    """An engine in a precision, "auto" being what it takes by itself."""

    engine: str
    precision: str = "auto"


VARIANTS = (
    *(Variant("openvino", precision) for precision in ("auto", "f32", "int8")),
    *(Variant(engine) for engine in ("onnxruntime", "torch")),
)


class Repeatable(Stylizer, Protocol):
    """A stylizer that can run its network again without copying or converting: each of ours."""

    def repeat(self) -> object: ...


def label(size: Size) -> str:
    """'640x480'."""
    return f"{size[0]}x{size[1]}"


def random_frames(size: Size) -> Pair:
    """(2, H, W, 3): time does not depend on what is seen."""
    return np.random.default_rng(0).integers(0, 256, (2, size[1], size[0], 3), np.uint8)


def stylizer_pass(pack: StylePack, stylizer: Stylizer) -> Run:
    """Bytes of both eyes in, bytes out, in the pack's first style; a network that paints on a canvas has one that hangs
    in the world, made anew for every pass, as the head that the passes belong to turns.
    """
    frames = random_frames(stylizer.size)
    weights = np.eye(pack.rows, dtype=np.float32)[pack.styles[0].row]
    if not stylizer.canvas:
        return lambda: stylizer.paint(frames, weights)
    canvas = WorldCanvas(stylizer.canvas, room_rig(*stylizer.size), stylizer.size, DISTANCE_M)
    numbers = count()

    def paint() -> Pair:
        pair = StereoFrame(frames[0], frames[1], n := next(numbers), n * NS // 60)
        head = Pose.from_euler(0.3 * math.sin(0.02 * n))
        return stylizer.paint(frames, weights, canvas.at(pair, stylizer.size, head))

    return paint


def ours(
    pack: StylePack, size: Size, variants: Sequence[Variant], stack: ExitStack, missing: Missing
) -> Iterator[tuple[Contender, Run]]:
    """The whole stylizer and its network alone, of every variant that runs here; one by one, as loading takes long.

    Raises `EngineError` if none does.
    """
    found: set[str] = set()
    failures = []
    for variant in variants:
        try:
            stylizer = cast(Repeatable, open_stylizer(pack, size, variant.engine, variant.precision))
        except EngineError as error:
            failures.append(error)
            missing(f"{variant.engine} is left out: {error.message}")
            continue
        stack.callback(stylizer.close)
        name = f"{stylizer.engine} {stylizer.precision}"
        if name in found:  # "auto" was this one
            continue
        found.add(name)
        paint = stylizer_pass(pack, stylizer)
        paint()  # `repeat` repeats this one
        yield Contender(name, "stylizer", size, stylizer.device), paint
        yield Contender(name, "network", size, stylizer.device), stylizer.repeat
    if not found:
        raise EngineError(f"none of the engines asked for runs: {failures[0].message}", failures[0].hint)


def peak_name(device: str, precision: str) -> str:
    """'bf16' on the processor, 'CUDA f16' elsewhere."""
    return precision if device == "CPU" else f"{device} {precision}"


def peaks(timed: Iterable[Contender], missing: Missing) -> dict[Contender, tuple[Run, int]]:
    """Passes of bare arithmetic, and their floating-point operations: several kernels of each precision that this
    processor has, and on a GPU of those that are `timed` there.
    """
    found: dict[Contender, tuple[Run, int]] = {}
    for precision in ("bf16", "f32"):
        try:
            for kernel, one in probes.peaks(precision).items():
                found[Contender(precision, "peak", kernel=kernel)] = one
        except EngineError as error:
            missing(f"no peak of {precision}: {error.message}")
    on_gpu = {(c.device, c.name.split()[1]) for c in timed if c.part == "stylizer" and c.device != "CPU"}
    for device, precision in sorted(on_gpu):
        try:
            from allaprima.models.networks.peak import multiplying

            one = multiplying("cuda", precision)
        except (ImportError, RuntimeError) as error:
            missing(f"no peak of {device} {precision}: {str(error)[:200]}")
        else:
            found[Contender(peak_name(device, precision), "peak", device=device, kernel="product")] = one
    return found
