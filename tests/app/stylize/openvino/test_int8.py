"""Painting in int8: what the card tells of it, the gate, the rewriting, and how its ranges are found."""

from __future__ import annotations

import dataclasses
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.errors import EngineError, StylePackError
from allaprima.app.packs.int8 import GATE_DB, Int8, write_int8
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.openvino import quantizing
from allaprima.app.stylize.openvino.quantizing import psnr, quantized

pytest.importorskip("openvino")

from allaprima.app.bench.speed.probes import convolution_kernels
from allaprima.app.stylize.openvino.inspection import observer, painter

SIZE = (96, 64)
BODY, UP = "body.0.first.conv.weight", "up.conv.weight"


@pytest.fixture(scope="module")
def plain(tiny_pack: Path) -> StylePack:
    return load_pack(tiny_pack)


@pytest.fixture
def card(tiny_pack: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_pack, tmp_path / "pack") / "card.toml"


def noise(seed: int = 0) -> np.ndarray:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    waves = 128 + 90 * np.sin((x + 7 * seed)[..., None] / (5, 9, 13) + y[..., None] / (11, 6, 8))
    grain = np.random.default_rng(seed).integers(-30, 31, (2, *waves.shape))
    return np.clip(waves + grain, 0, 255).astype(np.uint8)


def one(row: int) -> np.ndarray:
    return np.eye(1, 4, row, np.float32)


def ranges_of(pack: StylePack) -> dict[str, tuple[float, float]]:
    seen = observer(pack.read_network().data, SIZE)(noise(), one(1))
    return {name: (min(0.0, float(values.min())), float(values.max())) for name, values in seen}


def measured(pack: StylePack, near: float = 40.0) -> StylePack:
    psnr = {style.name: near for style in pack.styles}
    return dataclasses.replace(pack, int8=Int8(ranges_of(pack), psnr))


# --- the card ---


def test_card_keeps_what_was_measured_and_everything_else(card: Path) -> None:
    before = load_pack(card.parent)
    for number in (1, 2):
        found = Int8({BODY: (0.0, 2.5 * number), UP: (-1.5, 3.0)}, {"red-room": 41.25, "harbour": 40.0, "mosaic": 39.5})
        write_int8(card, found)
        after = load_pack(card.parent)
        assert after.int8 == found
        assert dataclasses.replace(after, int8=None) == before
    assert card.read_text(encoding="utf-8").count("[int8.") == 2
    assert [file.name for file in card.parent.iterdir() if "part" in file.name] == []


def test_card_that_somebody_wrote_otherwise_keeps_what_they_wrote(card: Path) -> None:
    note = 'note = """\n[int8.x]\nkept\n"""  # mine\n'
    card.write_text(note + card.read_text(encoding="utf-8"), encoding="utf-8")
    for number in (1.0, 2.0):
        write_int8(card, Int8({BODY: (0.0, number)}, {"red-room": 41.0}))
        assert tomllib.loads(card.read_text(encoding="utf-8"))["int8"]["ranges"] == {BODY: [0.0, number]}
    assert card.read_text(encoding="utf-8").startswith(note)


def test_card_that_is_no_toml_is_left_as_it_is(card: Path) -> None:
    card.write_text("[int8", encoding="utf-8")
    with pytest.raises(StylePackError, match="is not TOML"):
        write_int8(card, Int8({BODY: (0.0, 1.0)}, {"red-room": 41.0}))
    assert card.read_text(encoding="utf-8") == "[int8"


@pytest.mark.parametrize(
    "table",
    [
        "int8 = 3",
        "[int8.ranges]\na = [0.0, 1.0]",
        "[int8.ranges]\n[int8.psnr]",
        "[int8.ranges]\na = [0.0]\n[int8.psnr]\nb = 40.0",
        "[int8.ranges]\na = [1.0, 2.0]\n[int8.psnr]\nb = 40.0",
        "[int8.ranges]\na = [0.0, 0.0]\n[int8.psnr]\nb = 40.0",
        "[int8.ranges]\na = [0.0, inf]\n[int8.psnr]\nb = 40.0",
        "[int8.ranges]\na = [nan, 1.0]\n[int8.psnr]\nb = 40.0",
        '[int8.ranges]\na = [0.0, "1"]\n[int8.psnr]\nb = 40.0',
        "[int8.ranges]\na = [0.0, 1e30]\n[int8.psnr]\nb = 40.0",
        '[int8.ranges]\n"\\u001b[2J" = [0.0, 1.0]\n[int8.psnr]\nb = 40.0',
        "[int8.ranges]\na = [0.0, 1.0]\n[int8.psnr]\nb = nan",
        "[int8.ranges]\na = [0.0, 1.0]\n[int8.psnr]\nb = true",
    ],
)
def test_broken_table_breaks_the_pack_with_a_reason(card: Path, table: str) -> None:
    text = card.read_text(encoding="utf-8")
    card.write_text(f"{table}\n{text}" if "=" in table.splitlines()[0] else f"{text}\n{table}\n", encoding="utf-8")
    with pytest.raises(StylePackError, match="int8") as caught:
        load_pack(card.parent)
    assert "\x1b" not in caught.value.message


