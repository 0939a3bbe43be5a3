"""What is known of packs and styles, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allaprima.app.core.errors import AllaPrimaError

if TYPE_CHECKING:
    from allaprima.app.packs.pack import Style, StylePack


def packs_of(path_or_name: str | None) -> tuple[list[StylePack], list[AllaPrimaError]]:
    """All installed packs and what is wrong with the broken ones; a pack that was named must be sound."""
    from allaprima.app.packs.pack import default_pack, installed_packs, load_pack

    if path_or_name is not None:
        return [load_pack(path_or_name)], []
    packs, broken = [], []
    for folder in installed_packs():
        try:
            packs.append(load_pack(folder))
        except AllaPrimaError as error:
            broken.append(error)
    if not packs:
        packs.append(default_pack())  # says what is missing or broken
    return packs, broken


def facts_of(pack: StylePack, style: Style) -> dict[str, Any]:
    facts = ("name", "title", "artist", "year", "source", "public_domain")
    preview = str(style.preview) if style.preview else None
    return {name: getattr(style, name) for name in facts} | {"preview": preview, "row": style.row, "pack": pack.name}


def about(pack: StylePack) -> dict[str, Any]:
    facts = {name: getattr(pack, name) for name in ("name", "title", "family", "parameters", "rows")}
    tables = {name: dict(getattr(pack, name)) for name in ("training", "imported", "stability")}
    return {**facts, "folder": str(pack.folder), **tables}
