"""Training on real VGG features: short, but the real thing."""

from __future__ import annotations

import json
import os
import signal
import tomllib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='training needs torch: pip install "allaprima[train]"')

from allaprima.models import train as training  # noqa: E402
from allaprima.models.objective import Balance  # noqa: E402
from allaprima.models.packing import paintings_of  # noqa: E402
from allaprima.models.recipe import Recipe, eased, learning_rate  # noqa: E402
from allaprima.models.vgg import FeatureNetwork, WeightsMissing  # noqa: E402

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
needs_vgg = pytest.mark.skipif(not (DATA / "vgg").is_dir(), reason=f"NO VGG WEIGHTS in {DATA / 'vgg'}: not trained")
RECIPE = Recipe(family="E8-16x1", iterations=4, pairs=1, crop=64, stroke=96)


def picture(seed: int, height: int = 100, width: int = 140) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for seed in range(5):
        cv2.imwrite(str(tmp_path / "photos" / f"{seed}.png"), picture(seed))
    for name in ("red", "blue"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture(100 + len(name)))
    return tmp_path


def losses(run: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (run / "loss.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def fit(studio: Path, run: str, recipe: Recipe = RECIPE, resume: bool = False) -> Path:
    paintings = paintings_of([studio / "red.png", studio / "blue.png"])
    training.train(recipe, paintings, studio / "photos", DATA / "vgg", studio / run, resume, compiled=False)
    return studio / run


@needs_vgg
def test_one_seed_gives_one_loss_log_and_another_seed_another(studio: Path) -> None:
    first, second = losses(fit(studio, "a")), losses(fit(studio, "b"))
    assert len(first) == 4 and first == second
    assert losses(fit(studio, "c", replace(RECIPE, seed=1))) != first


@needs_vgg
def test_an_interrupted_run_goes_on_as_if_it_had_not_been(studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = losses(fit(studio, "whole"))
    rate = training.learning_rate

    def interrupted_rate(recipe: Recipe, step: int) -> float:
        if step == 1:
            signal.raise_signal(signal.SIGINT)
        return rate(recipe, step)

    monkeypatch.setattr(training, "learning_rate", interrupted_rate)
    with pytest.raises(KeyboardInterrupt):
        fit(studio, "broken")
    monkeypatch.undo()
    assert losses(studio / "broken") == whole[:2]
    with (studio / "broken" / "loss.jsonl").open("a") as log:
        log.write('{"step": 3}\n')  # what a kill after the last checkpoint leaves
    assert losses(fit(studio, "broken", resume=True)) == whole


@needs_vgg
def test_a_checkpoint_of_another_recipe_is_not_continued(studio: Path) -> None:
    fit(studio, "run")
    with pytest.raises(ValueError, match="another recipe"):
        fit(studio, "run", replace(RECIPE, strength=1.0), resume=True)


@needs_vgg
def test_the_command_writes_a_pack_that_the_program_loads(studio: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx")
    from allaprima.app.stylize.pack import load_pack

    arguments = ["--style", str(studio / "red.png"), "--photos", str(studio / "photos"), "--vgg", str(DATA / "vgg")]
    arguments += ["-o", str(studio / "pack"), "--no-compile", "--iterations", "1", "--crop", "64", "--stroke", "96"]
    assert training.main([*arguments, "--family", "E8-16x1"]) == 0
    pack = load_pack(studio / "pack")
    assert [style.name for style in pack.styles] == ["red"] and pack.rows == 2
    card = tomllib.loads((studio / "pack" / "card.toml").read_text())
    assert card["training"]["steps"] == 1 and card["training"]["strength"] == 14


@needs_vgg
def test_a_painting_is_nearer_to_itself_than_to_another() -> None:
    from allaprima.models.losses import gram, style_distance

    vgg = FeatureNetwork(DATA / "vgg").eval()
    with torch.no_grad():
        a, b = (vgg(torch.from_numpy(picture(s)).permute(2, 0, 1)[None].float() / 255) for s in (1, 2))
    target = {name: gram(f) for name, f in a.items()}
    assert style_distance(a, target).item() == pytest.approx(0, abs=1e-6)
    assert style_distance(b, target).item() > 0.02


def test_a_grid_costs_and_strokes_or_a_slope_do_not() -> None:
    from allaprima.models.losses import cell_pattern

    slope = torch.linspace(0, 1, 224).expand(1, 3, 224, 224)
    strokes = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1)) * 0.2
    weave = slope + 0.02 * ((torch.arange(224) % 4) == 0)
    for cell in (4, 8):
        assert cell_pattern(slope, cell) < 0.01
        assert cell_pattern(strokes, cell) < 0.05
        assert cell_pattern(weave, cell) > 0.5


def test_missing_vgg_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="vgg19_conv1_1"):
        FeatureNetwork(tmp_path)


def test_no_photos_is_an_error_that_names_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture_file = tmp_path / "red.png"
    cv2.imwrite(str(picture_file), picture(0))
    arguments = ["--style", str(picture_file), "--photos", str(tmp_path / "none"), "--vgg", str(DATA / "vgg")]
    assert training.main([*arguments, "-o", str(tmp_path / "pack")]) == 1
    assert not (tmp_path / "pack").exists()
    assert "allaprima: error:" in capsys.readouterr().err


def test_two_paintings_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two paintings"):
        paintings_of([tmp_path / "a.png", tmp_path / "a.jpg"])


def test_stability_is_asked_for_only_once_the_style_has_settled() -> None:
    recipe = Recipe(iterations=1000, settle=0.4)
    assert [round(eased(recipe, step), 2) for step in (0, 399, 474, 549, 999)] == [0, 0, 0.5, 1, 1]


def test_the_rate_falls_before_the_second_cycle_and_at_the_end() -> None:
    recipe = Recipe(iterations=1000, settle=0.4, learning_rate=1.0)
    assert learning_rate(recipe, 20) > 0.99 and learning_rate(recipe, 399) < 0.2
    assert 0.55 < learning_rate(recipe, 430) <= 0.6 and learning_rate(recipe, 999) < 0.01
    assert all(0 < learning_rate(recipe, step) <= 1 for step in range(1000))


def test_a_style_that_lags_behind_gets_more_weight() -> None:
    balance = Balance.of(3)
    for _ in range(200):
        balance.note(torch.tensor([1, 2]), torch.tensor([0.2, 0.01]))
    late, early = balance.weights(torch.tensor([1, 2])).tolist()
    assert late > 1.5 and early < 0.8
