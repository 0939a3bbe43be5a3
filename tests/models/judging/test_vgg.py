"""VGG-19's features from each set of weights that it is found in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='features need torch: pip install -e ".[train]"')
import torch.nn.functional as F  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from torch import Tensor  # noqa: E402

from allaprima.models.judging.losses import gram, style_distance  # noqa: E402
from allaprima.models.judging.vgg import LAYERS, REAL, FeatureNetwork, WeightsMissing  # noqa: E402
from allaprima.models.judging.weights import TORCHVISION  # noqa: E402

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
needs_vgg = pytest.mark.skipif(not (DATA / "vgg").is_dir(), reason=f"NO VGG WEIGHTS in {DATA / 'vgg'}: not compared")
PHOTO = torch.rand(1, 3, 40, 48, generator=torch.Generator().manual_seed(1))
POOLED = ("conv1_2", "conv2_2", "conv3_4")


@pytest.fixture(scope="module")
def drawn() -> dict[str, Tensor]:
    """Random weights in torchvision's layout, with one of the classifier's, which nobody needs."""
    generator = torch.Generator().manual_seed(2)
    tensors = {"classifier.0.weight": torch.zeros(4, 4)}
    for place, shape in LAYERS.values():
        tensors[f"features.{place}.weight"] = torch.randn(shape, generator=generator) / 30
        tensors[f"features.{place}.bias"] = torch.randn(shape[:1], generator=generator)
    return tensors


def straight(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """What torchvision's VGG-19 computes, written down plainly."""
    x = (PHOTO - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[
        :, None, None
    ]
    features = {}
    for name, (place, _) in LAYERS.items():
        x = F.relu(F.conv2d(x, tensors[f"features.{place}.weight"], tensors[f"features.{place}.bias"], padding=1))
        features[name.replace("conv", "relu")] = x
        x = F.max_pool2d(x, 2) if name in POOLED else x
    return features


@pytest.mark.parametrize("suffix", [".pth", ".old.pth", ".safetensors"])
def test_torchvisions_file_gives_all_four_layers(drawn: dict[str, Tensor], suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"vgg19{suffix}"
    if suffix == ".safetensors":
        save_file(drawn, file)
    else:  # torchvision's own file dates from before torch.save wrote archives
        torch.save(drawn, file, _use_new_zipfile_serialization=suffix == ".pth")
    features, wanted = FeatureNetwork(file)(PHOTO), straight(drawn)
    assert set(features) == {"relu1_1", "relu2_1", "relu3_1", "relu4_1"}
    for name, feature in features.items():
        torch.testing.assert_close(feature, wanted[name])


def test_a_folder_may_hold_torchvisions_file(drawn: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(drawn, tmp_path / TORCHVISION.name)
    assert "relu4_1" in FeatureNetwork(tmp_path)(PHOTO)


@needs_vgg
def test_the_real_half_alone_gives_three_layers_that_judge_style(tmp_path: Path) -> None:
    alone, whole = FeatureNetwork(DATA / "vgg" / REAL)(PHOTO), FeatureNetwork(DATA / "vgg")(PHOTO)
    assert set(alone) == {"relu1_1", "relu2_1", "relu3_1"} and set(whole) == {*alone, "relu4_1"}
    target = {name: gram(feature) for name, feature in alone.items()}
    assert style_distance(alone, target).item() == pytest.approx(0, abs=1e-6)
    assert style_distance({name: 2 * f for name, f in alone.items()}, target).item() == pytest.approx(9)


@needs_vgg
def test_blue_and_red_are_not_confused() -> None:
    """The first layer, computed as the weights' own description has it: BGR 0..255 minus the mean."""
    held = load_file(DATA / "vgg" / REAL)
    x = PHOTO.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68])[:, None, None]
    wanted = F.relu(F.conv2d(x, held["conv1_1.weight"].float(), held["conv1_1.bias"].float(), padding=1))
    torch.testing.assert_close(FeatureNetwork(DATA / "vgg")(PHOTO)["relu1_1"], wanted, rtol=1e-4, atol=1e-2)


def test_a_missing_layer_is_named(drawn: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save({name: t for name, t in drawn.items() if name != "features.10.bias"}, tmp_path / "half.pth")
    with pytest.raises(WeightsMissing, match=r"half\.pth hold no conv3_1"):
        FeatureNetwork(tmp_path / "half.pth")


def test_a_layer_of_another_shape_is_named(drawn: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save({**drawn, "features.5.weight": torch.zeros(128, 32, 3, 3)}, tmp_path / "other.pth")
    with pytest.raises(WeightsMissing, match="conv2_1 of shape"):
        FeatureNetwork(tmp_path / "other.pth")


class Trap:
    """What runs code where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._mark,)


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    torch.save({"features.0.weight": Trap(tmp_path / "mark")}, tmp_path / "trap.pth")
    with pytest.raises(WeightsMissing, match=r"trap\.pth"):
        FeatureNetwork(tmp_path / "trap.pth")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("name", ["notes.pth", "notes.safetensors"])
@pytest.mark.parametrize("content", [b"", b"no weights at all, but a line of text"])
def test_a_file_without_weights_is_named(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsMissing, match=name):
        FeatureNetwork(tmp_path / name)
