"""One new style in a pack that is there: its row is trained, the rest stays what it is, bit by bit."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='training needs torch: pip install -e ".[train]"')
onnx = pytest.importorskip("onnx", reason='training needs onnx: pip install -e ".[train]"')

from studio import RECIPE, VGG, needs_vgg  # noqa: E402

from allaprima.app.command_line import main  # noqa: E402
from allaprima.app.core.errors import StylePackError  # noqa: E402
from allaprima.app.packs.pack import load_pack, shipped_folder  # noqa: E402
from allaprima.app.stylize.engines import open_stylizer  # noqa: E402
from allaprima.models.networks.network import ConditionalNorm, Pyramid, build  # noqa: E402
from allaprima.models.networks.rows import blended, joined, picked  # noqa: E402
from allaprima.models.packing.paintings import Painting  # noqa: E402
from allaprima.models.packing.reading import open_pack  # noqa: E402
from allaprima.models.packing.writing import write_pack  # noqa: E402
from allaprima.models.training.student import nearest_row  # noqa: E402

SHORT = ["--no-compile", "--crop", "64", "--stroke-size", "0.12", "--iterations", "2", "--keep-failed"]


def network_of(rows: int, seed: int = 7) -> Pyramid:
    torch.manual_seed(seed)
    network = build(RECIPE.family, rows)
    assert isinstance(network, Pyramid)
    for module in network.modules():
        if isinstance(module, ConditionalNorm):
            torch.nn.init.normal_(module.scale, 1.0, 0.4)
            torch.nn.init.normal_(module.shift, 0.0, 0.4)
    torch.nn.init.normal_(network.exit.weight, std=0.3)
    return network.eval()


@pytest.fixture
def pack(studio: Path) -> Path:
    """A pack of two untrained styles, `red` and `blue`, of today's network."""
    held = [Painting(studio / f"{name}.png", name, name.title(), "A. Painter", "1901") for name in ("red", "blue")]
    network = network_of(3)
    return write_pack(network, RECIPE.family, held, studio / "two", "Two", {"steps": 0}, studio / "red.png")


def train(studio: Path, *arguments: str) -> int:
    fixed = ["--photos", str(studio / "photos"), "--vgg", str(VGG), *SHORT]
    return main(["styles", "train", *fixed, *arguments])


def initialisers(pack: Path) -> dict[str, np.ndarray]:
    card = tomllib.loads((pack / "card.toml").read_text())
    graph = onnx.load(pack / card["pack"]["network"]).graph
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}


@pytest.mark.slow
@needs_vgg
def test_a_row_is_added_and_everything_else_stays_bit_identical(studio: Path, pack: Path) -> None:
    arguments = [
        "--style",
        str(studio / "ochre.png"),
        "--name",
        "Mine",
        "--into",
        str(pack),
        "-o",
        str(studio / "three"),
    ]
    assert train(studio, *arguments) == 1  # two steps make no style: kept, but said

    before, after = initialisers(pack), initialisers(studio / "three")
    assert set(network_of(2).state_dict()) <= set(before) and before.keys() == after.keys()
    grown = sorted(name for name in before if before[name].shape != after[name].shape)
    assert grown and all(name.endswith(("norm.scale", "norm.shift")) or name == "through" for name in grown)
    for name, old in before.items():
        kept = after[name][: len(old)] if name in grown else after[name]
        assert kept.tobytes() == old.tobytes(), name
    assert all(len(after[name]) == 4 for name in grown)
    for row in (1, 2):
        assert not all(np.array_equal(after[name][3], after[name][row]) for name in grown)

    one, two = load_pack(pack), load_pack(studio / "three")
    assert [style.name for style in two.styles] == ["red", "blue", "mine"]
    frames = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    for row in range(3):
        pictures = []
        for opened in (one, two):
            stylizer = open_stylizer(opened, (64, 64), "openvino")
            pictures.append(stylizer.paint(frames, np.eye(opened.rows, dtype=np.float32)[row]))
            stylizer.close()
        assert np.array_equal(pictures[0], pictures[1])

    old_card, new_card = (tomllib.loads((folder / "card.toml").read_text()) for folder in (pack, studio / "three"))
    assert new_card["style"][:2] == old_card["style"] and new_card["training"] == old_card["training"]
    mine = new_card["style"][2]
    assert (mine["name"], mine["row"]) == ("mine", 3) and mine["training"]["steps"] == 2
    assert {"style_distance_ratio", "output_std", "content_distance"} <= mine["measured"].keys()
    for style in old_card["style"]:
        assert (studio / "three" / style["preview"]).read_bytes() == (pack / style["preview"]).read_bytes()


