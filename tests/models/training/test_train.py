"""Training on real VGG features: short, but the real thing."""

from __future__ import annotations

import signal
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='training needs torch: pip install -e ".[train]"')

from studio import RECIPE, VGG, losses, needs_vgg, paintings, picture

from allaprima.app.command_line import main
from allaprima.app.core.errors import SettingsError, TrainingError
from allaprima.models.judging.targets import PerceptualTargets
from allaprima.models.judging.vgg import FeatureNetwork, WeightsMissing
from allaprima.models.networks.network import build
from allaprima.models.packing.paintings import paintings_of
from allaprima.models.photos import PhotoCrops
from allaprima.models.recipe import Recipe, eased, learning_rate
from allaprima.models.training import train as training
from allaprima.models.training.checkpoint import State
from allaprima.models.training.objective import Balance, Batch, LossTerms, compute_loss


def fit(studio: Path, run: str, recipe: Recipe = RECIPE, resume: bool = False, minutes: float | None = None) -> Path:
    held = paintings(studio, "red", "blue")
    student = training.Student.fresh(recipe, len(held))
    photos, folder = studio / "photos", studio / run
    training.train(recipe, student, held, photos, VGG, folder, resume=resume, minutes=minutes, compiled=False)
    return folder


@pytest.mark.slow
@needs_vgg
def test_a_photo_that_cannot_be_read_ends_no_training(studio: Path) -> None:
    (studio / "photos" / "0.png").write_bytes(b"cut short")  # held out, shown and judged on
    assert len(losses(fit(studio, "run"))) == 4


@pytest.mark.slow
@needs_vgg
def test_one_seed_gives_one_loss_log_and_another_seed_another(studio: Path) -> None:
    first, second = losses(fit(studio, "a")), losses(fit(studio, "b"))
    assert len(first) == 4 and first == second
    assert losses(fit(studio, "c", replace(RECIPE, seed=1))) != first


@pytest.mark.slow
@needs_vgg
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_goes_on_as_if_it_had_not_been(
    studio: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    whole = losses(fit(studio, "whole"))
    rate = training.learning_rate

    def interrupted_rate(recipe: Recipe, step: int) -> float:
        if step == 1:
            signal.raise_signal(number)
        return rate(recipe, step)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "learning_rate", interrupted_rate)
        fit(studio, "broken")
    assert losses(studio / "broken") == whole[:2]
    with (studio / "broken" / "loss.jsonl").open("a") as log:
        log.write('{"step": 3}\n')  # what a kill after the last checkpoint leaves
    assert losses(fit(studio, "broken", resume=True)) == whole


@pytest.mark.slow
@needs_vgg
def test_a_checkpoint_of_another_recipe_is_not_continued(studio: Path) -> None:
    fit(studio, "run")
    with pytest.raises(TrainingError, match="another recipe"):
        fit(studio, "run", replace(RECIPE, strength=1.0), resume=True)


@pytest.mark.slow
@needs_vgg
def test_the_command_writes_a_pack_that_the_program_loads(studio: Path) -> None:
    from allaprima.app.packs.pack import load_pack

    arguments = ["--style", str(studio / "red.png"), "--photos", str(studio / "photos"), "--vgg", str(VGG)]
    arguments += [
        "-o",
        str(studio / "pack"),
        "--no-compile",
        "--iterations",
        "1",
        "--crop",
        "64",
        "--family",
        "E8-16x1",
    ]
    assert (
        main(["styles", "train", *arguments, "--stroke-size", "0.12", "--keep-failed"]) == 1
    )  # one step makes no style
    pack = load_pack(studio / "pack")
    assert [style.name for style in pack.styles] == ["red"] and pack.rows == 2
    card = tomllib.loads((studio / "pack" / "card.toml").read_text())
    assert card["training"]["steps"] == 1 and card["training"]["strength"] == 12


@needs_vgg
def test_a_painting_is_nearer_to_itself_than_to_another() -> None:
    from allaprima.models.judging.losses import gram, style_distance

    vgg = FeatureNetwork(VGG).eval()
    with torch.no_grad():
        a, b = (vgg(torch.from_numpy(picture(s)).permute(2, 0, 1)[None].float() / 255) for s in (1, 2))
    target = {name: gram(f) for name, f in a.items()}
    assert style_distance(a, target).item() == pytest.approx(0, abs=1e-6)
    assert style_distance(b, target).item() > 0.02


def test_a_grid_costs_and_strokes_or_a_slope_do_not() -> None:
    from allaprima.models.judging.losses import cell_pattern

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


@pytest.mark.slow
@needs_vgg
def test_minutes_become_iterations_that_a_resumed_run_keeps(studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recipe, "within", lambda recipe, seconds, *steps: 4 if seconds == 180 else 0)
    whole = losses(fit(studio, "whole"))
    assert losses(fit(studio, "timed", replace(RECIPE, iterations=77), minutes=3)) == whole
    assert losses(fit(studio, "timed", replace(RECIPE, iterations=77), minutes=5, resume=True)) == whole


