"""A row of paintings as one picture, with a museum label under each."""

import math
from collections.abc import Sequence

import numpy as np

from allaprima.app.core.frame import Pixels
from allaprima.app.offline.gallery.paintings import PaintedPhoto
from allaprima.app.packs.pack import Style
from allaprima.app.recording.contact_sheet import contact_sheet


def sheet(rows: Sequence[PaintedPhoto], width: int = 320, columns: int | None = None) -> Pixels:
    """(H, W, 3) uint8 RGB: for every photo, from above, a grid that begins with the photo and goes on with it painted.

    `rows` as `paint_photos` returns them; cells are `width` pixels wide.
    """
    columns = columns or best_columns(max(map(len, rows)))
    return np.vstack(
        [
            contact_sheet(
                [(style.title if style else "The photo", picture) for style, picture in row],
                width,
                columns,
                [maker_and_year(style) if style else "before painting" for style, _ in row],
            )
            for row in rows
        ]
    )


def best_columns(cells: int) -> int:
    """Columns for a sheet about half again as wide as high, those that leave the fewest cells of the last row empty."""
    ideal = max(1, round(math.sqrt(1.5 * cells)))
    return min((n for n in (ideal, ideal + 1, ideal - 1) if n > 0), key=lambda n: (-cells % n, abs(n - ideal)))


def maker_and_year(style: Style) -> str:
    """'Vincent van Gogh, 1889', as far as they are known."""
    return ", ".join(part for part in (style.artist, style.year) if part)
