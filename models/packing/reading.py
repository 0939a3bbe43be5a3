"""A pack folder, back to a network that can be trained."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor

from allaprima.app.core.errors import StylePackError
from allaprima.models.networks.network import StyleNetwork, build

LIST = "allaprima styles list"


@dataclass(frozen=True)
class OpenPack:
    """A pack's network, and its card as it was read. `sha256` is the network file's."""

    folder: Path
    network: StyleNetwork
    family: str
    sha256: str
    title: str
    training: Mapping[str, Any]
    styles: tuple[Mapping[str, Any], ...]

    @property
    def names(self) -> list[str]:
        """Of its styles."""
        return [str(style["name"]) for style in self.styles]


def open_pack(folder: Path) -> OpenPack:
    """Read a pack that `write_pack` has written. Raises `StylePackError` where it is no pack, is damaged, or holds a
    network whose layers are not those that this version of the program makes for its family; OSError where it cannot
    be read.
    """
    try:
        card = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
        head, styles = card["pack"], card["style"]
        family, rows = str(head["family"]), int(head["rows"])
        data = (folder / Path(head["network"]).name).read_bytes()
        if hashlib.sha256(data).hexdigest() != head["sha256"]:
            raise StylePackError(f"{folder}: its network is not the one that the card describes", LIST)
        opened = OpenPack(
            folder=folder,
            network=_network(data, family, rows, folder),
            family=family,
            sha256=head["sha256"],
            title=str(head["title"]),
            training=card.get("training", {}),
            styles=tuple(styles),
        )
        if any(not isinstance(style.get("name"), str) for style in opened.styles):
            raise ValueError("a style on its card has no name")
    except (KeyError, TypeError, AttributeError) as error:
        raise StylePackError(f"{folder}: its card is not one of a style pack: {error}", LIST) from error
    except (ValueError, DecodeError) as error:
        raise StylePackError(f"{folder}: {error}", LIST) from error
    return opened


def _network(data: bytes, family: str, rows: int, folder: Path) -> StyleNetwork:
    """Every parameter is an initializer under its state-dict name (`export_onnx`)."""
    graph = onnx.load_model_from_string(data).graph
    held = {tensor.name: tensor for tensor in graph.initializer if tensor.data_location != onnx.TensorProto.EXTERNAL}
    with torch.device("meta"):  # no memory yet for what a card merely claims
        wanted = {name: tuple(value.shape) for name, value in build(family, rows).state_dict().items()}
    for name, shape in wanted.items():
        if name not in held or tuple(held[name].dims) != shape or held[name].data_type != onnx.TensorProto.FLOAT:
            raise StylePackError(
                f"{folder}: made by another version of allaprima: its {family} has no layer {name!r} of shape {shape}",
                "nothing can be added to it: train a new pack, without --into",
            )
    weights: dict[str, Tensor] = {name: torch.from_numpy(numpy_helper.to_array(held[name]).copy()) for name in wanted}
    network = build(family, rows)
    network.load_state_dict(weights)
    return network
