"""Everything that the next step of a training depends on."""

import io
import math
from dataclasses import asdict, dataclass, field

import torch

from allaprima.app.core.errors import TrainingError
from allaprima.models.networks.network import StyleNetwork
from allaprima.models.photos import PhotoCrops
from allaprima.models.recipe import Recipe, eased
from allaprima.models.training.average import WeightAverage
from allaprima.models.training.objective import Balance


@dataclass
class State:
    """What a checkpoint holds, so that a resumed run is the same run.

    `deck` are the rows still to be painted in this round; `rate` is what rollbacks have left of the learning rate;
    `mean` is the running mean of the loss and `best` the least that it was once stability had its full weight.
    """

    recipe: Recipe
    network: StyleNetwork
    optimizer: torch.optim.Optimizer
    crops: PhotoCrops
    generator: torch.Generator
    balance: Balance
    average: WeightAverage = field(init=False)
    step: int = 0
    deck: list[int] = field(default_factory=list)
    rate: float = 1.0
    rollbacks: int = 0
    mean: float = math.nan
    best: float = math.inf

    def __post_init__(self) -> None:
        self.average = WeightAverage(self.network)

    def to_bytes(self) -> bytes:
        buffer = io.BytesIO()
        torch.save(
            {
                "recipe": asdict(self.recipe),
                "network": self.network.state_dict(),
                "average": self.average.network.state_dict(),
                "averaged": self.average.count,
                "optimizer": self.optimizer.state_dict(),
                "generator": self.generator.get_state(),
                "photos": self.crops.state(),
                "balance": self.balance.ratio,
                "step": self.step,
                "deck": self.deck,
                "rate": self.rate,
                "rollbacks": self.rollbacks,
                "mean": self.mean,
                "best": self.best,
            },
            buffer,
        )
        return buffer.getvalue()

    def restore(self, data: bytes) -> None:
        """Go back, or on, to what `to_bytes` gave. Raises `TrainingError` if that was another recipe."""
        held = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        if Recipe(**held["recipe"]) != self.recipe:
            raise TrainingError(
                f"the checkpoint was made with another recipe: {held['recipe']}", "train into another folder: --run DIR"
            )
        self.network.load_state_dict(held["network"])
        self.average.network.load_state_dict(held["average"])
        self.average.count = held["averaged"]
        self.optimizer.load_state_dict(held["optimizer"])
        self.generator.set_state(held["generator"])
        self.crops.restore(held["photos"])
        self.balance.ratio = held["balance"].to(self.balance.ratio.device)
        self.step, self.deck = held["step"], held["deck"]
        self.rate, self.rollbacks = held.get("rate", 1.0), held.get("rollbacks", 0)
        self.mean, self.best = held.get("mean", math.nan), held.get("best", math.inf)

    def note(self, loss: float) -> None:
        """Take a step's loss into the running mean."""
        self.mean = loss if math.isnan(self.mean) else 0.98 * self.mean + 0.02 * loss

    def better(self) -> bool:
        """Whether this is the state to export of those asked about so far. By the running mean of the loss, and only
        once stability has its full weight, before which losses cannot be compared; of equals, up to the noise of a
        mean, the later is the better one, because the learning rate has fallen.
        """
        if eased(self.recipe, self.step) < 1 or self.mean > 1.03 * self.best:
            return False
        self.best = min(self.best, self.mean)
        return True

    @staticmethod
    def recipe_of(data: bytes) -> Recipe:
        """The recipe that a checkpoint was made with."""
        return Recipe(**torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)["recipe"])
