"""The speed bench: what it measures of what, and what it makes of the numbers. No test here knows a real duration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from allaprima.app.bench.speed import run as speed
from allaprima.app.bench.speed.contenders import Contender, Part, Variant
from allaprima.app.bench.speed.rounds import Times
from allaprima.app.bench.speed.run import SpeedSettings, peak_gflops, run
from allaprima.app.bench.speed.table import print_speed, tables, write_speed
from allaprima.app.core.clock import FakeClock, SystemClock
from allaprima.app.core.errors import EngineError
from allaprima.app.packs.pack import load_pack

SMALL, LARGE = (64, 64), (128, 96)
MS = {  # of each contender in a pretended run
    Contender("f32", "peak"): 10.0,
    **{Contender("openvino f32", "stylizer", size): 20.0 for size in (SMALL, LARGE)},
    **{Contender("openvino f32", "network", size): 16.0 for size in (SMALL, LARGE)},
}


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything takes what `MS` says, and nothing is loaded."""

    def interleaved(passes: dict[Contender, Any], *_: object) -> dict[Contender, Times]:
        return {name: Times(MS[name], MS[name] - 1, MS[name] + 1) for name in passes}

    def ours(pack: object, size: tuple[int, int], *_: object) -> Iterator[tuple[Contender, Any]]:
        parts: tuple[Part, ...] = ("stylizer", "network")
        for part in parts:
            yield Contender("openvino f32", part, size), None

    monkeypatch.setattr(speed, "interleaved", interleaved)
    monkeypatch.setattr(speed, "ours", ours)
    monkeypatch.setattr(speed, "peaks", lambda *_: {Contender("f32", "peak"): (None, 3_600_000_000)})
    monkeypatch.setattr(speed, "_flops", lambda data, size: 3_200_000_000)
    monkeypatch.setattr(speed, "_kernels", lambda *_: {"openvino f32": ["brgconv_avx512_f32"]})


def pretend(tiny_pack: Path, **changes: Any) -> dict[str, Any]:
    settings = SpeedSettings(**{"sizes": (SMALL, LARGE), "rounds": 1, **changes})
    return run(load_pack(tiny_pack), settings, FakeClock(), lambda *_: None, lambda line: None)


def test_times_are_of_the_whole_stylizer_and_the_peak_is_the_networks(pretended: None, tiny_pack: Path) -> None:
    report = pretend(tiny_pack)
    assert report["headline"] == {"size": "64x64", "engine": "openvino f32"}
    assert report["peak_gflops"] == {"f32": 400.0}  # 3.6 GFLOP in the 9 ms of the quicker quarter
    assert report["peak_fraction"] == 0.5  # 3.2 GFLOP in 16 ms
    row = report["pairs"]["128x96"]["openvino f32"]
    assert row["ms"] == 20 and row["ms_low"] == 19 and row["network_ms"] == 16 and row["network_gflops"] == 200


def test_a_gpu_is_held_against_its_own_peak(pretended: None, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_a_gpu(pack: object, size: tuple[int, int], *_: object) -> Iterator[tuple[Contender, Any]]:
        parts: tuple[tuple[Part, float], ...] = (("stylizer", 2.0), ("network", 1.0))
        for part, ms in parts:
            contender = Contender("torch f32", part, size, "CUDA")
            monkeypatch.setitem(MS, contender, ms)
            yield contender, None

    top = Contender("CUDA f32", "peak", device="CUDA")
    monkeypatch.setitem(MS, top, 3.0)
    monkeypatch.setattr(speed, "ours", on_a_gpu)
    monkeypatch.setattr(speed, "peaks", lambda *_: {top: (None, 64_000_000_000), Contender("f32", "peak"): (None, 1)})
    assert pretend(tiny_pack)["peak_fraction"] == 0.1  # 3.2 GFLOP in 1 ms, of 32 TFLOP/s


def test_the_peak_is_what_the_best_kernel_reaches_undisturbed() -> None:
    """A network that takes turns with them cannot be quicker than all of them, unless it computes something else."""
    times = {
        Contender("f32", "peak", kernel="convolution"): Times(40.0, 10.0, 90.0),  # disturbed in most of its rounds
        Contender("f32", "peak", kernel="product"): Times(10.0, 8.0, 11.0),
        Contender("bf16", "peak", kernel="product"): Times(2.0, 1.0, 3.0),
    }
    operations = dict(zip(times, (4_000_000_000, 2_000_000_000, 1_000_000_000), strict=True))
    assert peak_gflops(operations, times) == {"f32": 400.0, "bf16": 1000.0}
    assert peak_gflops({}, times) == {}


def test_the_headline_is_of_640x480_where_that_is_measured() -> None:
    assert SpeedSettings(sizes=((320, 240), (640, 480))).headline == (640, 480)
    assert SpeedSettings(sizes=((320, 240), (1280, 720))).headline == (320, 240)


@pytest.fixture(scope="module")
def measured(tiny_pack: Path) -> dict[str, Any]:
    """One real run, tiny, with every part of it but the children."""
    lines: list[str] = []
    settings = SpeedSettings(
        sizes=(SMALL, LARGE),
        variants=(Variant("openvino", "f32"), Variant("openvino", "f32"), Variant("onnxruntime"), Variant("torch")),
        rounds=1,
    )
    shares: list[float] = []
    report = run(load_pack(tiny_pack), settings, SystemClock(), lambda _, share: shares.append(share), lines.append)
    assert sum(shares) == pytest.approx(1)
    return {"report": report, "missing": lines}


@pytest.mark.slow
def test_everything_is_in_the_report_and_it_is_json(measured: dict[str, Any]) -> None:
    report = measured["report"]
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert set(report) >= {
        "pack", "machine", "settings", "gflop", "peak_gflops", "pairs", "kernels", "headline", "peak_fraction",
    }  # fmt: skip
    assert set(report["pairs"]) == {"64x64", "128x96"}
    for rows in report["pairs"].values():
        assert list(rows) == ["openvino f32", "onnxruntime f32", "torch f32"]  # and the one named twice is there once
        assert all(row["ms"] > 0 and row["network_ms"] > 0 and row["peak_fraction"] > 0 for row in rows.values())
    assert report["kernels"]["openvino f32"] and report["gflop"]["128x96"] > 2.5 * report["gflop"]["64x64"]


@pytest.mark.slow
def test_tables_show_every_engine(measured: dict[str, Any], tmp_path: Path) -> None:
    report = measured["report"]
    written = write_speed(tmp_path / "new", report)
    assert {path.name for path in written} == {"speed.json", "speed.md"}
    text = (tmp_path / "new" / "speed.md").read_text(encoding="utf-8")
    for wanted in ("| torch f32 |", "128x96"):
        assert wanted in text, wanted
    for table in tables(report):
        assert all(len(row) == len(table.columns) for row in table.rows), table.title
    print_speed(report)


def test_no_engine_that_runs_is_an_error_with_the_reason(tiny_pack: Path) -> None:
    told: list[str] = []
    settings = SpeedSettings(sizes=(SMALL,), variants=(Variant("onnxruntime", "bf16"),), rounds=1)
    with pytest.raises(EngineError, match=r"none of the engines asked for runs.*bf16"):
        run(load_pack(tiny_pack), settings, FakeClock(), lambda *_: None, told.append)
    assert any("onnxruntime is left out" in line for line in told)
