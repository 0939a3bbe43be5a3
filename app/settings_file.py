"""The file of the user's settings."""

from collections.abc import Iterator
from pathlib import Path

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.reading import Unreadable, read_toml
from allaprima.app.core.shell import moving

LARGEST_FILE = 1 << 20
"""Bytes of a settings file."""


def config_path() -> Path:
    """The user's settings file, whether or not it exists."""
    import platformdirs

    return platformdirs.user_config_path("allaprima", appauthor=False) / "config.toml"


def read_settings(file: Path) -> Iterator[tuple[str, object]]:
    """("section.key", value) for each line of a settings file. Raises `SettingsError`."""
    try:
        tables = read_toml(file, LARGEST_FILE)
    except Unreadable as error:
        raise SettingsError(f"{file} {error}", f"correct it, or do without: {moving(file)}") from error
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise SettingsError(f"{file}: '{section}' stands outside any section", "allaprima settings lists them all")
        for name, value in table.items():
            yield f"{section}.{name}", value
