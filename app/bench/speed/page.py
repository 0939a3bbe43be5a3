"""A speed report as files: JSON, Markdown and plots; and as the part of a page of prose that no hand writes."""

from __future__ import annotations

import json
from pathlib import Path

from allaprima.app.bench.speed.plot import bars_svg, growth_svg
from allaprima.app.bench.speed.table import Report, machine_line, tables
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.files import write_file

MARK = "<!-- bench speed -->"


def markdown(report: Report, plots: list[str]) -> str:
    """The tables, and the plots of these file names."""
    told = [f"`{report['pack']}` on {machine_line(report)}.\n", *(table.markdown() for table in tables(report))]
    return "\n".join([*told, *(f"![{Path(name).stem.replace('-', ', ')}]({name})\n" for name in plots)])


def write_speed(folder: Path, report: Report) -> list[Path]:
    """`speed.json`, `speed.md` and the plots in `folder`, which is made if need be; each whole or not at all.

    Raises `RecordingError`.
    """
    plots = _write_plots(folder, "speed", report)
    text = markdown(report, [path.name for path in plots])
    return [
        write_file(folder / "speed.json", json.dumps(report, indent=2, allow_nan=False) + "\n"),
        write_file(folder / "speed.md", f"# Speed\n\n{text}"),
        *plots,
    ]


def update_page(page: Path, report: Report | None) -> list[Path]:
    """Put the tables between the two marks of `page`, and the plots beside it; without a `report` only check that it
    could be done. Returns what was written. Raises `SettingsError` where the page or its marks are missing.
    """
    try:
        before, _, after = page.read_text(encoding="utf-8").split(MARK)
    except OSError as error:
        raise SettingsError(f"cannot read {page}: {error.strerror}", "name a page that is there") from error
    except ValueError:
        raise SettingsError(
            f"{page} has not two marks {MARK}", "put one above and one below where the tables go"
        ) from None
    if report is None:
        return []
    plots = _write_plots(page.parent, page.stem, report)
    text = markdown(report, [path.name for path in plots])
    return [write_file(page, f"{before}{MARK}\n\n{text}\n{MARK}{after}"), *plots]


def _write_plots(folder: Path, stem: str, report: Report) -> list[Path]:
    drawn = {f"{stem}-engines.svg": bars_svg(report), f"{stem}-growth.svg": growth_svg(report)}
    return [write_file(folder / name, svg) for name, svg in drawn.items() if svg]
