"""The canvases of the scenes: carried exactly, or as the app carries them."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.app.bench import scenes
from allaprima.app.bench.scenes import MARGIN, Pair, Scene
from allaprima.app.bench.stability.canvases import Canvases, Kind, shifted
from allaprima.app.bench.stability.measures import measure
from allaprima.app.canvas.canvas import Field
from allaprima.app.canvas.noise import plane_noise

SIZE = (160, 120)


@pytest.fixture(scope="module")
def planes() -> Scene:
    return scenes._planes(SIZE, (20,), lambda: None)


@pytest.fixture(scope="module")
def room() -> Scene:
    return scenes._room(SIZE, (20,), lambda: None)


def copied(pair: Pair, canvas: Field | None = None, /) -> Pair:
    """Paints nothing but its canvas."""
    assert canvas is not None
    grey = np.clip(128 + 40 * canvas[:, 0], 0, 255).astype(np.uint8)
    return np.repeat(grey.repeat(2, 1).repeat(2, 2)[..., None], 3, -1)


def flicker(scene: Scene, kind: Kind) -> tuple[float, float]:
    """e_view, e_stab of the canvas itself."""
    values = measure(copied, [scene], Canvases([scene], 2, kind), 0, lambda share: None).values
    return values["e_view"] or 0.0, values["e_stab"] or 0.0


def independent(pair: Pair, canvas: Field | None = None, /) -> Pair:
    """A canvas of its own for every eye and moment."""
    assert canvas is not None
    seed = int(pair.sum()) % 1000
    planes = [plane_noise(2, SIZE[0] // 2, SIZE[1] // 2, 1.0, seed + eye) for eye in range(2)]
    return copied(pair, np.stack(planes))


def test_a_canvas_carried_by_flow_is_nearly_as_still_as_one_carried_exactly(planes: Scene) -> None:
    exact, live = flicker(planes, "oracle"), flicker(planes, "live")
    alone = measure(independent, [planes], Canvases([planes], 2), 0, lambda share: None).values
    e_view, e_stab = alone["e_view"] or 0.0, alone["e_stab"] or 0.0
    assert exact[0] < live[0] < 0.5 * e_view and exact[0] < 0.35 * e_view
    assert max(exact[1], live[1]) < 0.25 * e_stab


def test_the_room_has_head_poses_and_hangs_its_canvas_in_the_world(room: Scene) -> None:
    alone = measure(independent, [room], Canvases([room], 2), 0, lambda share: None).values["e_stab"]
    assert alone is not None and flicker(room, "live")[1] < 0.35 * alone


def test_a_canvas_on_matched_surfaces_is_more_alike_to_both_eyes(room: Scene) -> None:
    one_distance, surfaces = flicker(room, "live"), flicker(room, "surface")
    assert surfaces[0] < 0.75 * one_distance[0] and surfaces[1] < 1.1 * one_distance[1]


def test_a_network_without_a_canvas_gets_none(planes: Scene) -> None:
    canvases = Canvases([planes], 0)
    assert canvases.of(planes.moments[0].pair) is None and canvases.wide(planes) is None


def test_a_shifted_canvas_is_the_same_one_moved() -> None:
    wide = np.stack([plane_noise(2, 80 + MARGIN // 2, 60 + MARGIN // 2, 1.0, 0)] * 2)
    first, second = shifted(wide, 0, 0), shifted(wide, 4, 2)
    assert first.shape == (2, 2, 60, 80)
    np.testing.assert_allclose(second[..., :-1, :-2], first[..., 1:, 2:], atol=1e-5)
