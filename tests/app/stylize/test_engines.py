from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE_S

from allaprima.app.core.errors import EngineError
from allaprima.app.core.shell import install, pip
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.stylize import engines
from allaprima.app.stylize.engines import open_stylizer

SIZE = (64, 64)


@pytest.fixture(scope="module")
def pack(tiny_pack: Path) -> StylePack:
    return load_pack(tiny_pack)


def test_auto_takes_the_first_engine(pack: StylePack) -> None:
    assert open_stylizer(pack, SIZE).engine == "openvino"


def test_auto_falls_through_to_the_next_engine(pack: StylePack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "allaprima.app.stylize.openvino.engine", None)
    assert open_stylizer(pack, SIZE).engine == "onnxruntime"


def test_no_engine_at_all_joins_every_reason_and_says_what_to_install(
    pack: StylePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in engines.ENGINES:
        monkeypatch.setitem(sys.modules, f"allaprima.app.stylize.{name}.engine", None)
    with pytest.raises(EngineError, match=r"openvino cannot be imported.*onnxruntime cannot.*torch cannot") as caught:
        open_stylizer(pack, SIZE)
    assert caught.value.hint.startswith(f"{pip()} install")


def test_missing_onnxruntime_names_the_extra(pack: StylePack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "allaprima.app.stylize.onnxruntime.engine", None)
    with pytest.raises(EngineError) as caught:
        open_stylizer(pack, SIZE, "onnxruntime")
    assert caught.value.hint == install("onnx")


def test_unknown_engine_lists_the_known(pack: StylePack) -> None:
    with pytest.raises(EngineError, match="no engine 'tensorrt'") as caught:
        open_stylizer(pack, SIZE, "tensorrt")
    assert "onnxruntime" in caught.value.hint


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_unknown_precision_is_refused(pack: StylePack, engine: str) -> None:
    with pytest.raises(EngineError, match="int3"):
        open_stylizer(pack, SIZE, engine, "int3")


def test_openvino_precision_auto_is_what_the_cpu_does_natively(pack: StylePack) -> None:
    from allaprima.app.stylize.openvino.engine import shared_core
    from allaprima.app.stylize.openvino.library import ov

    native = shared_core().get_property("CPU", "INFERENCE_PRECISION_HINT")
    expected = {ov.Type.bf16: "bf16", ov.Type.f16: "f16", ov.Type.f32: "f32"}[native]
    assert open_stylizer(pack, SIZE, "openvino").precision == expected


def test_family_that_does_not_fit_the_network_is_refused_by_torch(tiny_pack: Path, pack: StylePack) -> None:
    import dataclasses

    for family in ("E8-16x2", "nonsense", "E16-16x1"):
        with pytest.raises(EngineError, match=f"does not hold a network of family '{family}'"):
            open_stylizer(dataclasses.replace(pack, family=family), SIZE, "torch")


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_torch_is_not_imported_unless_chosen(tiny_pack: Path, engine: str) -> None:
    program = f"""
import sys
from allaprima.app.packs import pack
from allaprima.app.stylize import blend, engines, palette, prepare
assert not {{"torch", "openvino", "onnxruntime"}} & set(sys.modules), "an engine came with the door"
stylizer = engines.open_stylizer(pack.load_pack({str(tiny_pack)!r}), (64, 64), {engine!r})
others = {{"torch", "openvino", "onnxruntime", "onnx"}} - {{{engine!r}}}
assert not others & set(sys.modules), others & set(sys.modules)
print(stylizer.engine)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stdout.strip() == engine, done.stderr


def test_ctrl_c_finds_the_program_alive_after_several_networks_were_opened_and_closed(tiny_pack: Path) -> None:
    """Each `ov.Core` lends the main thread a signal stack; ended out of order, they left ctrl-C on freed memory."""
    program = f"""
import gc, signal
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.packs.pack import load_pack
pack = load_pack({str(tiny_pack)!r})
first = open_stylizer(pack, (64, 64), "openvino")
second = open_stylizer(pack, (96, 64), "openvino")
first.close()
del first
gc.collect()
second.close()
del second
gc.collect()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
