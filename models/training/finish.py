"""A finished training, to a pack of the styles that have become some."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from allaprima.app.core.errors import TrainingError
from allaprima.models.judging.quality import StyleQuality, evaluation_photos, measure_style
from allaprima.models.judging.targets import gram_targets
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.networks.network import StyleNetwork, build
from allaprima.models.networks.rows import joined, picked
from allaprima.models.packing.writing import write_pack
from allaprima.models.recipe import Recipe
from allaprima.models.training.plan import Plan


@dataclass(frozen=True)
class TrainedStyles:
    """What has become of the new styles, and the names of those that the pack got; no pack was written for none."""

    qualities: dict[str, StyleQuality]
    kept: list[str]

    @property
    def failed(self) -> list[str]:
        """Names of the styles that are none to ship."""
        return [name for name, quality in self.qualities.items() if quality.faults]


def trained(plan: Plan) -> tuple[StyleNetwork, dict[str, object]]:
    """The network of the run's best state, joined to the pack that it adds to, and what a card says of its training."""
    checkpoint = next((path for name in ("best.pt", "checkpoint.pt") if (path := plan.run / name).exists()), None)
    if checkpoint is None:
        raise TrainingError(f"no training in {plan.run}", "train first, or name its folder: --run DIR")
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    recipe = Recipe(**state["recipe"])
    if recipe.base != plan.recipe.base:
        raise TrainingError(
            f"{checkpoint} was trained for another pack, or this one has changed",
            "train into another folder: --run DIR",
        )
    rows = len(state["network"]["through"])
    already = 1 if plan.base is None else 0 if recipe.frozen else plan.base.network.rows
    if rows - already != len(plan.paintings):
        raise TrainingError(
            f"{checkpoint} was trained for {rows - already} styles", "name its paintings again: --style IMG ..."
        )
    network = build(recipe.family, rows)
    network.load_state_dict(state.get("average", state["network"]))
    facts = {key: value for key, value in asdict(recipe).items() if value not in ("", False)}
    facts |= {"steps": state["step"], "losses": "VGG-19 Gram at three octaves, structure relu3_1, palette"}
    if recipe.frozen:
        assert plan.base is not None
        return joined(plan.base.network, network), facts
    network.through[0] = 1.0
    return network, facts


def finish(plan: Plan, preview: Path | None = None, note: str = "", keep_failed: bool = False) -> TrainedStyles:
    """Appraise what a run's network paints and write the pack, without the styles that have failed unless
    `keep_failed`; no pack if none is left.
    """
    network, facts = trained(plan)
    if note:
        facts["note"] = note
    features = FeatureNetwork(plan.vgg).eval()
    photos = evaluation_photos(plan.photos, 6)
    first = network.rows - len(plan.paintings)
    qualities, kept, rows = {}, [], list(range(first))
    for row, painting in enumerate(plan.paintings, first):
        target = gram_targets(features, [painting], plan.recipe.stroke)
        found = measure_style(network, row, target, photos, features)
        qualities[painting.name] = found
        if not found.faults or (keep_failed and found.finite):
            results = {"measured": asdict(found)} | ({"training": facts} if plan.base else {})
            kept.append(replace(painting, results=results))
            rows.append(row)
    if kept:
        training = plan.base.training if plan.base else facts
        network = picked(network, rows)
        write_pack(network, plan.recipe.family, kept, plan.pack, plan.title, training, preview, plan.base)
    return TrainedStyles(qualities, [painting.name for painting in kept])
