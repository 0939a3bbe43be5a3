"""The gallery as one HTML page beside its pictures: no script, nothing loaded from anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from allaprima.app.core.console import markup
from allaprima.app.offline.gallery.sheet import maker_and_year
from allaprima.app.offline.gallery.wall import Photo, painting_file, photo_file
from allaprima.app.packs.pack import Style, StylePack

SHEET = "gallery.png"


def page(pack: StylePack, photos: Sequence[Photo]) -> str:
    """The page of `pack`'s paintings of `photos`, which lie where `hang` puts them. All texts come from files, and all
    are escaped.
    """
    css = (files("allaprima.app.offline.gallery") / "gallery.css").read_text(encoding="utf-8")
    number = len(pack.styles)
    counted = f"{number} styles" if number > 1 else "One style"
    network = f", one network of {pack.parameters:,} parameters" if pack.parameters else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>Alla Prima: {markup(pack.title)}</title><style>{css}{_switch(len(photos))}</style></head><body><main>"
        f'<header><p class="name">Alla Prima</p><h1>{markup(pack.title)}</h1>'
        f'<p class="lead">{counted}{network}; every picture painted in one pass. Point at one, or tap it, to see the '
        "photo underneath.</p></header>"
        f"{_choices(photos)}"
        f'<div class="wall">{"".join(_exhibit(style, photos) for style in pack.styles)}</div>'
        f'<footer>Made by <code>allaprima styles gallery</code>. <a href="{SHEET}">All on one sheet</a>.</footer>'
        "</main></body></html>\n"
    )


def _switch(photos: int) -> str:
    """Which photo's paintings hang is chosen by radio buttons, which come before the wall."""
    return "".join(
        f"#photo-{n}:checked~.wall .of-{n}{{display:block}}"
        f"#photo-{n}:checked~.photos [for=photo-{n}]{{opacity:1;border-color:var(--accent)}}"
        f"#photo-{n}:focus-visible~.photos [for=photo-{n}]{{outline:3px solid var(--accent);outline-offset:2px}}"
        for n in range(1, photos + 1)
    )


def _choices(photos: Sequence[Photo]) -> str:
    buttons = "".join(
        f'<input type="radio" name="photo" id="photo-{n}"{" checked" if n == 1 else ""}>' for n in _numbers(photos)
    )
    labels = "".join(
        f'<label for="photo-{n}"><img src="{photo_file(n - 1)}" alt=""><span>{markup(photo.title)}</span></label>'
        for n, photo in zip(_numbers(photos), photos, strict=True)
    )
    return f'{buttons}<div class="photos">{labels}</div>' if len(photos) > 1 else buttons


def _exhibit(style: Style, photos: Sequence[Photo]) -> str:
    frames = "".join(
        f'<div class="frame of-{n}" tabindex="0">'
        f"{_picture(painting_file(style, n - 1), photo, f'{photo.title}, painted as {style.title}')}"
        f"{_picture(photo_file(n - 1), photo, '', ' class=before')}</div>"
        for n, photo in zip(_numbers(photos), photos, strict=True)
    )
    notes = "".join(
        f'<p class="{kind}">{markup(text[:1].upper() + text[1:])}.</p>'
        for kind, text in (("source", style.source.rstrip(".")), ("rights", style.public_domain.rstrip(".")))
        if text
    )
    maker = maker_and_year(style)
    return (
        f'<figure id="{markup(style.name)}">{frames}<figcaption><h2>{markup(style.title)}</h2>'
        f'{f"""<p class="maker">{markup(maker)}</p>""" if maker else ""}'
        f'{notes}<p class="typed"><code>--style {markup(style.name)}</code></p></figcaption></figure>'
    )


def _picture(file: str, photo: Photo, alt: str, more: str = "") -> str:
    width, height = photo.size
    return f'<img src="{markup(file)}" alt="{markup(alt)}" width="{width}" height="{height}" loading="lazy"{more}>'


def _numbers(photos: Sequence[Photo]) -> range:
    return range(1, len(photos) + 1)
