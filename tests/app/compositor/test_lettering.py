"""Panels of text as pictures."""

from __future__ import annotations

import numpy as np

from allaprima.app.compositor.lettering import letter_panel


def ink(panel: np.ndarray) -> np.ndarray:
    """Where the lettering is: the bright part of a dark panel."""
    return panel[..., 0] > 128


def test_a_panel_holds_its_text_inside_its_margins():
    panel = letter_panel("Seurat, gypsy Ångström", ["24.8 pairs/s"])
    rows, columns = np.nonzero(ink(panel))
    height, width = panel.shape[:2]
    assert rows.min() > 8 and rows.max() < height - 8
    assert columns.min() > 12 and columns.max() < width - 12


def test_alpha_is_premultiplied_and_corners_are_clear():
    panel = letter_panel("Title", ["line"])
    assert (panel[..., :3].max(axis=-1) <= panel[..., 3]).all()
    assert panel[0, 0].tolist() == panel[-1, -1].tolist() == [0, 0, 0, 0]
    assert 100 < panel[panel.shape[0] // 2, 8, 3] < 220


def test_a_panel_grows_with_its_text():
    one = letter_panel("Title")
    assert letter_panel("Title", ["line"]).shape[0] > one.shape[0]
    assert letter_panel("A much longer title").shape[1] > one.shape[1]
    assert letter_panel("Title", title_px=60).shape[0] > 1.7 * one.shape[0]


def test_text_from_strangers_cannot_make_a_panel_of_any_size():
    panel = letter_panel("x" * 100_000, ["two\nlines\tand \x00 nothing"])
    assert panel.shape[1] < 4096 and panel.shape[0] < 200


def test_a_panel_without_text_is_still_a_picture():
    assert letter_panel("").shape[2] == 4
