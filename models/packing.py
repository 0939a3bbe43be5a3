"""A trained network and what is known of its paintings, to a pack folder."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from allaprima.models.card import table
from allaprima.models.export import export_onnx
from allaprima.models.network import StyleNetwork
from allaprima.models.photos import read_rgb, resize_short, to_tensor

ABOUT = ("name", "title", "artist", "year", "source", "public_domain")


@dataclass(frozen=True)
class Painting:
    """A picture to take a style from, and what the card says of it."""

    file: Path
    name: str
    title: str
    artist: str = "unknown"
    year: str = ""
    source: str = ""
    public_domain: str = ""


def paintings_of(files: Sequence[Path], about: Path | None = None) -> list[Painting]:
    """Each file with its entry in the TOML file `about` (by default the paintings known to the project), looked up by
    the file's name without suffix; an unknown one is called after its file. Raises ValueError for a name taken twice.
    """
    known = tomllib.loads((about or Path(__file__).with_name("paintings.toml")).read_text(encoding="utf-8"))
    paintings = []
    for file in files:
        entry = known.get(file.stem, {})
        plain = file.stem.lower().replace("_", "-").replace(" ", "-")
        facts = {"name": plain, "title": file.stem, **{key: str(entry[key]) for key in ABOUT if key in entry}}
        paintings.append(Painting(file, **facts))
    names = [painting.name for painting in paintings]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two paintings are called {name!r}; rename one of the files")
    return paintings


def write_pack(
    network: StyleNetwork,
    family: str,
    paintings: Sequence[Painting],
    folder: Path,
    title: str,
    training: Mapping[str, object],
    preview: Path,
) -> Path:
    """Write `network.onnx`, `previews/NAME.jpg` (the picture `preview`, painted) and last `card.toml`, without which
    the folder is no pack: an interrupted export is never mistaken for one. Returns `folder`.
    """
    (folder / "previews").mkdir(parents=True, exist_ok=True)
    digest = export_onnx(network, folder / "network.onnx")
    photo = to_tensor(resize_short(read_rgb(preview), 240))
    height, width = (side // 8 * 8 for side in photo.shape[1:])
    pair = photo[None, :, :height, :width].repeat(2, 1, 1, 1)
    entries = []
    for row, painting in enumerate(paintings, 1):
        style = torch.eye(network.rows)[row : row + 1]
        with torch.no_grad():
            rgb = (network(pair, style)[0] * 255).round().clamp(0, 255).byte().numpy().transpose(1, 2, 0)
        bgr = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR)
        cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tofile(
            folder / "previews" / f"{painting.name}.jpg"
        )
        facts = {key: getattr(painting, key) for key in ABOUT}
        entries.append(table("[style]", {"row": row, **facts, "preview": f"previews/{painting.name}.jpg"}))
    head = {
        "name": folder.name,
        "title": title,
        "network": "network.onnx",
        "sha256": digest,
        "family": family,
        "parameters": sum(p.numel() for p in network.parameters()),
        "rows": network.rows,
    }
    card = "\n".join(["format = 1\n", table("pack", head), table("training", training), *entries])
    (folder / "card.part").write_text(card, encoding="utf-8")
    (folder / "card.part").replace(folder / "card.toml")
    return folder