@pytest.mark.slow
@needs_vgg
def test_ones_own_pack_grows_in_place_and_a_shipped_one_is_copied(
    studio: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("allaprima.app.packs.pack.user_folder", lambda: studio / "own")
        patch.setattr("allaprima.app.packs.pack.shipped_folder", lambda: studio)
        assert train(studio, "--style", str(studio / "ochre.png"), "--into", str(pack)) == 1
    assert [s.name for s in load_pack(studio / "own" / "my-two").styles] == ["red", "blue", "ochre"]
    assert [s.name for s in load_pack(pack).styles] == ["red", "blue"]
    assert train(studio, "--style", str(studio / "ochre.png"), "--into", str(pack)) == 1
    assert [s.name for s in load_pack(pack).styles] == ["red", "blue", "ochre"]
    assert len(list(pack.glob("*.onnx"))) == 1


@pytest.mark.slow
@needs_vgg
def test_unfrozen_everything_is_trained(studio: Path, pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    style = ["--style", str(studio / "ochre.png"), "--into", str(pack), "--unfreeze", "--pairs", "1"]
    train(studio, *style, "-o", str(studio / "three"))
    assert "other styles change" in capsys.readouterr().err
    before, after = initialisers(pack), initialisers(studio / "three")
    assert not np.array_equal(before["exit.weight"], after["exit.weight"])
    assert after["through"][:, 0].tolist() == [1, 0, 0, 0]


@pytest.mark.slow
@needs_vgg
def test_a_style_that_failed_is_left_out_and_said(studio: Path, pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fewer = [argument for argument in SHORT if argument != "--keep-failed"]
    fixed = ["--photos", str(studio / "photos"), "--vgg", str(VGG), *fewer, "--json"]
    style = ["--style", str(studio / "ochre.png"), "--into", str(pack), "-o", str(studio / "three")]
    assert main(["styles", "train", *fixed, *style]) == 1
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert report["failed"] == ["ochre"] and report["pack"] is None and report["styles"]["ochre"]["faults"]
    assert "ochre" in said.err and not (studio / "three").exists()


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--name", "red"], "already", 2),
        (["--iterations", "3", "--minutes", "1"], "not allowed with argument --iterations", 2),
        (["--name", "a", "b"], "2 names for 1 paintings", 2),
        (["--name", "???"], "no name can be made", 2),
        (["--crop", "70"], "multiple of 8", 2),
        (["--stroke-size", "0"], "--stroke-size 0: outside 0.05 to 20", 2),
        (["--family", "X9"], "--family X9: not a network family", 2),
        (["--style", "nowhere.png"], "no picture nowhere.png", 3),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_trained(
    studio: Path, pack: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str, code: int
) -> None:
    before = sorted(studio.rglob("*"))
    fixed = ["--style", str(studio / "ochre.png"), "--photos", str(studio / "photos"), "--vgg", str(VGG)]
    assert main(["styles", "train", *fixed, "--into", str(pack), *arguments]) == code
    assert said in capsys.readouterr().err
    assert sorted(studio.rglob("*")) == before


def test_a_pack_of_an_older_network_is_refused(pack: Path) -> None:
    card = (pack / "card.toml").read_text()
    model = onnx.load(pack / "network.onnx")
    renamed = next(tensor for tensor in model.graph.initializer if tensor.name == "spread.conv.weight")
    renamed.name = "upper.conv.weight"
    data = model.SerializeToString()
    digest = hashlib.sha256((pack / "network.onnx").read_bytes()).hexdigest()
    (pack / "network.onnx").write_bytes(data)
    with pytest.raises(StylePackError, match="not the one that the card describes"):
        open_pack(pack)
    (pack / "card.toml").write_text(card.replace(digest, hashlib.sha256(data).hexdigest()))
    with pytest.raises(StylePackError, match="made by another version of allaprima"):
        open_pack(pack)


def test_a_card_that_claims_a_huge_network_costs_no_memory(pack: Path) -> None:
    card = (pack / "card.toml").read_text()
    (pack / "card.toml").write_text(card.replace(f'"{RECIPE.family}"', '"E999-999x99"'))
    with pytest.raises(StylePackError, match="another version"):
        open_pack(pack)


def test_what_is_no_pack_is_said(tmp_path: Path, pack: Path) -> None:
    with pytest.raises(OSError, match=r"card\.toml"):
        open_pack(tmp_path / "nowhere")
    (pack / "card.toml").write_text("format = 1")
    with pytest.raises(StylePackError, match="not one of a style pack"):
        open_pack(pack)


def test_a_network_survives_being_packed(pack: Path) -> None:
    held, made = open_pack(pack).network.state_dict(), network_of(3).state_dict()
    assert all(torch.equal(held[name], made[name]) for name in made)


def test_rows_are_picked_blended_and_joined() -> None:
    network = network_of(3)
    mixed = blended(network, torch.tensor([[0.0, 0.25, 0.75]]))
    both = joined(picked(network, [0, 2]), mixed)
    assert isinstance(both, Pyramid)
    assert (both.rows, both.entry.norm.scale.shape[0], both.through.shape) == (3, 3, (3, 1))
    assert torch.equal(both.down.norm.shift[1], network.down.norm.shift[2])
    expected = 0.25 * network.down.norm.shift[1] + 0.75 * network.down.norm.shift[2]
    assert torch.allclose(both.down.norm.shift[2], expected)
    assert torch.equal(both.exit.weight, network.exit.weight)


@needs_vgg
def test_a_new_style_begins_from_the_row_that_paints_most_like_it() -> None:
    from allaprima.models.judging.losses import STYLE_LAYERS, gram
    from allaprima.models.judging.vgg import FeatureNetwork
    from allaprima.models.networks.canvas import paint_stills

    network, vgg = network_of(4), FeatureNetwork(VGG).eval()
    photos = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        seen = vgg(paint_stills(network, photos[:1], torch.eye(4)[2]))
    target = {name: gram(seen[name]) for name in STYLE_LAYERS}
    assert nearest_row(network, photos, target, vgg).tolist() == [[0, 0, 1, 0]]


def test_the_pack_that_is_shipped_either_opens_or_says_why_not() -> None:
    for folder in sorted(shipped_folder().iterdir()):
        copy_of = folder
        try:
            opened = open_pack(copy_of)
        except StylePackError as error:
            assert "another version" in str(error)
        else:
            assert opened.names


def interrupted_at_the_card(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """`Path.method` of the card, which is the last to be written and the last to be put in its place, is a ctrl-C."""
    whole = getattr(Path, method)

    def killed(self: Path, *arguments: Any) -> Any:
        if self.name == "card.toml":
            raise KeyboardInterrupt
        return whole(self, *arguments)

    monkeypatch.setattr(Path, method, killed)


@pytest.mark.parametrize("method", ["write_bytes", "replace"])
def test_an_interrupted_export_leaves_the_old_pack_whole(
    method: str, studio: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_pack(pack).sha256
    interrupted_at_the_card(monkeypatch, method)
    held = [Painting(studio / "ochre.png", "ochre", "Ochre")]
    with pytest.raises(KeyboardInterrupt):
        write_pack(network_of(2, seed=1), RECIPE.family, held, pack, "New", {}, studio / "red.png")
    assert load_pack(pack).sha256 == before and not list(studio.glob(".*"))


def test_an_interrupted_export_of_a_new_pack_leaves_nothing(studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted_at_the_card(monkeypatch, "write_bytes")
    held = [Painting(studio / "ochre.png", "ochre", "Ochre")]
    before = set(studio.iterdir())
    with pytest.raises(KeyboardInterrupt):
        write_pack(network_of(2, seed=1), RECIPE.family, held, studio / "new", "New", {}, studio / "red.png")
    assert set(studio.iterdir()) == before
