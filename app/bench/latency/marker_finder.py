"""Where time markers stand in a picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.latency.time_marker import TAG, tag_corners, tag_dictionary

_SEARCHED_PX = 1280  # the longer side of what tags are looked for in: enlarged, small ones are found; more take longer
_SOFTENED_PX = 1.0  # noise and moiré make contours ragged
_MISFIT = 0.6  # cells by which a corner may lie elsewhere: a wide lens bends straight lines
_LEAST_TAGS = 3

Corners = NDArray[np.float32]
"""(4, 2) pixels, in the order of `tag_corners`."""


class MarkerFinder:
    """Finds markers by their tags."""

    def __init__(self) -> None:
        parameters = cv2.aruco.DetectorParameters()
        parameters.errorCorrectionRate = 1.0  # what is no tag of ours is found out by its place
        parameters.perspectiveRemovePixelPerCell = 8
        self._detector = cv2.aruco.ArucoDetector(tag_dictionary(), parameters)

    def find(self, grey: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """From cells to pixels, (3, 3), of every marker of (H, W) `grey` of which three tags or more are seen, the one
        with the largest tag first.
        """
        waiting = sorted(self._tags(grey), key=lambda tag: -_side(tag[1]))
        found = []
        while waiting:
            own, to_picture = _company(*waiting[0], waiting[1:])
            misfit = np.linalg.norm(_moved(_flat(own), to_picture) - _seen(own), axis=-1).max()
            if len(own) < _LEAST_TAGS or misfit > _MISFIT * _side(waiting[0][1]) / TAG:
                del waiting[0]
                continue
            found.append(to_picture)
            waiting = [tag for tag in waiting if own.get(tag[0]) is not tag[1]]
        return found

    def _tags(self, grey: NDArray[np.uint8]) -> list[tuple[int, Corners]]:
        """Number and corners of everything that looks like one of the tags."""
        scale = min(2.0, _SEARCHED_PX / max(grey.shape))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        searched = cv2.GaussianBlur(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=way), (0, 0), _SOFTENED_PX)
        corners, ids, _ = self._detector.detectMarkers(searched)
        numbers = np.ravel(ids).tolist() if ids is not None else []
        return [(tag, (seen.reshape(4, 2) + 0.5) / scale - 0.5) for tag, seen in zip(numbers, corners, strict=True)]


def _company(
    first: int, corners: Corners, others: list[tuple[int, Corners]]
) -> tuple[dict[int, Corners], NDArray[np.float64]]:
    """The tags of the marker to which the tag `first` belongs, by number, and from cells to pixels. The nearest is
    taken first, and each one taken gives a better place for the next.
    """
    own, side = {first: corners}, _side(corners)
    to_picture: NDArray[np.float64] = cv2.getPerspectiveTransform(tag_corners(first), corners)
    for tag, seen in sorted(others, key=lambda other: float(np.linalg.norm(other[1].mean(0) - corners.mean(0)))):
        expected = _moved(tag_corners(tag), to_picture).mean(0)
        if tag in own or not 0.4 < _side(seen) / side or np.linalg.norm(seen.mean(0) - expected) > 1.5 * side:
            continue
        own[tag] = seen
        fitted, _ = cv2.findHomography(_flat(own), _seen(own))
        to_picture = to_picture if fitted is None else fitted
    return own, to_picture


def _flat(tags: dict[int, Corners]) -> NDArray[np.float32]:
    return np.concatenate([tag_corners(tag) for tag in tags])


def _seen(tags: dict[int, Corners]) -> NDArray[np.float32]:
    return np.concatenate(list(tags.values()))


def _moved(points: NDArray[np.float32], to_picture: NDArray[np.float64]) -> NDArray[np.float32]:
    moved: NDArray[np.float32] = cv2.perspectiveTransform(points[None], to_picture)[0]
    return moved


def _side(corners: Corners) -> float:
    return float(np.sqrt(cv2.contourArea(corners.astype(np.float32))))
