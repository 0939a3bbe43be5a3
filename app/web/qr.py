"""QR codes, for the terminal, the pages and the desktop window."""

import io

import numpy as np
import segno

from allaprima.app.core.frame import Pixels

_BORDER = 4  # modules of white around, as the standard wants
_MODULE_PX = 8


def qr_lines(text: str, colours: bool = False) -> str:
    """A code of `text` in block characters, for a dark terminal; with `colours`, by escape sequences, for any."""
    out = io.StringIO()
    segno.make_qr(text).terminal(out, compact=True, border=2)
    lines = out.getvalue().rstrip("\n").split("\n")
    return "\n".join(f"\x1b[97;40m{line}\x1b[0m" if colours else line for line in lines)


def qr_svg(text: str) -> bytes:
    """A code of `text` as an SVG file, black on white."""
    out = io.BytesIO()
    segno.make_qr(text).save(out, kind="svg", border=_BORDER, light="white", scale=_MODULE_PX)
    return out.getvalue()


def qr_pixels(text: str) -> Pixels:
    """(N, N, 3) RGB, black on white."""
    modules = np.array([list(row) for row in segno.make_qr(text).matrix_iter(border=_BORDER)], np.uint8)
    return np.repeat(np.kron(1 - modules, np.full((_MODULE_PX, _MODULE_PX), 255, np.uint8))[..., None], 3, axis=2)
