"""What is typed after the flags that are no settings, as values; and lists of several."""

from collections.abc import Sequence

from allaprima.app.core.errors import SettingsError, did_you_mean
from allaprima.app.core.values import Size, Value, Within

count = Value(int, Within(1))
seconds = Value(float, Within(0.001))
milliseconds = Value(float, Within(0, 1000))
size = Value(Size, Within(16, 8192))
"""Size of pictures; the painted size is the setting `--size`."""


def listed(text: str, known: Sequence[str], what: str) -> tuple[str, ...]:
    """The names in `a,b`, each of `known`. Raises `SettingsError`; `what` they are is for that."""
    names = tuple(part.strip() for part in text.split(","))
    for name in names:
        if name not in known:
            raise SettingsError(f"there is no {what} '{name}'", did_you_mean(name, known))
    return names