# --- the gate ---


def test_pack_that_nobody_measured_is_refused_with_the_command(plain: StylePack) -> None:
    for engine in ("auto", "openvino"):
        with pytest.raises(EngineError, match="'tiny' has not been measured in int8") as caught:
            open_stylizer(plain, SIZE, engine, "int8")
        assert caught.value.hint.startswith("allaprima styles quantize")
        assert "onnxruntime" not in caught.value.message


def test_style_below_the_gate_is_refused_with_its_number(plain: StylePack) -> None:
    pack = measured(plain)
    assert pack.int8
    poor = Int8(pack.int8.ranges, {**pack.int8.psnr, "harbour": GATE_DB - 0.1})
    with pytest.raises(EngineError, match=r"'harbour' comes within 34.9 dB of float32, not 35"):
        open_stylizer(dataclasses.replace(pack, int8=poor), SIZE, "openvino", "int8")
    unmeasured = Int8(pack.int8.ranges, {"red-room": 50.0})
    with pytest.raises(EngineError, match=r"'harbour' comes within 0.0 dB"):
        open_stylizer(dataclasses.replace(pack, int8=unmeasured), SIZE, "openvino", "int8")


@pytest.mark.parametrize("engine", ["onnxruntime", "torch"])
def test_engine_that_does_not_paint_in_int8_says_so(plain: StylePack, engine: str) -> None:
    pytest.importorskip(engine)
    with pytest.raises(EngineError, match="int8"):
        open_stylizer(measured(plain), SIZE, engine, "int8")


# --- the rewriting ---


def test_convolutions_with_ranges_run_in_int8_and_paint_nearly_the_same(plain: StylePack) -> None:
    pack = measured(plain)
    assert pack.int8
    stylizer, exact = (open_stylizer(pack, SIZE, "openvino", precision) for precision in ("int8", "f32"))
    assert (stylizer.precision, stylizer.engine) == ("int8", "openvino")
    for row in (1, 2, 3):
        wanted, found = exact.paint(noise(), one(row)[0]), stylizer.paint(noise(), one(row)[0])
        assert GATE_DB - 5 < psnr([wanted], [found]) < 70  # an untrained network; but rounded it must be
    data = pack.read_network().data
    assert any(kernel.endswith("I8") for kernel in convolution_kernels(data, SIZE, "int8", pack.int8.ranges))
    assert not any(kernel.endswith("I8") for kernel in convolution_kernels(data, SIZE, "f32", pack.int8.ranges))


def test_photo_passes_through_untouched_in_int8_too(plain: StylePack) -> None:
    stylizer = open_stylizer(measured(plain), SIZE, "openvino", "int8")
    assert np.abs(stylizer.paint(noise(), one(0)[0]).astype(int) - noise()).max() <= 1


def test_convolutions_that_share_weights_are_all_rewritten() -> None:
    """As of an imported network that paints one eye after the other."""
    from allaprima.app.stylize.openvino.int8 import convolutions, quantize
    from allaprima.app.stylize.openvino.library import ops, ov

    weights = ops.constant(np.ones((4, 16, 3, 3), np.float32))
    weights.set_friendly_name("shared")
    eyes = [ops.parameter((1, 16, 8, 8), np.float32) for _ in range(2)]
    model = ov.Model([ops.convolution(eye, weights, [1, 1], [1, 1], [1, 1], [1, 1]) for eye in eyes], eyes)
    assert [name for name, _ in convolutions(model)] == ["shared", "shared"]
    quantize(model, {"shared": (-1.0, 1.0)})
    assert [node.get_type_name() for node in model.get_ops()].count("FakeQuantize") == 4


def test_range_that_is_too_narrow_clips(plain: StylePack) -> None:
    data, ranges = plain.read_network().data, ranges_of(plain)
    wanted = painter(data, SIZE, "f32", {})(noise(), one(2))
    whole, narrow = ({BODY: (0.0, ranges[BODY][1] * share)} for share in (1.0, 0.2))
    near = [psnr([wanted], [painter(data, SIZE, "int8", limits)(noise(), one(2))]) for limits in (whole, narrow)]
    assert near[0] > near[1] + 6


