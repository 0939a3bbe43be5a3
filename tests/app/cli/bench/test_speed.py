"""`allaprima bench speed` and `allaprima bench start` from the outside."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from allaprima.app.bench import start
from allaprima.app.bench.speed import run
from allaprima.app.bench.speed.contenders import VARIANTS, Variant
from allaprima.app.cli.bench.speed import variants_of
from allaprima.app.command_line import main


def call(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(a) for a in arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(("arguments", "code", "wanted"), [
    (("--sizes", "640"), 2, "a size such as 640x480"),
    (("--sizes", "640x480,"), 2, "a size such as"),
    (("--sizes", "16x16"), 2, "64 to 4096"),
    (("--sizes", "99999x480"), 2, "64 to 4096"),
    (("--engines", "opnvino"), 2, "did you mean 'openvino'"),
    (("--engines", "openvino:f23"), 2, "did you mean 'f32'"),
    (("--engines", ""), 2, "there is no engine"),
    (("--rounds", "0"), 2, "1 or more"),
    (("--report", "{pack}/card.toml/here"), 2, "not a folder"),
    (("--pack", "nowhere"), 4, "nowhere"),
])  # fmt: skip
def test_bad_arguments_are_told_before_anything_is_timed(
    arguments: tuple[str, ...], code: int, wanted: str, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing should be timed")

    monkeypatch.setattr(run, "run", never)
    given = [argument.replace("{pack}", str(tiny_pack)) for argument in arguments]
    found, out, err = call("bench", "speed", "--pack", tiny_pack, *given)
    assert found == code and wanted in err and not out


@pytest.mark.parametrize(("arguments", "wanted"), [
    (("--size", "640x"), "a size such as"), (("--rounds", "0"), "1 or more"), (("--engine", "cuda"), "not one of auto"),
])  # fmt: skip
def test_bad_starts_are_refused(arguments: tuple[str, ...], wanted: str) -> None:
    code, _, err = call("bench", "start", *arguments)
    assert code == 2 and wanted in err


def test_engines_are_named_with_or_without_a_precision() -> None:
    assert variants_of(None) == VARIANTS
    assert variants_of("torch, openvino:f32") == (Variant("torch", "auto"), Variant("openvino", "f32"))


@pytest.mark.slow
def test_json_is_one_object_and_everything_else_is_on_standard_error(tiny_pack: Path, tmp_path: Path) -> None:
    code, out, err = call(
        "bench", "speed", "--pack", tiny_pack, "--sizes", "64x64,64x64", "--engines", "openvino:f32,onnxruntime:bf16",
        "--rounds", "1", "--json", "--report", tmp_path / "report",
    )  # fmt: skip
    report = json.loads(out)
    assert code == 0 and list(report["pairs"]) == ["64x64"]
    assert "onnxruntime is left out" in err and "speed.json" in err
    assert json.loads((tmp_path / "report" / "speed.json").read_text()) == report


def test_start_is_told_as_json_or_as_a_table(tiny_pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "once", lambda *_: {**dict.fromkeys(start.STAGES, 3.0), "graphics": None})
    code, out, _ = call("bench", "start", "--pack", tiny_pack, "--rounds", "1", "--json")
    report: dict[str, Any] = json.loads(out)
    assert code == 0 and report["warm"]["total_ms"] == 3.0 * (len(start.STAGES) - 1)
    code, out, _ = call("bench", "start", "--pack", tiny_pack, "--rounds", "1")
    assert code == 0 and [line.split()[0] for line in out.splitlines() if line.split()][-1] == "total"
