"""The cache folder, and the room left on the disks."""

import os
import shutil
import tempfile
from pathlib import Path

from allaprima.app.core.shell import looking
from allaprima.app.doctor.finding import Finding, State
from allaprima.app.settings_and_flags import Settings

LITTLE = 2 << 30
"""Bytes; a lossless recording fills them in a few minutes."""


def cache(settings: Settings) -> list[Finding]:
    """Whether it can be written to, what lies in it, and whether the synthetic room, if not yet drawn, finds place."""
    import platformdirs

    from allaprima.app.sources.synthetic.loop import load_loop, loop_path
    from allaprima.app.sources.synthetic.path import LOOP

    folder, size = platformdirs.user_cache_path("allaprima", appauthor=False), settings.source.size
    drawn = load_loop(loop_path(size, 0), size) is not None
    state: State = "warning" if drawn else "fault"
    try:
        there = next(each for each in (folder, *folder.parents) if each.exists())  # where it would be made
        with tempfile.TemporaryFile(dir=there):
            pass
        free = shutil.disk_usage(there).free
    except OSError as error:
        text = f"{folder} cannot be written to: {error.strerror or error}"
        return [Finding("cache", state, text, looking(folder))]
    needed = 0 if drawn else LOOP * 2 * size[0] * size[1] * 3
    if free <= needed:
        text = f"{folder}: {_amount(free)} free, the synthetic room takes {_amount(needed)}"
        return [Finding("cache", "fault", text, "free some space there, or allaprima run --set source.size=320x240")]
    return [Finding("cache", "ok", f"{folder}: {_amount(_used(folder))} in it, {_amount(free)} free")]


def disk(settings: Settings) -> list[Finding]:
    """Whether recordings find place in the folder that the program was started in."""
    here = Path.cwd()
    free = shutil.disk_usage(here).free
    text = f"{here}: {_amount(free)} free for recordings and videos"
    if free < LITTLE:
        return [Finding("disk", "warning", text, "allaprima record FILE.mkv, with FILE on another disk")]
    return [Finding("disk", "ok", text)]


def _used(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum((Path(place) / name).lstat().st_size for place, _, names in os.walk(folder) for name in names)


def _amount(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
