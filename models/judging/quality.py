"""Whether a trained style is one: measured on photos that training has not seen."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from allaprima.models.judging import losses
from allaprima.models.judging.metrics import BLANK, TINT, WEAK, output_std, tint_share
from allaprima.models.judging.vgg import FeatureNetwork, Features
from allaprima.models.networks.canvas import paint_stills
from allaprima.models.networks.network import StyleNetwork
from allaprima.models.photos import held_out, read_rgb, resize_short, to_tensor

SIDE = 256
"""Of the square photos, in pixels."""


@dataclass(frozen=True)
class StyleQuality:
    """Means over photos: `style_distance_ratio` painted over unpainted style distance, `output_std` the contrast,
    `content_distance` how much of the photo is lost, `tint` the share of the picture that recolouring explains.
    """

    style_distance_ratio: float
    output_std: float
    content_distance: float
    tint: float

    @property
    def finite(self) -> bool:
        """Whether it paints numbers at all. A row that does not would spoil every blend that gives it no weight."""
        return all(map(math.isfinite, asdict(self).values()))

    @property
    def faults(self) -> list[str]:
        """Why it is no style to ship; empty if it is one."""
        if not self.finite:
            return ["it paints NaN or infinity"]
        faults = []
        if self.output_std < BLANK:
            faults.append(f"blank: its contrast is {self.output_std:.3f}, less than {BLANK}")
        if self.tint > TINT:
            faults.append(f"a mere tint: recolouring explains {self.tint:.0%} of it, more than {TINT:.0%}")
        if self.style_distance_ratio > WEAK:
            faults.append(
                f"weak: its style distance is {self.style_distance_ratio:.1%} of the unpainted photo's, "
                f"more than {WEAK:.0%}"
            )
        return faults


def evaluation_photos(folder: Path, count: int) -> Tensor:
    """(count, 3, SIDE, SIDE): photos that training on `folder` leaves alone, spread over it; fewer if there are."""
    files = held_out(folder)
    chosen = [files[i * len(files) // count] for i in range(min(count, len(files)))]
    return torch.stack([to_tensor(resize_short(read_rgb(file), SIDE)[:SIDE, :SIDE]) for file in chosen])


def measure_style(
    network: StyleNetwork, row: int, target: Features, photos: Tensor, features: FeatureNetwork
) -> StyleQuality:
    """Paint `photos` (N, 3, H, W) in the style of `row`; `target` {layer: (1, C, C)} the painting's Gram matrices."""
    style = torch.eye(network.rows)[row]
    measured = []
    for photo in photos:
        with torch.no_grad():
            painted = paint_stills(network, photo[None], style)  # (1, 3, H, W)
            seen, judged = features(photo[None]), features(painted)
            ratio = losses.style_distance(judged, target) / losses.style_distance(seen, target)
            content = losses.content_distance(judged, seen)
        before, after = (x.permute(1, 2, 0).numpy() for x in (photo, painted[0]))
        tint = tint_share(before, after) if np.isfinite(after).all() else math.nan
        measured.append((ratio.item(), output_std(after), content.item(), tint))
    return StyleQuality(*np.mean(measured, 0).tolist())
