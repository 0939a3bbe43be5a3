"""How painted pairs come into textures."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from allaprima.app.compositor.texture import Texture
from allaprima.app.core.frame import Painted, Pixels


class TextureUpload(Protocol):
    """Brings painted pairs into textures, by one way or another. Needs the current GL context."""

    interop: str
    """'cuda' where pairs in a GPU's memory are drawn without being fetched, else 'none'."""
    reason: str
    """Why it is 'none'; empty where it is not."""

    def upload(self, textures: list[Texture], pair: Painted) -> list[Texture]:
        """Both pictures in `textures`, left first; in new ones where those do not fit, which are then closed."""

    def close(self) -> None:
        """Free what the way takes. Idempotent."""


class HostUpload:
    """From the processor's memory; a pair that is in a GPU's is fetched first."""

    interop = "none"

    def __init__(self, reason: str = "") -> None:
        self.reason = reason

    def upload(self, textures: list[Texture], pair: Painted) -> list[Texture]:
        left, right = np.asarray(pair)
        return uploaded(textures, (left, right))

    def close(self) -> None:
        pass


def uploaded(textures: list[Texture], pictures: tuple[Pixels, Pixels]) -> list[Texture]:
    """The two pictures (H, W, 3) in `textures`, or in new ones where those do not fit."""
    height, width, channels = pictures[0].shape
    textures = fitting(textures, (width, height), channels)
    for texture, picture in zip(textures, pictures, strict=True):
        texture.upload(picture)
    return textures


def fitting(textures: Sequence[Texture], size: tuple[int, int], channels: int) -> list[Texture]:
    """`textures`, if they are two of `size` (width, height) and `channels`; else new ones, and those are closed."""
    if textures and (textures[0].size, textures[0].channels) == (size, channels):
        return list(textures)
    for texture in textures:
        texture.close()
    return [Texture(*size, channels), Texture(*size, channels)]
