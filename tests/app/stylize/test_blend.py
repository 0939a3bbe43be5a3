from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError, StylePackError
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.stylize.blend import Blend, check_strength, parse_blend


@pytest.fixture(scope="module")
def pack(tiny_pack: Path) -> StylePack:
    return load_pack(tiny_pack)


def test_single_name_is_that_style_alone_in_any_case(pack: StylePack) -> None:
    blend = parse_blend(" Red-Room ", pack)
    np.testing.assert_array_equal(blend.weights(pack.rows), [0, 1, 0, 0])
    assert blend.label == "The Red Room — Henri M."


def test_shares_are_normalised(pack: StylePack) -> None:
    blend = parse_blend("red-room:3,mosaic:1", pack)
    np.testing.assert_allclose(blend.weights(pack.rows), [0, 0.75, 0, 0.25])
    assert blend.label == "75 % The Red Room + 25 % Mosaic"


def test_share_left_out_counts_as_one(pack: StylePack) -> None:
    np.testing.assert_allclose(parse_blend("harbour,mosaic", pack).weights(4), [0, 0, 0.5, 0.5])


def test_share_of_zero_drops_the_style(pack: StylePack) -> None:
    assert [style.name for style, _ in parse_blend("harbour:0,mosaic:2", pack).parts] == ["mosaic"]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("red-room:-1,mosaic:2", "must be 0 or more"),
        ("red-room:nan", "must be 0 or more"),
        ("red-room:inf", "must be 0 or more"),
        ("red-room:0,mosaic:0", "sum to 0"),
        ("red-room:1e308,mosaic:1e308", "sum to inf"),
        ("red-room:half", "'half' is not a number"),
        ("red-room:", "is not a number"),
        ("red-room,", "a name is missing"),
        ("", "a name is missing"),
        ("mosaic:1,MOSAIC:1", "named twice"),
    ],
)
def test_malformed_blend_says_what_is_wrong(pack: StylePack, expression: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as caught:
        parse_blend(expression, pack)
    assert "NAME:0.5" in caught.value.hint


def test_unknown_style_in_a_blend_names_the_nearest(pack: StylePack) -> None:
    with pytest.raises(StylePackError, match="did you mean 'mosaic'"):
        parse_blend("red-room:1,mosaik:1", pack)


def test_strength_moves_towards_the_identity_row(pack: StylePack) -> None:
    blend = Blend.of(pack.styles[1])
    np.testing.assert_allclose(blend.weights(4, 0.25), [0.75, 0, 0.25, 0])
    np.testing.assert_array_equal(blend.weights(4, 0.0), [1, 0, 0, 0])


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strength_outside_its_range_is_refused(strength: float) -> None:
    with pytest.raises(SettingsError, match=r"outside 0\.\.1"):
        check_strength(strength)
