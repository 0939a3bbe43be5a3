"""Every layout with eyes of four colours: left is left, up is up, red is red."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from allaprima.app.mirror.mirror import LAYOUTS, Layout, letterbox, mirror_size, next_layout
from allaprima.app.web.qr import qr_pixels

EYE = (64, 72)
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
GREY, YELLOW, CYAN, MAGENTA = (128, 128, 128), (255, 255, 0), (0, 255, 255), (255, 0, 255)
LEFT = (RED, GREEN, BLUE, WHITE)  # top left, top right, bottom left, bottom right
RIGHT = (YELLOW, CYAN, MAGENTA, GREY)


def quadrants(colours: tuple[tuple[int, int, int], ...], size: tuple[int, int] = EYE) -> np.ndarray:
    width, height = size
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2], picture[: height // 2, width // 2 :] = colours[:2]
    picture[height // 2 :, : width // 2], picture[height // 2 :, width // 2 :] = colours[2:]
    return picture


def corners(picture: np.ndarray) -> tuple[tuple[int, int, int], ...]:
    """The middle colour of each quadrant, in the order of `quadrants`."""
    height, width = picture.shape[:2]
    places = [(height // 4, width // 4), (height // 4, 3 * width // 4)]
    places += [(3 * height // 4, x) for _, x in places]
    colours = ((int(c) for c in picture[y, x]) for y, x in places)
    return tuple((red, green, blue) for red, green, blue in colours)


class Stage:
    """A mirror and the eyes it shows, as a headset would hand them over: textures of framebuffers."""

    def __init__(self) -> None:
        from allaprima.app.compositor.framebuffer import Framebuffer
        from allaprima.app.mirror.mirror import Mirror

        self.mirror = Mirror()
        self.new_framebuffer = Framebuffer
        self.made = [self.eye(quadrants(LEFT)), self.eye(quadrants(RIGHT))]
        self.eyes = (self.made[0].texture.handle, self.made[1].texture.handle)

    def eye(self, picture: np.ndarray):
        from allaprima.app.compositor.program import Program
        from allaprima.app.compositor.texture import Texture

        texture, program = Texture(*EYE), Program("rectangle.vert", "picture.frag")
        texture.upload(picture)
        target = self.new_framebuffer(*EYE)
        target.bind()
        program.use()
        program.set_floats("rectangle", -1, -1, 1, 1)
        program.set_floats("flip", 1)
        program.set_int("picture", 0)
        texture.bind()
        program.draw()
        texture.close()
        program.close()
        return target

    def show(
        self,
        layout: Layout,
        size: tuple[int, int] | None = None,
        plain: int | None = None,
        aim: tuple[float, float] = (0.5, 0.5),
    ) -> np.ndarray:
        target = self.new_framebuffer(*(size or mirror_size(layout, EYE)))
        self.area = self.mirror.draw(target.handle, target.size, layout, self.eyes, EYE, plain, aim)
        self.made.append(target)
        return target.read_rgb()

    def close(self) -> None:
        self.mirror.close()
        for target in self.made:
            target.close()


@pytest.fixture
def stage(graphics: object) -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.mark.parametrize("size", [(1280, 720), (600, 900)])
def test_a_code_in_the_corner_is_read_back_from_the_window(stage: Stage, size: tuple[int, int]) -> None:
    text = "http://192.168.178.20:8477/p/AAAAAAAAAAAAAAAAAAAAAA"
    stage.show("side-by-side", size)
    target = stage.made[-1]
    stage.mirror.draw_code(target.handle, size)
    assert cv2.QRCodeDetector().detectAndDecode(target.read_rgb())[0] == "", "there is none yet"
    stage.mirror.show_code(qr_pixels(text))
    stage.mirror.draw_code(target.handle, size)
    picture = target.read_rgb()
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == text
    assert (picture[: size[1] // 2] < 255).any(axis=2).all(), "the upper half is still the picture"


@pytest.mark.parametrize(("layout", "colours"), [("left", LEFT), ("right", RIGHT)])
def test_one_eye_is_shown_as_it_is(stage: Stage, layout: Layout, colours: tuple) -> None:
    np.testing.assert_array_equal(stage.show(layout), quadrants(colours))


def test_side_by_side_has_the_left_eye_left(stage: Stage) -> None:
    picture = stage.show("side-by-side")
    np.testing.assert_array_equal(picture, np.hstack([quadrants(LEFT), quadrants(RIGHT)]))


def test_before_after_is_plain_on_the_left_and_painted_on_the_right_of_a_line(stage: Stage) -> None:
    plain = stage.eye(quadrants(RIGHT))
    stage.made.append(plain)
    picture = stage.show("before-after", plain=plain.texture.handle)
    middle = EYE[0] // 2
    np.testing.assert_array_equal(picture[:, : middle - 1], quadrants(RIGHT)[:, : middle - 1])
    np.testing.assert_array_equal(picture[:, middle + 1 :], quadrants(LEFT)[:, middle + 1 :])
    assert (picture[:, middle - 1 : middle + 1] == 255).all()


def test_before_after_without_a_plain_picture_shows_the_left_eye(stage: Stage) -> None:
    np.testing.assert_array_equal(stage.show("before-after"), quadrants(LEFT))


def replaced(stage: Stage, left: tuple, right: tuple) -> None:
    eyes = [stage.eye(quadrants((colour,) * 4)) for colour in (left, right)]
    stage.made += eyes
    stage.eyes = (eyes[0].texture.handle, eyes[1].texture.handle)


def test_anaglyph_gives_the_left_eye_to_red_and_the_right_eye_to_cyan(stage: Stage) -> None:
    replaced(stage, WHITE, BLACK)
    red, green, blue = stage.show("anaglyph")[10, 10]
    assert red > 240 and green < 40 and blue < 40
    replaced(stage, BLACK, WHITE)
    red, green, blue = stage.show("anaglyph")[10, 10]
    assert red < 40 and green > 240 and blue > 240


@pytest.mark.parametrize("grey", [0, 64, 128, 255])
def test_anaglyph_of_equal_greys_stays_grey(stage: Stage, grey: int) -> None:
    replaced(stage, (grey,) * 3, (grey,) * 3)
    assert np.abs(stage.show("anaglyph")[10, 10].astype(int) - grey).max() <= 2


def test_anaglyph_lays_on_one_another_what_both_eyes_aim_at(stage: Stage) -> None:
    for eye, column in enumerate((40, 24)):
        stripe = np.zeros((EYE[1], EYE[0], 3), np.uint8)
        stripe[:, column - 2 : column + 2] = 255
        stage.made.append(stage.eye(stripe))
        stage.eyes = (stage.eyes[0], stage.made[-1].texture.handle) if eye else (stage.made[-1].texture.handle, 0)
    apart = stage.show("anaglyph")[10]
    assert (apart[40] > 240).tolist() == [True, False, False] and (apart[24] > 240).tolist() == [False, True, True]
    together = stage.show("anaglyph", aim=(40 / EYE[0], 24 / EYE[0]))[10]
    middle = EYE[0] // 2
    assert (together[middle - 1 : middle + 1] > 240).all()
    assert not together[: middle - 4].any() and not together[middle + 4 :].any()


def test_anaglyph_is_not_mirrored(stage: Stage) -> None:
    stage.eyes = (stage.eyes[0], stage.eyes[0])
    top_left, top_right, bottom_left, bottom_right = corners(stage.show("anaglyph"))
    assert bottom_right == WHITE
    assert top_right[1] > top_left[1] and bottom_left[2] > max(top_left[2], top_right[2])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(300, 72), (64, 200)])
def test_another_aspect_gets_black_bars_and_no_distortion(stage: Stage, layout: Layout, size: tuple[int, int]) -> None:
    picture = stage.show(layout, size)
    x, y, width, height = (int(v) for v in stage.area)
    wanted = mirror_size(layout, EYE)
    assert abs(width / height - wanted[0] / wanted[1]) < 0.03
    assert width == size[0] or height == size[1]
    inside = np.zeros(picture.shape[:2], bool)
    inside[y : y + height, x : x + width] = True  # in the middle, so that bottom-up and top-down agree
    assert not picture[~inside].any()
    assert picture[inside].any(axis=-1).all()


def test_a_smaller_mirror_averages_instead_of_skipping_pixels(stage: Stage) -> None:
    stripes = np.zeros((EYE[1], EYE[0], 3), np.uint8)
    stripes[:, ::2] = 255
    eye = stage.eye(stripes)
    stage.made.append(eye)
    stage.eyes = (eye.texture.handle,) * 2
    picture = stage.show("left", (EYE[0] // 2, EYE[1] // 2))
    assert abs(float(picture.mean()) - 127.5) < 3 and picture.std() < 5


def test_help_is_drawn_in_the_middle_and_fits_a_small_window(stage: Stage) -> None:
    for size in ((640, 480), (200, 150)):
        target = stage.new_framebuffer(*size)
        stage.made.append(target)
        target.bind()
        from allaprima.app.compositor.gl import GL

        GL.glClearColor(0.0, 0.6, 0.0, 1.0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        stage.mirror.draw_help(target.handle, size)
        picture = target.read_rgb().astype(int)
        changed = np.abs(picture - (0, 153, 0)).max(axis=-1) > 2
        rows, columns = np.nonzero(changed)
        assert rows.min() > 0 and rows.max() < size[1] - 1 and columns.min() > 0 and columns.max() < size[0] - 1
        assert abs(rows.min() + rows.max() - size[1]) <= 6 and abs(columns.min() + columns.max() - size[0]) <= 6
        assert (picture.min(axis=-1) > 120).any(), "no bright letters"


def test_a_minimised_window_is_no_error(stage: Stage) -> None:
    assert stage.mirror.draw(stage.made[0].handle, (0, 0), "left", stage.eyes, EYE) == (0, 0, 0, 0)


def test_layouts_go_round_both_ways() -> None:
    layout = LAYOUTS[0]
    for _ in LAYOUTS:
        assert next_layout(next_layout(layout), -1) == layout
        layout = next_layout(layout)
    assert layout == LAYOUTS[0]


def test_letterbox_of_the_same_aspect_has_no_bars() -> None:
    assert letterbox((640, 360), (1280, 720)) == (0, 0, 1280, 720)
    assert letterbox((100, 100), (300, 100)) == (100, 0, 100, 100)
