"""Bytes at both ends: the numbers of the network as it is written, with no picture turned over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.app.packs.pack import default_pack
from allaprima.app.stylize.openvino.engine import shared_core, style_model
from allaprima.app.stylize.openvino.layout import with_bytes
from allaprima.app.stylize.openvino.library import ops, ov

WIDTH, HEIGHT, ROWS = 40, 24, 3
RNG = np.random.default_rng(5)
KERNEL = RNG.normal(0, 0.2, (3, 3, 3, 3)).astype(np.float32)
FRAMES = RNG.integers(0, 256, (2, HEIGHT, WIDTH, 3), np.uint8)
STYLE = np.array([[0.25, 0.5, 0.25]], np.float32)

Body = Callable[[ov.Node, ov.Node], ov.Node]


def numbers(*values: int) -> ov.Node:
    return ops.constant(np.array(values, np.int64))


def convolved(frames: ov.Node, border: str = "reflect") -> ov.Node:
    wide = ops.pad(frames, numbers(0, 0, 1, 1), numbers(0, 0, 1, 1), border)
    return ops.convolution(wide, ops.constant(KERNEL), [1, 1], [0, 0], [0, 0], [1, 1])


def strength(style: ov.Node) -> ov.Node:
    """One number for all pixels, out of the style."""
    return ops.reshape(ops.reduce_sum(ops.multiply(style, style), numbers(0, 1)), numbers(1, 1, 1, 1), False)


def through(frames: ov.Node, style: ov.Node) -> ov.Node:
    painted = ops.sigmoid(convolved(frames))
    return ops.add(painted, ops.multiply(strength(style), ops.subtract(frames, painted)))


def by_colour(frames: ov.Node, style: ov.Node) -> ov.Node:
    weights = ops.constant(np.array([0.5, 1.0, 0.8], np.float32).reshape(1, 3, 1, 1))
    return ops.multiply(ops.multiply(ops.sigmoid(convolved(frames)), weights), strength(style))


def model(body: Body) -> ov.Model:
    frames = ops.parameter([2, 3, HEIGHT, WIDTH], np.float32)
    style = ops.parameter([1, ROWS], np.float32)
    frames.output(0).set_names({"frames"})
    style.output(0).set_names({"style"})
    painted = body(frames, style)
    painted.output(0).set_names({"painted"})
    return ov.Model([painted], [frames, style], "test")


def run(graph: ov.Model, **inputs: NDArray[np.generic]) -> NDArray[np.float64]:
    compiled = shared_core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.asarray(compiled(inputs)["painted"], np.float64)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(through, id="the photo shines through"),
        pytest.param(by_colour, id="a factor for each colour"),
        pytest.param(lambda frames, style: ops.multiply(convolved(frames), strength(style)), id="beyond 0 to 1"),
        pytest.param(lambda frames, style: convolved(frames), id="a convolution at the end"),
        pytest.param(lambda frames, style: ops.relu(convolved(frames, "edge")), id="another border"),
        pytest.param(lambda frames, style: ops.tanh(frames), id="no convolution at all"),
        pytest.param(lambda frames, style: ops.add(convolved(frames), ops.relu(convolved(frames))), id="two ways"),
    ],
)
def test_the_bytes_are_those_of_the_network(body: Body) -> None:
    planes = FRAMES.transpose(0, 3, 1, 2).astype(np.float32) / 255
    wanted = np.clip(run(model(body), frames=planes, style=STYLE) * 255, 0, 255).transpose(0, 2, 3, 1)
    painted = run(with_bytes(model(body)), frames=FRAMES, style=STYLE)
    assert painted.shape == FRAMES.shape
    assert np.abs(painted - wanted).max() < 0.501, "rounded, nothing else"


def test_no_picture_is_turned_over() -> None:
    pack = default_pack()
    graph = style_model(pack.read_network().data, (128, 96))
    request = shared_core().compile_model(graph, "CPU", {"PERF_COUNT": True}).create_infer_request()
    request.infer()
    done = {step.node_type for step in request.profiling_info if step.status == step.Status.EXECUTED}
    assert "Convolution" in done and "Transpose" not in done
