"""The other network families that were tried, for `compare_networks.py` to put beside ours. They do not ship."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from allaprima.models import network
from allaprima.models.network import Blur, ConvNorm, Residual, StyleNetwork, enlarged


class Unshuffled(StyleNetwork):
    """`U{narrow}-{wide}x{blocks}`, `narrow` unused: everything at a quarter of the size, between a space-to-depth entry
    and a depth-to-space exit (Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an Efficient
    Sub-Pixel Convolutional Neural Network").
    """

    def __init__(self, rows: int, narrow: int, wide: int, blocks: int) -> None:
        super().__init__(rows)
        self.entry = ConvNorm(48, wide, rows)
        self.body = nn.ModuleList(Residual(wide, rows) for _ in range(blocks))
        self.exit = nn.Conv2d(wide, 48, 3, padding=1, padding_mode="reflect")
        self.start()

    def paint(self, frames: Tensor, style: Tensor) -> Tensor:
        x = F.relu(self.entry(F.pixel_unshuffle(frames, 4), style))  # (2, wide, H/4, W/4)
        for block in self.body:
            x = block(x, style)
        return F.pixel_shuffle(self.exit(x), 4)


class Mixed(StyleNetwork):
    """`M{narrow}-{wide}x{blocks}`: space-to-depth to a half, a stride to a quarter, the nearest pixel repeated on
    the way back, depth-to-space from a half: Johnson 2016's plan behind cheap ends.
    """

    def __init__(self, rows: int, narrow: int, wide: int, blocks: int) -> None:
        super().__init__(rows)
        self.entry = ConvNorm(12, narrow, rows)
        self.down = ConvNorm(narrow, wide, rows, stride=2)
        self.body = nn.ModuleList(Residual(wide, rows) for _ in range(blocks))
        self.up = ConvNorm(wide, narrow, rows)
        self.exit = nn.Conv2d(narrow, 12, 3, padding=1, padding_mode="reflect")
        self.start()

    def paint(self, frames: Tensor, style: Tensor) -> Tensor:
        x = F.relu(self.entry(F.pixel_unshuffle(frames, 2), style))  # (2, narrow, H/2, W/2)
        x = F.relu(self.down(x, style))  # (2, wide, H/4, W/4)
        for block in self.body:
            x = block(x, style)
        x = F.relu(self.up(F.interpolate(x, scale_factor=2, mode="nearest"), style))  # (2, narrow, H/2, W/2)
        return F.pixel_shuffle(self.exit(x), 2)


class Shuffled(StyleNetwork):
    """`S{narrow}-{wide}x{blocks}`: the body at an eighth as in ours, but space-to-depth by 4 in front, and
    depth-to-space twice behind. What the first pack was.
    """

    def __init__(self, rows: int, narrow: int, wide: int, blocks: int) -> None:
        super().__init__(rows)
        self.entry = ConvNorm(48, narrow, rows)
        self.blur = Blur(narrow)
        self.down = ConvNorm(narrow, wide, rows, stride=2)
        self.body = nn.ModuleList(Residual(wide, rows) for _ in range(blocks))
        self.up = ConvNorm(wide, narrow, rows)
        self.detail = Residual(narrow, rows)
        self.spread = ConvNorm(narrow, 64, rows)
        self.exit = nn.Conv2d(16, 12, 3, padding=1, padding_mode="reflect")
        self.start()

    def paint(self, frames: Tensor, style: Tensor) -> Tensor:
        edges = F.relu(self.entry(F.pixel_unshuffle(frames, 4), style))  # (2, narrow, H/4, W/4)
        x = F.relu(self.down(self.blur(edges), style))  # (2, wide, H/8, W/8)
        for block in self.body:
            x = block(x, style)
        x = self.detail(F.relu(self.up(enlarged(x), style)) + edges, style)  # (2, narrow, H/4, W/4)
        x = F.pixel_shuffle(F.relu(self.spread(x, style)), 2)  # (2, 16, H/2, W/2)
        return F.pixel_shuffle(self.exit(x), 2)


RIVALS = {"U": Unshuffled, "M": Mixed, "S": Shuffled}


def enter() -> None:
    """Let `network.build` know them."""
    network.FAMILIES.update(RIVALS)
