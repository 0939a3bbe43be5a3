"""The folder of one training run: checkpoints, the loss log and its plot, a preview sheet."""

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from allaprima.app.core.files import write_file, writing
from allaprima.models.networks.canvas import paint_stills
from allaprima.models.networks.network import StyleNetwork
from allaprima.models.training.loss_plot import draw_losses


class RunFolder:
    """`checkpoint.pt` to go on from, `best.pt` to export, `plain.pt` from before stability was asked for, `loss.jsonl`
    with a line for each step, `loss.png` and `preview.png`. Every file is whole at any time. Raises `OutputError` where
    the folder cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        with writing(path):
            path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._log = path / "loss.jsonl"
        self._lines: list[str] = []

    def __str__(self) -> str:
        return str(self.path)

    def begin(self, step: int) -> None:
        """Forget what a killed run has logged after `step`, which is where it goes on."""
        self.flush()
        lines = self._log.read_text().splitlines(keepends=True)[:step] if self._log.exists() and step else []
        write_file(self.path / "loss.jsonl", "".join(lines).encode())

    def log(self, entry: Mapping[str, float]) -> None:
        """Add a step's line; `flush` writes it."""
        self._lines.append(json.dumps(entry) + "\n")
        if len(self._lines) >= 10:
            self.flush()

    def flush(self) -> None:
        """Write the lines that have been added."""
        if self._lines:
            with writing(self._log), self._log.open("a") as file:
                file.writelines(self._lines)
            self._lines.clear()

    def save(self, name: str, data: bytes) -> None:
        """Write a checkpoint, and before it the log up to there."""
        self.flush()
        write_file(self.path / name, data)

    def saved(self, name: str = "checkpoint.pt") -> bytes | None:
        """A checkpoint, or None if there is none yet."""
        path = self.path / name
        return path.read_bytes() if path.exists() else None

    def show(self, network: StyleNetwork, pictures: Tensor, settled: int) -> None:
        """Draw the losses so far and a sheet of the pictures (N, 3, H, W): a column each, the photos first, then one
        line a row of the network.
        """
        self.flush()
        entries = [json.loads(line) for line in self._log.read_text().splitlines()]
        write_file(self.path / "loss.png", draw_losses(entries, settled))
        lines = [pictures]
        lines += [paint_stills(network, pictures, style) for style in torch.eye(network.rows, device=pictures.device)]
        sheet = torch.cat([torch.cat(list(line), 2) for line in lines], 1)
        rgb = (sheet * 255).round().clamp(0, 255).byte().cpu().numpy().transpose(1, 2, 0)
        png = cv2.imencode(".png", cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR))[1]
        write_file(self.path / "preview.png", png.tobytes())
