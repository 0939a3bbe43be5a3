"""`allaprima styles import`, as a user types it: what it makes is a pack like every other."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason='strangers\' networks are made with torch: pip install -e ".[train]"')
pytest.importorskip("onnx", reason='torch exports through onnx: pip install -e ".[train]"')

import torch
from foreign_networks import Mixed, Posterise, Ranged, onnx_bytes

from allaprima.app.cli.styles import import_
from allaprima.app.command_line import main
from allaprima.app.importing import imported_pack
from allaprima.app.importing.chart import chart
from allaprima.app.packs import pack as pack_module
from allaprima.app.packs.pack import load_pack
from allaprima.models.networks.johnson_pth import TransformerNetwork


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder of packs, empty, and no shipped packs."""
    folder = tmp_path / "user" / "packs"
    monkeypatch.setattr(pack_module, "shipped_folder", lambda: tmp_path / "nothing")
    monkeypatch.setattr(pack_module, "user_folder", lambda: folder)
    monkeypatch.setattr(imported_pack, "user_folder", lambda: folder)
    return folder


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    rgb = np.rint(chart((96, 64), 5)[0].transpose(1, 2, 0) * 255).astype(np.uint8)
    cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    return path


def stylized(photo: Path, *arguments: str) -> np.ndarray:
    """(H, W, 3) RGB of `allaprima stylize` in full precision."""
    out = photo.with_name("painted.png")
    assert main(["stylize", str(photo), "-o", str(out), "--overwrite", "--precision", "f32", *arguments]) == 0
    return cv2.cvtColor(cv2.imread(str(out)), cv2.COLOR_BGR2RGB)


def by_torch(photo: Path, body: torch.nn.Module, *more: torch.Tensor, peak: float = 1.0) -> np.ndarray:
    rgb = cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB)
    with torch.no_grad():
        painted = body(torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255 * peak, *more) / peak
    return (painted[0].clamp(0, 1).permute(1, 2, 0).numpy() * 255).round()


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.abs(a.astype(float) - b.astype(float)).max() <= 1.01)


@pytest.mark.slow
def test_imported_onnx_is_a_pack_like_every_other(
    packs: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = Posterise()
    source = tmp_path / "Their Mosaic (9).onnx"
    source.write_bytes(onnx_bytes(Ranged(body, "0-255", "0-255"), torch.zeros(1, 3, 64, 96)))
    assert (
        main(
            [
                "styles",
                "import",
                str(source),
                "--title",
                "Their mosaic",
                "--artist",
                "N. N.",
                "--no-stability",
                "--json",
            ]
        )
        == 0
    )
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert (report["pack"], report["styles"]) == ("their-mosaic-9", ["their-mosaic-9"])
    assert report["import"]["range_in"] == "0-255"
    assert report["import"]["file"] == source.name
    assert len(report["import"]["sha256"]) == 64
    assert Path(report["folder"]) == packs / "their-mosaic-9"
    assert sorted(path.name for path in packs.iterdir()) == ["their-mosaic-9"]

    assert main(["styles", "list"]) == 0
    assert main(["styles", "show", "their-mosaic-9"]) == 0
    out = capsys.readouterr().out
    assert "Their mosaic" in out and "N. N." in out and "0-255" in out

    theirs = by_torch(photo, body)
    assert close(stylized(photo, "--pack", "their-mosaic-9"), theirs)
    half = 0.5 * cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB) + 0.5 * theirs
    assert close(stylized(photo, "--pack", "their-mosaic-9", "--strength", "0.5"), half)

    assert main(["styles", "import", str(source)]) == 4
    assert "there is a pack 'their-mosaic-9' already" in capsys.readouterr().err


@pytest.mark.slow
def test_styles_of_one_network_blend_and_the_card_has_their_stability(
    packs: Path,
    photo: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body, source, made = Mixed(), tmp_path / "three.onnx", tmp_path / "made"
    source.write_bytes(onnx_bytes(body, (torch.zeros(1, 3, 64, 96), torch.full((3,), 1 / 3)), (2, 3)))
    monkeypatch.setattr(import_, "_stability", lambda pack, tell: {"styles": 3, "e_view": 0.0312})
    assert main(["styles", "import", str(source), "-o", str(made), "--range", "0-1"]) == 0
    captured = capsys.readouterr()
    assert "e_view 0.0312" in captured.out
    assert load_pack(made).stability["e_view"] == 0.0312
    assert "3 styles" in captured.out and str(made) in captured.out
    assert not packs.exists()
    ours = stylized(photo, "--pack", str(made), "--style", "made-0:0.25,made-2:0.75")
    assert close(ours, by_torch(photo, body, torch.tensor([0.25, 0, 0.75])))


def test_refused_file_leaves_nothing_and_says_why_as_json(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "notes.onnx"
    source.write_text("no network at all")
    assert main(["styles", "import", str(source), "--json"]) == 4
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["message"].startswith(f"{source}: cannot be imported: ")
    assert not packs.exists() or list(packs.iterdir()) == []


@pytest.mark.slow
def test_old_pth_paints_from_end_to_end(
    packs: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As saved before PyTorch 0.4: a bare pickle, with running statistics in the instance norms."""
    torch.manual_seed(3)
    network = TransformerNetwork(4, 6, 8, 1)
    with torch.no_grad():
        network.deconv3.conv2d.weight.mul_(40)
        assert network.deconv3.conv2d.bias is not None
        network.deconv3.conv2d.bias.fill_(120)
    state = dict(network.state_dict())
    for name in [name for name in state if name.endswith("weight") and state[name].dim() == 1]:
        state[name.replace("weight", "running_mean")] = torch.full_like(state[name], 7)
        state[name.replace("weight", "running_var")] = torch.full_like(state[name], 9)
    source = tmp_path / "candy.pth"
    torch.save(state, source, _use_new_zipfile_serialization=False)
    assert main(["styles", "import", str(source), "--no-stability", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["import"]
    assert (found["range_in"], found["range_out"]) == ("0-255", "0-255")
    assert found["kind"] == "PyTorch state dict, fast_neural_style with 1 residual blocks"
    assert close(stylized(photo, "--pack", "candy"), by_torch(photo, network, peak=255.0))
