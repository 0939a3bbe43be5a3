"""The test picture that unknown networks are judged by."""

import cv2
import numpy as np

from allaprima.app.importing.convention import Picture


def chart(size: tuple[int, int], seed: int = 0) -> Picture:
    """(1, 3, H, W) RGB within 0.08..0.92, of `size` (width, height): clouds of every size, as photos have them, under
    large coloured shapes. No value is black or white, so that what comes out so was saturated by the network.
    """
    width, height = size
    dice = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for cells in (2, 4, 8, 16, 32):
        clouds = dice.standard_normal((cells + 1, cells + 1, 3)).astype(np.float32)
        picture += cv2.resize(clouds, (width, height), interpolation=cv2.INTER_CUBIC) / np.float32(np.sqrt(cells))
    picture = 0.5 + 0.16 * (picture - picture.mean()) / picture.std()
    for _ in range(9):
        colour = dice.uniform(0.1, 0.9, 3).tolist()
        x, y = int(dice.integers(width)), int(dice.integers(height))
        side = int(dice.integers(min(size) // 16, min(size) // 4))
        if dice.random() < 0.5:
            cv2.circle(picture, (x, y), side, colour, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(picture, (x - side, y - side // 2), (x + side, y + side // 2), colour, -1)
    return np.ascontiguousarray(picture.clip(0.08, 0.92).transpose(2, 0, 1)[None])
