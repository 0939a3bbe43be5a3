"""Text in the headset and in the mirror."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.app.core.clock import NS
from allaprima.app.headset.simulated import default_views

SIZE = (640, 720)


@pytest.fixture
def hud(graphics):
    from allaprima.app.compositor.hud import Hud

    hud = Hud()
    yield hud
    hud.close()


@pytest.fixture
def targets(graphics):
    from allaprima.app.compositor.framebuffer import Framebuffer

    targets = [Framebuffer(*SIZE), Framebuffer(*SIZE)]
    yield targets
    for target in targets:
        target.close()


def grey(target) -> None:
    from allaprima.app.compositor.gl import GL

    target.bind()
    GL.glClearColor(0.4, 0.4, 0.4, 1)
    GL.glClear(GL.GL_COLOR_BUFFER_BIT)


def eyes(hud, targets, now_ns: int = 0) -> list[np.ndarray]:
    for target, view in zip(targets, default_views(), strict=True):
        grey(target)
        hud.draw_eye(target.handle, SIZE, view, now_ns)
    return [target.read_rgb().astype(int) for target in targets]


def changed(picture: np.ndarray) -> np.ndarray:
    return (np.abs(picture - 102) > 1).any(axis=-1)


def test_the_status_is_readable_in_the_lower_third_of_both_eyes(hud, targets):
    hud.set_status("The Starry Night", ["24.8 pairs/s", "37 ms"])
    for picture in eyes(hud, targets):
        rows, columns = np.nonzero(changed(picture))
        assert rows.min() > 400 and 150 < columns.max() - columns.min() < 400
        panel = picture[rows.min() : rows.max(), columns.min() : columns.max()]
        assert panel.max() > 220 and np.median(panel) < 70  # light letters on dark glass


def test_the_eyes_see_the_panel_from_their_own_places(hud, targets):
    hud.set_status("The Starry Night")
    left_edge = []
    for picture, view in zip(eyes(hud, targets), default_views(), strict=True):
        columns = np.nonzero(changed(picture))[1]
        middle = (columns.min() + columns.max() + 1) / 2
        left_edge.append(middle / SIZE[0] * (view.fov.left + view.fov.right) - view.fov.left)
    disparity = left_edge[0] - left_edge[1]  # tangents: a near thing lies further right for the left eye
    assert disparity == pytest.approx(0.063 / 1.2, abs=0.004)


def test_no_text_and_a_hidden_status_draw_nothing(hud, targets):
    assert not changed(eyes(hud, targets)[0]).any()
    hud.set_status("The Starry Night")
    hud.visible = False
    assert not changed(eyes(hud, targets)[0]).any()
    hud.visible = True
    assert changed(eyes(hud, targets)[0]).any()
    hud.set_status("")
    assert not changed(eyes(hud, targets)[0]).any()


def test_the_banner_comes_and_goes(hud, targets):
    hud.show_banner("The Great Wave", 5 * NS)
    strength = [np.abs(eyes(hud, targets, 5 * NS + ms * 1_000_000)[0] - 102).max() for ms in (60, 1000, 2300, 2600)]
    assert strength[1] > 140 and strength[0] > 40
    assert 10 < strength[2] < strength[1]
    assert strength[3] == 0


def test_text_is_lettered_and_uploaded_only_when_it_changes(hud, monkeypatch):
    from allaprima.app.compositor import hud as module

    lettered = []
    real = module.letter_panel

    def noted(*text):
        lettered.append(text)
        return real(*text)

    monkeypatch.setattr(module, "letter_panel", noted)
    for status in ("one", "one", "two", "two", "one"):
        hud.set_status(status, ["line"])
    assert [text[0] for text in lettered] == ["one", "two", "one"]


def test_a_flat_panel_stands_upright_in_its_place(targets):
    from allaprima.app.compositor.hud import Panel, PanelPainter
    from allaprima.app.compositor.lettering import letter_panel

    target, panel, painter = targets[0], Panel(30), PanelPainter()
    grey(target)
    panel.show("L'Estaque", ["line"])
    width, height = panel.size
    painter.draw_flat(panel, target.handle, SIZE, (100, 50, width, height))
    picture = target.read_rgb().astype(int)
    rows, columns = np.nonzero(changed(picture))
    assert columns.min() >= 100 and rows.max() < SIZE[1] - 50
    letters = letter_panel("L'Estaque", ["line"], 30)
    top = SIZE[1] - 50 - height
    drawn = picture[top : top + height, 100 : 100 + width]
    expected = letters[..., :3] + 102 * (1 - letters[..., 3:] / 255)
    assert np.abs(drawn - expected).max() <= 2  # pixel for pixel, blended over what was there
    assert (target.read()[..., 3] == 255).all(), "the target stays opaque"
    painter.close()
    panel.close()


def test_text_has_the_depth_of_an_anaglyphs_screen(hud, targets):
    """Its middle lies where the mirror aims both eyes, so that it is in one place in the anaglyph."""
    from allaprima.app.live.audience import _aim

    hud.set_status("The Starry Night")
    for picture, view in zip(eyes(hud, targets), default_views(), strict=True):
        columns = np.nonzero(changed(picture))[1]
        assert (columns.min() + columns.max() + 1) / 2 / SIZE[0] == pytest.approx(_aim(view), abs=1.5 / SIZE[0])