def test_a_step_costs_what_its_phase_costs() -> None:
    assert Recipe(settle=0.25).within(100, 1.0, 2.0) == 57
    assert Recipe().within(0.001, 1.0, 2.0) == 1


def failing(monkeypatch: pytest.MonkeyPatch, steps: set[int], loss: float) -> None:
    """Give `loss` the first time that a step is in `steps`."""

    def judged(
        painted: torch.Tensor, batch: Batch, targets: PerceptualTargets, balance: Balance, recipe: Recipe, step: int
    ) -> LossTerms:
        verdict = compute_loss(painted, batch, targets, balance, recipe, step)
        if step not in steps:
            return verdict
        steps.discard(step)
        return replace(verdict, loss=verdict.loss * loss, terms={**verdict.terms, "loss": torch.tensor(loss)})

    monkeypatch.setattr(training, "compute_loss", judged)


@pytest.mark.slow
@needs_vgg
@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 1e6])
def test_a_loss_that_comes_apart_goes_back_to_the_last_checkpoint_at_half_the_rate(
    studio: Path, monkeypatch: pytest.MonkeyPatch, loss: float
) -> None:
    monkeypatch.setattr(training, "EVERY", 2)
    whole = losses(fit(studio, "whole"))
    failing(monkeypatch, {3}, loss)
    run = fit(studio, "run")
    assert losses(run)[:3] == whole[:3] and len(losses(run)) == 4 and losses(run)[3] != whole[3]
    held = torch.load(run / "checkpoint.pt", weights_only=True)
    assert (held["step"], held["rollbacks"], held["rate"]) == (4, 1, 0.5)
    assert all(torch.isfinite(value).all() for value in held["network"].values())


class Always(set[int]):
    def discard(self, element: object) -> None:
        pass


@pytest.mark.slow
@needs_vgg
def test_a_loss_that_stays_apart_is_an_error_that_says_what_to_try(
    studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, Always({1}), float("nan"))
    with pytest.raises(TrainingError, match="again 3 times at lower learning rates"):
        fit(studio, "run")


@pytest.mark.slow
@needs_vgg
def test_the_best_state_is_of_the_steady_phase_and_the_later_of_equals(studio: Path) -> None:
    run = fit(studio, "run")
    held = torch.load(run / "best.pt", weights_only=True)
    assert held["step"] == 4 and held["best"] == held["mean"]
    plain = torch.load(run / "plain.pt", weights_only=True)
    assert plain["step"] == RECIPE.settled and not torch.equal(
        plain["network"]["exit.bias"], held["network"]["exit.bias"]
    )
    for name in ("loss.png", "preview.png"):
        assert cv2.imread(str(run / name)) is not None


def test_a_better_state_has_a_lower_mean_loss_or_an_equal_one_later(studio: Path) -> None:
    network = build(RECIPE.family, 2)
    optimizer, crops = torch.optim.Adam(network.parameters()), PhotoCrops(studio / "photos", RECIPE.crop)
    rest = network, optimizer, crops, torch.Generator(), Balance.of(2)

    def state(step: int, mean: float, best: float) -> State:
        return State(Recipe(iterations=100), *rest, step, mean=mean, best=best)

    assert state(100, 1.0, 2.0).better() and state(100, 2.02, 2.0).better()
    assert not state(100, 2.2, 2.0).better()
    assert not state(41, 1.0, 2.0).better()  # stability weighs nothing yet


@needs_vgg
def test_a_folder_that_cannot_be_written_to_is_an_error_that_names_it(
    studio: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (studio / "file").write_text("")
    arguments = ["--style", str(studio / "red.png"), "--photos", str(studio / "photos"), "--vgg", str(VGG)]
    assert (
        main(["styles", "train", *arguments, "-o", str(studio / "file" / "pack"), "--no-compile"]) == 3
    )  # as everywhere
    said = capsys.readouterr().err
    assert f"{studio / 'file'} is not a folder" in said and "--resume" not in said


def test_without_photos_it_is_said_what_is_wanted(
    studio: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALLAPRIMA_DATA", raising=False)
    assert (
        main(["styles", "train", "--style", str(studio / "red.png"), "--vgg", str(VGG), "-o", str(studio / "pack")])
        == 3
    )
    assert "--photos DIR" in capsys.readouterr().err


def test_no_photos_is_an_error_that_names_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture_file = tmp_path / "red.png"
    cv2.imwrite(str(picture_file), picture(0))
    arguments = ["--style", str(picture_file), "--photos", str(tmp_path / "none"), "--vgg", str(VGG)]
    assert main(["styles", "train", *arguments, "-o", str(tmp_path / "pack")]) == 3
    assert not (tmp_path / "pack").exists()
    assert "allaprima: error:" in capsys.readouterr().err


def test_two_paintings_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="two paintings"):
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
