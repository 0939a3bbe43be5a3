"""Which zones the settings ask for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError, StylePackError
from allaprima.app.packs.pack import load_pack
from allaprima.app.settings_and_flags import StylizeSettings
from allaprima.app.stylize.zoning import zone_styles


def test_none_is_asked_for_by_default(tiny_pack: Path) -> None:
    assert zone_styles(StylizeSettings(), load_pack(tiny_pack)).zones(0, 0, 4, 1.0) == ()


def test_near_stays_unpainted_and_far_has_its_style_as_strong_as_the_rest(tiny_pack: Path) -> None:
    pack = load_pack(tiny_pack)
    chosen = StylizeSettings(near_m=0.8, far_m=3, far_style=pack.styles[1].name)
    near, far = zone_styles(chosen, pack).zones(chosen.near_m, chosen.far_m, pack.rows, 0.5)
    assert (near.border_m, near.beyond, near.weights) == (0.8, False, None)
    assert (far.border_m, far.beyond) == (3, True) and far.weights is not None
    assert far.weights[0] == 0.5 and far.weights[pack.styles[1].row] == 0.5 and np.sum(far.weights) == 1


@pytest.mark.parametrize(
    ("chosen", "hint"),
    [
        (StylizeSettings(near_style="scream"), "--near 0.8"),
        (StylizeSettings(far_style="scream", near_m=1), "--far 3"),
        (StylizeSettings(near_m=3, far_m=1), "--near 0.8 --far 3"),
    ],
)
def test_what_makes_no_sense_is_refused(tiny_pack: Path, chosen: StylizeSettings, hint: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        zone_styles(chosen, load_pack(tiny_pack))
    assert refusal.value.hint == hint


def test_an_unknown_style_is_named(tiny_pack: Path) -> None:
    with pytest.raises(StylePackError):
        zone_styles(StylizeSettings(near_m=1, near_style="nonsense"), load_pack(tiny_pack))
