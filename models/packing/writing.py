"""A trained network and what is known of its paintings, to a pack folder."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from allaprima.app.core.files import PartialFolder
from allaprima.models.motifs import motifs
from allaprima.models.networks.canvas import paint_stills
from allaprima.models.networks.export import export_onnx
from allaprima.models.networks.network import StyleNetwork
from allaprima.models.packing.card import card_text
from allaprima.models.packing.paintings import ABOUT, Painting, plain_name
from allaprima.models.packing.reading import OpenPack
from allaprima.models.photos import read_rgb, resize_short, to_pixels, to_tensor

PAINTED, SHOWN = 240, 160
"""Short side in pixels at which a preview is painted, and to which it is then scaled."""
MOST_BYTES = 16_000
"""Of one preview: JPEG's quality gives way to it."""


def write_pack(
    network: StyleNetwork,
    family: str,
    paintings: Sequence[Painting],
    folder: Path,
    title: str,
    training: Mapping[str, object],
    previews: Path | Sequence[Path] | None = None,
    base: OpenPack | None = None,
) -> Path:
    """Write the network, `previews/NAME.jpg` and `card.toml` into a new folder beside `folder`, which takes its name
    when it is complete. In a `folder` that holds something, a pack or a user's notes, the card is put last: an
    interrupted export leaves the pack that was there as it was. A preview shows the pictures `previews` (default: the
    project's own three) painted, side by side.

    `paintings` are the network's last rows; with `base`, the styles of that pack are the ones before them, and keep
    their previews and their entries on the card. Returns `folder`. Raises `SourceError` for what is no picture,
    `OutputError` where it cannot be written.
    """
    pictures = motifs() if previews is None else (previews,) if isinstance(previews, Path) else tuple(previews)
    photos = [resize_short(read_rgb(picture), PAINTED) for picture in pictures]
    with PartialFolder(folder) as partial:
        new = partial.temporary
        (new / "previews").mkdir()
        digest = export_onnx(network, new / "network.onnx")
        entries = [kept(style, base.folder, new) for style in base.styles] if base else []
        for row, painting in enumerate(paintings, network.rows - len(paintings)):
            strip = np.hstack([painted(network, row, photo) for photo in photos])
            (new / "previews" / f"{painting.name}.jpg").write_bytes(small_jpeg(strip))
            facts = {key: getattr(painting, key) for key in ABOUT}
            entries.append({"row": row, **facts, "preview": f"previews/{painting.name}.jpg", **painting.results})
        name = "network.onnx"
        if (folder / name).exists():  # the card that is there names it
            name = f"network-{digest[:8]}.onnx"
            (new / "network.onnx").rename(new / name)
        head = {
            "name": plain_name(folder.name),
            "title": title,
            "network": name,
            "sha256": digest,
            "family": family,
            "parameters": sum(p.numel() for p in network.parameters()),
            "rows": network.rows,
            "canvas": network.canvas,
        }
        card = card_text({"pack": head, "training": training, "style": entries})
        (new / "card.toml").write_bytes(card.encode())
        if folder.is_dir() and any(folder.iterdir()):
            put_into(new, folder)
            partial.discard()
    for file in folder.glob("network*.onnx"):
        if file.name != name:
            file.unlink()
    return folder


def put_into(new: Path, folder: Path) -> None:
    """Move the files of a complete pack into a `folder` that holds something, the card last."""
    (folder / "previews").mkdir(exist_ok=True)
    for file in [*(new / "previews").iterdir(), *new.glob("*.onnx"), new / "card.toml"]:
        file.replace(folder / file.relative_to(new))


def painted(network: StyleNetwork, row: int, photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`photo` (H, W, 3) RGB in the style of `row`, scaled to `SHOWN` pixels on its short side."""
    height, width = (side // 8 * 8 for side in photo.shape[:2])
    still = to_tensor(photo)[None, :, :height, :width]  # (1, 3, H, W)
    return resize_short(to_pixels(paint_stills(network, still, torch.eye(network.rows)[row])[0]), SHOWN)


def small_jpeg(rgb: NDArray[np.uint8]) -> bytes:
    """`rgb` (H, W, 3) as a JPEG of at most `MOST_BYTES` where quality 40 or more allows it."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    for quality in range(84, 39, -4):
        data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        if data.size <= MOST_BYTES:
            break
    return data.tobytes()


def kept(style: Mapping[str, object], source: Path, folder: Path) -> Mapping[str, object]:
    """The entry of a style that another pack has, its preview brought over from there."""
    preview = source / "previews" / Path(str(style.get("preview", ""))).name
    if preview.is_file():
        shutil.copyfile(preview, folder / "previews" / preview.name)
    return style
