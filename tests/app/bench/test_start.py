"""Starts, stage by stage."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.bench import start
from allaprima.app.core.errors import EngineError


def test_medians_are_by_stage_and_a_stage_that_never_happened_is_none() -> None:
    starts: list[dict[str, float | None]] = [dict.fromkeys(start.STAGES, ms) for ms in (10.0, 30.0, 20.0)]
    for one in starts:
        one["graphics"] = None
    told = start.summary(starts)
    assert told["stages_ms"]["network"] == 20 and told["stages_ms"]["graphics"] is None
    assert told["total_ms"] == 20 * (len(start.STAGES) - 1)


def test_cold_starts_find_an_empty_cache_and_warm_ones_always_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders: list[str] = []

    def once(pack: Path, source: str, size: tuple[int, int], engine: str, compiled: Path) -> dict[str, float | None]:
        folders.append(compiled.name)
        return dict.fromkeys(start.STAGES, 1.0)

    monkeypatch.setattr(start, "once", once)
    shares: list[float] = []
    report = start.run(tmp_path, "synthetic", (64, 64), "auto", 2, lambda _, share: shares.append(share))
    assert folders == ["warm", "cold-0", "warm", "cold-1", "warm"]
    assert sum(shares) == pytest.approx(1)
    assert report["size"] == "64x64" and report["cold"]["total_ms"] == report["warm"]["total_ms"] == len(start.STAGES)


def test_a_real_start_tells_every_stage(tiny_pack: Path, tmp_path: Path) -> None:
    for eye in ("left", "right"):
        cv2.imwrite(str(tmp_path / f"a_{eye}.png"), np.full((64, 64, 3), 99, np.uint8))
    taken = start.once(tiny_pack, str(tmp_path), (64, 64), "openvino", tmp_path / "compiled")
    assert tuple(taken) == start.STAGES
    assert all(ms is not None and ms > 0 for stage, ms in taken.items() if stage != "graphics")
    assert len(list((tmp_path / "compiled").iterdir())) == 1


def test_a_start_that_fails_says_why(tiny_pack: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"exit status 1: .*nowhere"):
        start.once(tiny_pack, str(tmp_path / "nowhere"), (64, 64), "auto", tmp_path)