def test_ranges_of_another_network_are_refused(plain: StylePack) -> None:
    pack = measured(plain)
    assert pack.int8
    other = Int8({"encoder.weight": (0.0, 1.0)}, pack.int8.psnr)
    with pytest.raises(EngineError, match=r"'encoder.weight', which the network has not"):
        open_stylizer(dataclasses.replace(pack, int8=other), SIZE, "openvino", "int8")


def test_compiled_network_is_kept_by_its_ranges(
    plain: StylePack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLAPRIMA_COMPILED", str(tmp_path))
    pack = measured(plain)
    assert pack.int8
    first = open_stylizer(pack, SIZE, "openvino", "int8").paint(noise(), one(1)[0])
    again = open_stylizer(pack, SIZE, "openvino", "int8")
    assert len(list(tmp_path.iterdir())) == 1 and again.precision == "int8"
    np.testing.assert_array_equal(again.paint(noise(), one(1)[0]), first)
    wider = Int8({BODY: pack.int8.ranges[BODY]}, pack.int8.psnr)
    open_stylizer(dataclasses.replace(pack, int8=wider), SIZE, "openvino", "int8")
    open_stylizer(pack, SIZE, "openvino")
    assert len(list(tmp_path.iterdir())) == 3


# --- finding the ranges ---


class Bench:
    """In the place of OpenVINO: convolutions that add a known error to what is painted in int8."""

    def __init__(self, errors: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
        self.errors, self.seen = errors, set[int]()
        monkeypatch.setattr(quantizing, "observer", lambda data, size: self.observe)
        monkeypatch.setattr(quantizing, "painter", self.painter)

    def observe(self, frames: np.ndarray, style: np.ndarray) -> list[tuple[str, np.ndarray]]:
        self.seen.add(int(frames[0, 0, 0, 0]))
        ramp = np.linspace(-1, 2, 10_000, dtype=np.float32)
        return [*((name, ramp) for name in self.errors), ("dead", np.zeros(100, np.float32))]

    def painter(self, data: bytes, size: tuple[int, int], precision: str, ranges: dict) -> object:
        def paint(frames: np.ndarray, style: np.ndarray) -> np.ndarray:
            self.seen.add(-int(frames[0, 0, 0, 0]))
            return np.full_like(frames, 100 + sum(self.errors[name] for name in ranges))

        return paint


def photos(*levels: int) -> list[np.ndarray]:
    return [np.full((20, 30, 3), level, np.uint8) for level in levels]


def test_convolutions_that_hurt_are_left_in_float_and_no_others(
    plain: StylePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    Bench({"mild": 1, "worst": 20, "bad": 6, "harmless": 0}, monkeypatch)
    shares: list[float] = []
    found = quantized(plain, photos(10, 20), lambda what, share: shares.append(share))
    assert set(found.ranges) == {"mild", "harmless"}  # 255 over 6 are 33 dB, over 1 are 48
    assert set(found.psnr) == {"red-room", "harbour", "mosaic"} and min(found.psnr.values()) > 48
    low, high = found.ranges["mild"]
    assert -1 < low < -0.99 and 1.99 < high < 2  # without the tails
    assert sum(shares) == pytest.approx(1)


def test_photos_that_gave_ranges_do_not_judge(plain: StylePack, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench({"mild": 1}, monkeypatch)
    quantized(plain, photos(10, 20, 30, 40), lambda what, share: None)
    assert bench.seen == {10, 30, -20, -40}


def test_network_that_cannot_be_brought_through_is_refused_with_its_numbers(
    plain: StylePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    Bench({"one": 10, "two": 20}, monkeypatch)
    with pytest.raises(StylePackError, match=r"within 35 dB of float32: red-room 28.1 dB, harbour 28.1 dB, mosaic"):
        quantized(plain, photos(10, 20), lambda what, share: None)


def test_one_photo_is_too_few(plain: StylePack) -> None:
    with pytest.raises(ValueError, match="1 photos"):
        quantized(plain, photos(10), lambda what, share: None)


# --- what is shipped ---


def test_shipped_pack_comes_through_the_gate_on_a_picture_of_the_projects_own() -> None:
    from allaprima.app.sources.recorded.pictures import read_picture
    from allaprima.models.motifs import motifs

    pack = load_pack("first")
    assert pack.in_int8().ranges.keys() <= set(pack.read_network().initializers)
    pair = quantizing.pair_of(read_picture(motifs()[0]), (160, 120))
    data = pack.read_network().data
    exact, rounded = (painter(data, (160, 120), p, r) for p, r in (("f32", {}), ("int8", pack.in_int8().ranges)))
    for style in pack.styles:
        weights = np.eye(1, pack.rows, style.row, np.float32)
        assert psnr([exact(pair, weights)], [rounded(pair, weights)]) > GATE_DB, style.name
