"""What the commands that paint live print at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.core.console import print_json, print_lines, say
from allaprima.app.core.errors import SourceError

if TYPE_CHECKING:
    from allaprima.app.live.parts import Parts


def result_of(parts: Parts, summary: dict[str, Any], files: list[Path]) -> dict[str, Any]:
    """The one JSON object that these commands print; values that changed during the run are the last ones."""
    network = parts.networks.in_hand
    return {
        "source": parts.source.name,
        "source_size": list(parts.source.size),
        "painted_size": list(network.stylizer.size),
        "headset": parts.headset.name,
        "eye_size": list(parts.headset.eye_size),
        "refresh_hz": parts.headset.refresh_hz,
        "graphics": parts.context.description,
        "engine": network.stylizer.engine,
        "precision": network.stylizer.precision,
        "device": network.stylizer.device,
        "interop": parts.upload.interop,
        "interop_reason": parts.upload.reason,
        "pack": parts.pack.name,
        "stroke_size": network.stroke_size,
        "keep_colour": parts.controls.keep_colour,
        "styles": [style.name for style in parts.pack.styles],
        "painted": parts.pipeline.count,
        "governor": parts.pipeline.governor and parts.pipeline.governor.summary(),
        **summary,
        "files": [str(file) for file in files],
    }


def report_damage(source: object, result: dict[str, Any]) -> int:
    """Say what is missing of a recording, and add it to `result`; cameras have no `damage`. Returns the exit code: that
    of an unreadable input where pairs were left out.
    """
    if damage := getattr(source, "damage", ""):
        result["damage"] = damage
        say(f"{getattr(source, 'name', '')}: {damage}")
    return SourceError.exit_code if getattr(source, "left_out", 0) else 0


def report(parts: Parts, result: dict[str, Any], summary: dict[str, Any], folder: Path | None, as_json: bool) -> None:
    """Write the report folder if one is wanted, then print the table, or the JSON object."""
    if folder:
        from allaprima.app.latency.report import write_report

        context = {key: value for key, value in result.items() if key not in summary and key not in ("files", "styles")}
        result["files"] += [str(file) for file in write_report(folder, summary, parts.monitor.records(), context)]
    if as_json:
        print_json(result)
        return
    from allaprima.app.latency.table import print_table

    print_table(summary)
    for file in result["files"]:
        print_lines(file)
