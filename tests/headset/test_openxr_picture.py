"""What the wearer of an OpenXR headset sees: Monado's own picture, composited and reprojected, read from its window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from patience import eventually

from allaprima.app.core.frame import Pixels
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, EyeView, FieldOfView, StereoRig
from allaprima.app.headset.headset import Headset

pytestmark = pytest.mark.monado(compositor="xcb", driver="remote")

EYE = (480, 540)  # of the window, one beside the other
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 40), (30, 40, 220), (230, 220, 20)
CYAN, PINK, WHITE, BROWN = (20, 200, 210), (240, 130, 180), (240, 240, 240), (120, 70, 30)
LEFT = ((RED, GREEN), (BLUE, YELLOW))
RIGHT = ((CYAN, PINK), (WHITE, BROWN))
TOLERANCE_PX = 1.0


@pytest.fixture
def wearer() -> Iterator[object]:
    from remote_wearer import RemoteWearer

    with RemoteWearer() as wearer:
        yield wearer.look(Pose())


@pytest.fixture
def headset(graphics: object, wearer: object) -> Iterator[object]:
    from allaprima.app.headset.openxr import OpenXrHeadset

    headset = OpenXrHeadset()
    yield headset
    headset.close()


def picture(colours: tuple[tuple[tuple[int, int, int], ...], ...]) -> Pixels:
    return np.repeat(np.repeat(np.array(colours, np.uint8), 64, 0), 64, 1)


def paint(headset: Headset) -> None:
    """Four colours an eye, from edge to edge, into the framebuffers where everything is drawn: rows from the bottom."""
    from allaprima.app.compositor.gl import GL

    width, height = headset.eye_size
    GL.glEnable(GL.GL_SCISSOR_TEST)
    for eye, colours in enumerate((LEFT, RIGHT)):
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, headset.eye_framebuffer(eye))
        for row in range(2):
            for column in range(2):
                GL.glScissor(column * width // 2, (1 - row) * height // 2, width // 2, height // 2)
                GL.glClearColor(*(c / 255 for c in colours[row][column]), 1.0)
                GL.glClear(GL.GL_COLOR_BUFFER_BIT)
    GL.glDisable(GL.GL_SCISSOR_TEST)


def eyes() -> tuple[Pixels, Pixels]:
    """What is seen of each eye right now."""
    from screen import screen

    shown = screen()
    return shown[: EYE[1], : EYE[0]], shown[: EYE[1], EYE[0] : 2 * EYE[0]]


def crossing(seen: Pixels, colours: tuple[tuple[tuple[int, int, int], ...], ...]) -> tuple[float, float] | None:
    """(x, y) in pixels where the four colours meet; None if they do not."""
    reach = 4
    near = []
    for row in range(2):
        for column in range(2):
            mask = np.abs(seen.astype(int) - colours[row][column]).max(2) <= 10
            moved = np.zeros_like(mask)
            dy, dx = (1 - 2 * row) * reach, (1 - 2 * column) * reach  # towards the middle of the picture
            height, width = mask.shape
            moved[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = mask[
                max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)
            ]
            near.append(moved)
    y, x = np.nonzero(near[0] & near[1] & near[2] & near[3])
    return (float(x.mean()) + 0.5, float(y.mean()) + 0.5) if len(x) else None


def expected(layer: EyeView, drawn_for: Pose, head: Pose, lens: FieldOfView) -> tuple[float, float]:
    """(x, y) in pixels where the middle of a layer drawn for one pose of the head is seen from another, which is turned
    only: a runtime's timewarp knows of no distances.
    """
    fov = layer.fov
    middle = np.array(((fov.right - fov.left) / 2, (fov.up - fov.down) / 2, -1.0, 0.0))
    x, y, z, _ = (head @ layer.eye_to_head).inverse().matrix() @ (drawn_for @ layer.eye_to_head).matrix() @ middle
    return (
        (x / -z + lens.left) / (lens.left + lens.right) * EYE[0],
        (lens.up - y / -z) / (lens.up + lens.down) * EYE[1],
    )


def settles(headset: Headset, wanted: list[tuple[float, float]], drawn_for: Pose | None, drawing: bool = True) -> None:
    """Both eyes' colours meet where they are `wanted`, after however many frames that takes here."""
    found: list[tuple[float, float] | None] = []

    def settled() -> bool:
        if drawing:
            frame = headset.wait_frame()
            paint(headset)
            headset.submit(frame if drawn_for is None else replace(frame, head=drawn_for))
        found[:] = [crossing(seen, colours) for seen, colours in zip(eyes(), (LEFT, RIGHT), strict=True)]
        return all(
            at and np.abs(np.subtract(at, to)).max() <= TOLERANCE_PX for at, to in zip(found, wanted, strict=True)
        )

    try:
        eventually(settled)
    except AssertionError:
        raise AssertionError(f"the colours meet at {found}, and should at {wanted}") from None


