"""A board on paper, at its true size: as PDF, or as PNG that says its resolution."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.files import write_file
from allaprima.calibration.board import Board

PAPERS = {"a4": (297.0, 210.0), "a3": (420.0, 297.0), "letter": (279.4, 215.9)}
"""Paper sizes by name: (long, short) side in millimetres."""

_MARGIN_MM = 8.0  # what printers leave white
_FOOT_MM = 18.0  # the ruler and a line of text
_DPI = 600
_MM_PER_INCH = 25.4
_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class Box:
    """A black rectangle: its top left corner from the paper's, width and height, in millimetres."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: `size` (width, height) of the paper and black `boxes`, in millimetres; two lines of text, the
    left end of whose baselines is at `text_at`.
    """

    size: tuple[float, float]
    boxes: tuple[Box, ...]
    lines: tuple[str, str]
    text_at: tuple[float, float]


def board_sheet(board: Board, paper: str = "a4") -> Sheet:
    """`board` in the middle of a `paper` of `PAPERS`, upright or across, with a ruler of whole centimetres below.

    Raises `CalibrationError` when it does not fit.
    """
    if paper not in PAPERS:
        raise CalibrationError(f"there is no paper '{paper}'", f"known: {', '.join(PAPERS)}")
    side = board.square_m * 1000
    wide, high = board.squares[0] * side, board.squares[1] * side
    long, short = PAPERS[paper]
    width, height = (long, short) if wide > high else (short, long)
    room = width - 2 * _MARGIN_MM, height - _MARGIN_MM - _FOOT_MM
    if wide > room[0] or high > room[1]:
        fits = int(min(room[0] / board.squares[0], room[1] / board.squares[1]))
        raise CalibrationError(
            f"{board} of {side:g} mm squares is {wide:g} x {high:g} mm and does not fit on {paper.upper()}",
            f"--square {fits}mm" if fits else "a larger --paper or fewer squares",
        )
    left, top = (width - wide) / 2, _MARGIN_MM + (room[1] - high) / 2
    boxes = [Box(left + b.x, top + b.y, b.width, b.height) for b in _black(board)]
    ruler_mm = int((width - 2 * _MARGIN_MM) / 10 / 2) * 10
    foot = height - _MARGIN_MM
    boxes += _ruler(_MARGIN_MM, foot, ruler_mm)
    counted = "inner corners" if board.kind == "chessboard" else "squares"
    spec = f"{board.columns}x{board.rows}" if board.kind == "chessboard" else f"charuco:{board.columns}x{board.rows}"
    lines = (
        f"Alla Prima: {board.kind}, {board.columns} x {board.rows} {counted}, {side:g} mm squares. "
        f"Print at 100 %: this ruler is {ruler_mm} mm.",
        f"Glue it to something flat. --board {spec} --square {side:g}mm",
    )
    return Sheet((width, height), tuple(boxes), lines, (_MARGIN_MM, foot - 8.5))


def write_sheet(path: Path, sheet: Sheet) -> None:
    """As PDF or PNG, by `path`'s suffix; what was there stays until it is complete. Raises `CalibrationError`,
    `OutputError`."""
    makers = {".pdf": pdf, ".png": png}
    if path.suffix.lower() not in makers:
        raise CalibrationError(f"{path}: boards are written as PDF or PNG", f"-o {path.with_suffix('.pdf').name}")
    write_file(path, makers[path.suffix.lower()](sheet))


def pdf(sheet: Sheet) -> bytes:
    """One page of PDF 1.4: rectangles and Helvetica, nothing to install and nothing rounded."""
    unit = _POINTS_PER_INCH / _MM_PER_INCH
    width, height = (side * unit for side in sheet.size)
    drawn = [f"{b.x:.4f} {sheet.size[1] - b.y - b.height:.4f} {b.width:.4f} {b.height:.4f} re" for b in sheet.boxes]
    x, y = sheet.text_at[0] * unit, (sheet.size[1] - sheet.text_at[1]) * unit
    first, second = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in sheet.lines)
    content = "\n".join(
        (
            f"q {unit:.8f} 0 0 {unit:.8f} 0 0 cm",
            *drawn,
            f"f Q BT /F 8 Tf {x:.2f} {y:.2f} Td 10 TL ({first}) Tj T* ({second}) Tj ET",
        )
    ).encode("latin-1")
    page = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.4f} {height:.4f}] /Contents 4 0 R "
        "/Resources << /Font << /F 5 0 R >> >> >>"
    )
    objects = [
        # Readers that would shrink it to the printer's margins are asked not to.
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page.encode(),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, len(out))
    )


def png(sheet: Sheet) -> bytes:
    """The page at 600 dots an inch, which the file says, so that programs print it at its size."""
    scale = _DPI / _MM_PER_INCH
    page = np.full((round(sheet.size[1] * scale), round(sheet.size[0] * scale)), 255, np.uint8)
    for b in sheet.boxes:
        page[
            round(b.y * scale) : round((b.y + b.height) * scale), round(b.x * scale) : round((b.x + b.width) * scale)
        ] = 0
    for number, line in enumerate(sheet.lines):
        at = round(sheet.text_at[0] * scale), round((sheet.text_at[1] + 3.5 * number) * scale)
        cv2.putText(page, line, at, cv2.FONT_HERSHEY_SIMPLEX, 2.2, 0, 4, cv2.LINE_AA)
    done, encoded = cv2.imencode(".png", page)
    if not done:
        raise CalibrationError("the board cannot be encoded as PNG", "write it as .pdf")
    data = encoded.tobytes()
    per_metre = round(scale * 1000)
    chunk = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    header = 8 + 25  # the signature and IHDR; pHYs must come before the pixels
    return data[:header] + struct.pack(">I", 9) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[header:]


def _black(board: Board) -> Iterator[Box]:
    """The board's black areas, each run of cells joined with equal runs below it, so that no viewer shows seams."""
    cells, side_m = board.cells()
    side = side_m * 1000
    open_runs: dict[tuple[int, int], int] = {}
    for row in range(len(cells) + 1):
        runs = set(_runs(cells[row])) if row < len(cells) else set()
        for run in [r for r in open_runs if r not in runs]:
            top = open_runs.pop(run)
            yield Box(run[0] * side, top * side, (run[1] - run[0]) * side, (row - top) * side)
        for run in runs:
            open_runs.setdefault(run, row)


def _runs(row: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.r_[False, row, False]))
    for start, end in edges.reshape(-1, 2):
        yield int(start), int(end)


def _ruler(x: float, y: float, length: int) -> Iterator[Box]:
    """Centimetres, alternately filled, with a tick at every end."""
    line = 0.2
    yield Box(x, y - line, length, line)
    for at in range(0, length + 1, 10):
        yield Box(x + at - line / 2, y - 3, line, 3)
    for at in range(0, length, 20):
        yield Box(x + at, y - 1.2, 10, 1.2)
