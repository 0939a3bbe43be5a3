"""Looks without VGG: what is told, and what the judge is shown."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from allaprima.app.bench.painters import unpainted
from allaprima.app.bench.scenes import Pair
from allaprima.app.bench.stability import looks as looks_module
from allaprima.app.bench.stability.looks import Looks, open_looks
from allaprima.app.canvas.canvas import Field
from allaprima.app.core.shell import install
from allaprima.app.packs.pack import StylePack, load_pack

PHOTOS = np.zeros((3, 24, 32, 3), np.uint8)


@pytest.fixture
def pack(tiny_pack: Path) -> StylePack:
    return load_pack(tiny_pack)


class StandIn:
    """A judge for whom the style distance is the picture's brightness."""

    vgg = "the network"

    def look(self, pictures: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return pictures.mean((1, 2, 3))

    def target(self, painting: Path, stroke: int) -> tuple[str, int]:
        return painting.name, stroke


class StandInUnseen:
    def __init__(self, vgg: object, photos: object, stroke: int) -> None: ...

    def of(self, paint: object, painted: object, painting: Path) -> dict[str, float]:
        return {"style_swd": 0.5, "wall_coverage": 0.6, "wall_share": 1.2}


@pytest.fixture
def looks(pack: StylePack, monkeypatch: pytest.MonkeyPatch) -> Looks:
    distances = SimpleNamespace(
        style_distances=lambda seen, target: seen, content_distances=lambda seen, photos: seen - photos
    )
    monkeypatch.setitem(sys.modules, "allaprima.models.judging.judge", distances)
    monkeypatch.setattr(looks_module, "Unseen", StandInUnseen)
    return Looks(StandIn(), PHOTOS + 100, {"harbour": Path("harbour.jpg")}, pack)  # type: ignore[arg-type]


def quartered(pair: Pair, canvas: Field | None = None, /) -> Pair:
    return pair // 4


def test_ratio_is_painted_over_unpainted_and_null_without_the_painting(looks: Looks, pack: StylePack) -> None:
    found = looks.of(quartered, pack.style("harbour"))
    unseen = {"style_swd": 0.5, "wall_coverage": 0.6, "wall_share": 1.2}
    assert found == {"style_distance_ratio": 0.25, "content_distance": -75} | unseen
    without = looks.of(quartered, pack.style("mosaic"))
    assert without == dict.fromkeys(looks_module.OF_PAINTINGS) | {"content_distance": -75}
    assert looks.of(quartered, None)["content_distance"] == -75


def test_gatys_is_asked_with_what_the_pack_was_trained_with(
    looks: Looks, pack: StylePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    asked: list[tuple[Any, ...]] = []

    def worth(*arguments: Any) -> int | None:
        asked.append(arguments)
        return 30 if len(asked) == 1 else None

    monkeypatch.setitem(sys.modules, "allaprima.models.judging.gatys", SimpleNamespace(worth=worth))
    assert looks.gatys(unpainted, pack.style("harbour"), 50) == 40  # 30, and never within 50
    assert len(asked) == looks_module.GATYS_PHOTOS
    photo, painted, painting, vgg, stroke, strength, most = asked[0]
    assert tuple(photo.shape) == tuple(painted.shape) == (1, 3, 24, 32)
    assert (painting, vgg, stroke, strength, most) == (
        Path("harbour.jpg"), "the network", looks_module.STROKE, looks_module.STRENGTH, 50,
    )  # fmt: skip
    assert looks.gatys(unpainted, pack.style("mosaic"), 50) is None


def test_without_torch_one_line_says_what_to_install(
    pack: StylePack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "allaprima.models.judging.judge", None)
    said: list[str] = []
    assert open_looks(pack, tmp_path, tmp_path, tmp_path, 3, PHOTOS, said.append) is None
    assert len(said) == 1 and install("train") in said[0]


def test_without_weights_one_line_names_the_folder(pack: StylePack, tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    said: list[str] = []
    assert open_looks(pack, tmp_path, tmp_path, tmp_path, 3, PHOTOS, said.append) is None
    assert len(said) == 1 and str(tmp_path) in said[0] and "--vgg" in said[0]
