"""Several processes train what one would have trained."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='training needs torch: pip install -e ".[train]"')

import torch.nn.functional as F
from studio import RECIPE, VGG, losses, needs_vgg

from allaprima.app.core.errors import SettingsError
from allaprima.models.judging.losses import STYLE_LAYERS, gram, octave_features
from allaprima.models.judging.targets import PerceptualTargets
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.networks.network import build
from allaprima.models.training.device import chosen_device, compiles
from allaprima.models.training.distributed import SINGLE
from allaprima.models.training.objective import Balance, Batch, compute_loss, sample_canvas, second_views, warp_canvas


class FourSizes(FeatureNetwork):
    """Stands in for VGG: the picture at four sizes."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)

    def forward(self, pictures: torch.Tensor, deep: bool = True) -> dict[str, torch.Tensor]:
        return {name: F.avg_pool2d(pictures, 2**level) for level, name in enumerate(STYLE_LAYERS)}


def judging(rows: int) -> PerceptualTargets:
    """Of paintings that are noise."""
    features = FourSizes()
    paintings = octave_features(features, torch.rand(rows, 3, 64, 64))
    grams = {name: gram(found) for name, found in paintings.items()}
    return PerceptualTargets(features, grams, [torch.rand(50, 3) for _ in range(rows)], torch.ones(rows))


def gradients(batches: list[Batch]) -> tuple[dict[str, float], list[torch.Tensor]]:
    """Summed terms and summed gradients of what several processes hold."""
    torch.manual_seed(3)
    network = build(RECIPE.family, 4)
    targets = judging(4)
    total: dict[str, float] = {}
    for batch in batches:
        painted = network(batch.views, batch.weights(4), batch.canvas)
        verdict = compute_loss(painted, batch, targets, Balance.of(4), RECIPE, 1000)
        verdict.loss.backward()
        for name, term in verdict.terms.items():
            total[name] = total.get(name, 0.0) + term.item()
    return total, [parameter.grad for parameter in network.parameters() if parameter.grad is not None]


@pytest.fixture
def float64(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In float32 a value that rounding carries over a kink (ReLU, absolute value, the order of a sort) moves single
    gradients by up to 1e-3 of themselves, which says nothing of the parts: here they agree to 1e-15.
    """
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)  # what the losses turn half types into
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.slow
@pytest.mark.parametrize("settling", [True, False])
@pytest.mark.parametrize("size", [2, 3])
def test_the_parts_of_a_batch_add_up_to_the_whole(size: int, settling: bool, float64: None) -> None:
    generator = torch.Generator().manual_seed(1)
    first = torch.rand(4, 3, 64, 64, generator=generator)
    second, warp = (None, None) if settling else second_views(first, generator)
    hanging = sample_canvas(4, 2, (64, 64), generator)
    canvases = hanging[None] if warp is None else torch.stack((hanging, warp_canvas(hanging, warp, generator)))
    whole = Batch(first, second, warp, torch.tensor([1, 3, 2]), canvases)
    terms, steps = gradients([whole])
    shared, summed = gradients([whole.shard(rank, size) for rank in range(size)])
    assert shared == pytest.approx(terms, rel=1e-9)
    assert terms.keys() >= {"style", "content", "identity", "loss"} and (settling or terms["stable"] > 0)
    largest = max(step.abs().max().item() for step in steps)
    for one, many in zip(steps, summed, strict=True):
        assert torch.allclose(one, many, rtol=1e-6, atol=1e-12 * largest)


def test_alone_nothing_is_shared() -> None:
    assert SINGLE.is_main and SINGLE.broadcast("x") == "x"
    assert SINGLE.all_reduce({"a": torch.tensor(2.0)}) == {"a": 2.0}


@needs_vgg
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_processes_log_the_losses_of_one(studio: Path) -> None:
    command = [
        "-m",
        "allaprima.app",
        "styles",
        "train",
        "--style",
        *(str(studio / f"{n}.png") for n in ("red", "blue")),
    ]
    command += [
        "--photos",
        str(studio / "photos"),
        "--vgg",
        str(VGG),
        "--no-compile",
        "--threads",
        "1",
        "--keep-failed",
    ]
    command += ["--family", RECIPE.family, "--crop", "64", "--pairs", "2", "--stroke-size", "0.12"]
    command += ["--iterations", "4", "-o"]
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for name, launcher in (("one", []), ("two", torchrun)):
        done = subprocess.run(
            [sys.executable, *launcher, *command, str(studio / name)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=280,
        )
        assert "style distance" in done.stderr, done.stderr
    one, two = losses(studio / "one.run"), losses(studio / "two.run")
    assert len(one) == len(two) == 4
    # The first step differs by rounding only: bfloat16, and sums in another order. Adam's first steps are as long for a
    # gradient near nothing as for a large one, and so may turn that rounding into a step the other way.
    assert two[0] == pytest.approx(one[0], rel=2e-3)
    for alone, together in zip(one, two, strict=True):
        assert together == pytest.approx(alone, rel=5e-2)
    assert (studio / "one" / "card.toml").exists() and (studio / "two" / "card.toml").exists()


def test_a_device_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert chosen_device("auto").type == "cpu"
    with pytest.raises(SettingsError, match="no CUDA device"):
        chosen_device("cuda")


def test_without_a_compiler_training_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object) -> object:
        raise RuntimeError("no C++ compiler")

    monkeypatch.setattr(torch, "compile", missing)
    assert not compiles(torch.device("cpu"))
