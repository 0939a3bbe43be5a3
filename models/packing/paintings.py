"""The paintings that styles are learnt from: their files, their names and what is known of them."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from allaprima.app.core.errors import SettingsError
from allaprima.models.photos import picture_files

ABOUT = ("name", "title", "artist", "year", "source", "public_domain")


@dataclass(frozen=True)
class Painting:
    """A picture to take a style from, and what the card says of it."""

    file: Path
    name: str
    title: str
    artist: str = "unknown"
    year: str = ""
    source: str = ""
    public_domain: str = ""
    results: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Tables of its own on the card: how its row was trained, what was measured."""


def plain_name(text: str) -> str:
    """A name one can type, of a pack or a style: lower-case letters, digits and hyphens. Raises `SettingsError` for
    a text that has none of them.
    """
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64].rstrip("-")
    if not name:
        raise SettingsError(f"no name can be made of {text!r}", "give a name with letters or digits")
    return name


def paintings_of(files: Sequence[Path], about: Path | None = None, names: Sequence[str] = ()) -> list[Painting]:
    """Each file with its entry in the TOML file `about` (by default the paintings known to the project), looked up by
    the file's name without suffix; an unknown one is called after its file. `names`, one for each file, replace theirs.
    Raises `SettingsError` for a name taken twice, a count that differs, and an `about` that is no TOML.
    """
    if names and len(names) != len(files):
        raise SettingsError(f"{len(names)} names for {len(files)} paintings", "give one --name for each")
    facts_file = about or Path(__file__).with_name("paintings.toml")
    try:
        known = tomllib.loads(facts_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{facts_file} cannot be read: {error}", "give a TOML file: --about FILE") from error
    paintings = []
    for place, file in enumerate(files):
        entry = known.get(file.stem, {})
        name, title = (names[place],) * 2 if names else (file.stem,) * 2
        facts = {"name": name, "title": title, **{key: str(entry[key]) for key in ABOUT if key in entry}}
        facts["name"] = plain_name(name if names else facts["name"])
        paintings.append(Painting(file, **facts))  # type: ignore[arg-type]  # `results` is not among them
    names = [painting.name for painting in paintings]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"two paintings are called {name!r}", "rename one of the files")
    return paintings


def painting_file(name: str, folder: Path) -> Path | None:
    """The picture in `folder` that the style called `name` was, or would be, trained on; None if there is none."""
    return next((painting.file for painting in paintings_of(picture_files(folder)) if painting.name == name), None)
