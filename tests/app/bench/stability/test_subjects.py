"""What one run measures, and what it says of what it cannot."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from allaprima.app.bench.painters import PackPainter
from allaprima.app.bench.stability import subjects as module
from allaprima.app.bench.stability.settings import Settings
from allaprima.app.bench.stability.subjects import subjects
from allaprima.app.core.errors import StylePackError
from allaprima.app.packs.pack import load_pack


def groups(tiny_pack: Path, settings: Settings) -> tuple[dict[str, list[str]], list[str]]:
    """Names by group, and what was said."""
    pack, said = load_pack(tiny_pack), list[str]()
    found: dict[str, list[str]] = {}
    with ExitStack() as stack:
        for subject in subjects(PackPainter(pack), pack.styles, settings, stack, said.append):
            found.setdefault(subject.group, []).append(subject.name)
    return found, said


def test_raw_pictures_are_always_there_and_nothing_else_unasked(tiny_pack: Path) -> None:
    styles = ["red-room", "harbour", "mosaic"]
    assert groups(tiny_pack, Settings(baselines=())) == ({"raw": ["raw"], "styles": styles}, [])
    found, _ = groups(tiny_pack, Settings(baselines=("cycle_spinning",)))
    assert found["cycle_spinning"] == styles


def test_plain_has_the_styles_of_the_same_names(tiny_pack: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(tiny_pack, plain)
    card = plain / "card.toml"
    card.write_text(card.read_text(encoding="utf-8").replace('name = "mosaic"', 'name = "other"'), encoding="utf-8")
    found, said = groups(tiny_pack, Settings(baselines=("plain",), plain=plain))
    assert found["plain"] == ["red-room", "harbour"]
    assert len(said) == 1 and "no style mosaic" in said[0]


def test_a_plain_pack_that_was_named_must_be_sound_and_the_default_may_be_missing(
    tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StylePackError, match="nowhere"):
        groups(tiny_pack, Settings(baselines=("plain",), plain=tmp_path / "nowhere"))
    monkeypatch.setattr(module, "default_plain", lambda: tmp_path / "nowhere")
    found, said = groups(tiny_pack, Settings(baselines=("plain",)))
    assert "plain" not in found and "--plain PACK" in said[0]
