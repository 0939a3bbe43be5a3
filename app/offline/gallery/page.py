"""The gallery as one HTML page beside its pictures: no script, nothing loaded from anywhere else."""

from collections.abc import Sequence

from allaprima.app.offline.gallery.paintings import Photo, painting_file, photo_file
from allaprima.app.offline.gallery.sheet import maker_and_year
from allaprima.app.packs.pack import StylePack
from allaprima.app.report.html import render

SHEET = "gallery.png"


def page(pack: StylePack, photos: Sequence[Photo]) -> str:
    """The page of `pack`'s paintings of `photos`, which lie where `paint_photos` puts them. All texts come from files,
    and all are escaped.
    """
    return render(
        "gallery.html",
        pack=pack,
        photos=photos,
        sheet=SHEET,
        photo_file=photo_file,
        painting_file=painting_file,
        maker_and_year=maker_and_year,
    )
