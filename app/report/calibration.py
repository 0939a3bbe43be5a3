"""The result of a calibration as one HTML page beside its pictures: no script, nothing loaded from anywhere."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.files import write_file
from allaprima.app.report.html import render
from allaprima.calibration.board import Board
from allaprima.calibration.epipolar import Matches, epipolar_picture
from allaprima.calibration.rectify import Picture, Rectification, rectification
from allaprima.calibration.solve import Solution, SolvedView, coverage_map

_SHOWN = 3  # rectified pairs: the best, the median and the worst view


def write_page(
    folder: Path, solution: Solution, board: Board, pictures: Iterable[tuple[str, Picture, Picture]]
) -> Path:
    """Write `index.html` and its pictures into `folder`, which is made; returns the page's path.

    `pictures` are (view's name, left, right) raw (H, W, 3) RGB of the views used. Raises `OutputError` where
    they cannot be written.
    """
    rectified = rectification(solution.rig)
    order = sorted(solution.used, key=lambda v: v.vertical_px)
    chosen = {order[i].view.name: order[i] for i in np.linspace(0, len(order) - 1, _SHOWN).astype(int)}
    shown: list[tuple[SolvedView, str]] = []
    for name, left, right in pictures:
        if name in chosen:
            file = f"pair-{len(shown) + 1}.jpg"
            _write(folder / file, epipolar_picture(rectified, left, right, _corners(rectified, chosen[name])))
            shown.append((chosen[name], file))
    for number, eye in enumerate(("left", "right")):
        _write(folder / f"coverage-{eye}.png", _coverage(solution, number))
    return write_file(folder / "index.html", _page(solution, board, shown))


def _corners(rectified: Rectification, solved: SolvedView) -> Matches:
    view = solved.view
    return Matches(rectified.left.rectified(view.left.pixels), rectified.right.rectified(view.right.pixels))


def _coverage(solution: Solution, eye: int) -> Picture:
    """Where boards were seen: the more, the darker; and every corner a dot."""
    boards = [(v.view.left, v.view.right)[eye].pixels for v in solution.used]
    width, height = solution.rig.size
    seen = coverage_map(boards, solution.rig.size)
    share = np.clip(seen / max(int(seen.max()), 1), 0, 1)[..., None]
    cells = (np.array((247, 243, 234)) * (1 - share) + np.array((207, 90, 52)) * share).astype(np.uint8)
    picture = np.ascontiguousarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST))
    for x, y in np.concatenate(boards):
        cv2.circle(picture, (round(x * 8), round(y * 8)), 12, (42, 38, 34), -1, cv2.LINE_AA, 3)
    return np.asarray(picture, np.uint8)


def _write(path: Path, rgb: Picture) -> None:
    done, encoded = cv2.imencode(path.suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not done:
        raise CalibrationError(f"{path} cannot be encoded")
    write_file(path, encoded.tobytes())


def _page(solution: Solution, board: Board, shown: list[tuple[SolvedView, str]]) -> str:
    rig = solution.rig
    cards = (
        ("vertical error", f"{solution.vertical_px:.2f}", "px", "mean after rectification; below 0.3 is good"),
        ("reprojection error", f"{solution.rms_px:.2f}", "px", "root mean square, both cameras"),
        ("focal length", f"{rig.left.focal[0]:.1f}", "px", f"right {rig.right.focal[0]:.1f} px"),
        ("baseline", f"{rig.baseline_m * 1000:.1f}", "mm", f"{board}, {board.square_m * 1000:g} mm squares"),
        ("views", str(len(solution.used)), "", f"{len(solution.dropped)} left out"),
    )
    coverage = zip(("left", "right"), solution.coverage, strict=True)
    return render("calibration.html", solution=solution, cards=cards, shown=shown, coverage=list(coverage))