def test_each_eye_sees_its_own_picture_upright_and_in_its_colours(headset, wearer) -> None:
    """Through our own compositor, from pictures as a camera has them."""
    from allaprima.app.compositor.compositor import Compositor

    left, right = headset.wait_frame().views
    rig = StereoRig(*(CameraView(view.fov, view.eye_to_head) for view in (left, right)))
    compositor = Compositor(rig)
    compositor.upload(np.stack((picture(LEFT), picture(RIGHT))), None)
    wrong: list[tuple[object, ...]] = []

    def upright() -> bool:
        frame = headset.wait_frame()
        for eye, view in enumerate(frame.views):
            compositor.draw_eye(eye, headset.eye_framebuffer(eye), headset.eye_size, view, frame.head, frame.head)
        headset.submit(frame)
        wrong.clear()
        for seen, colours in zip(eyes(), (LEFT, RIGHT), strict=True):
            for row in range(2):
                for column in range(2):
                    pixel = seen[EYE[1] * (1 + 2 * row) // 4, EYE[0] * (1 + 2 * column) // 4]
                    if np.abs(pixel.astype(int) - colours[row][column]).max() > 3:
                        wrong.append((row, column, tuple(pixel), colours[row][column]))
        return not wrong

    try:
        eventually(upright)
    except AssertionError:
        raise AssertionError(f"wrong: {wrong}") from None
    compositor.close()


def test_eyes_that_see_further_outwards_are_shown_as_they_were_drawn(headset, wearer) -> None:
    lens = headset.wait_frame().views[0].fov
    wide, narrow = FieldOfView(1.13, 0.95, 1.13, 1.21), FieldOfView(0.95, 1.13, 1.13, 1.21)
    views = (EyeView(wide, Pose((-0.0315, 0, 0))), EyeView(narrow, Pose((0.0315, 0, 0))))
    wearer.see(views)
    settles(headset, [expected(view, Pose(), Pose(), lens) for view in views], None)


@pytest.mark.parametrize(
    "turned",
    [{"yaw": 0.2}, {"pitch": -0.15}, {"yaw": -0.25, "pitch": 0.1, "roll": 0.2}],
    ids=["left", "down", "all-three"],
)
@pytest.mark.parametrize("drawing", [True, False], ids=["drawn-late", "no-more-frames"])
def test_a_picture_drawn_for_an_old_pose_lands_where_it_was_in_the_world(headset, wearer, turned, drawing) -> None:
    """While the network, or the whole program, is behind the head."""
    old, new = Pose.from_euler(yaw=0.3, pitch=0.05), Pose.from_euler(yaw=0.3, pitch=0.05) @ Pose.from_euler(**turned)
    wearer.look(old)
    while not (frame := headset.wait_frame()).head.angle_to(old) < 1e-3:
        headset.submit(frame)
    headset.submit(frame)
    lens = frame.views[0].fov
    settles(headset, [expected(view, old, old, lens) for view in frame.views], None)
    wearer.look(new)
    settles(headset, [expected(view, old, new, lens) for view in frame.views], old, drawing)
