"""A session's figures in words."""

from typing import Any

TOO_SLOW = 12.0
"""Painted pairs a second below which walking about is no pleasure."""
FLAGS = (
    "--governor 20 paints smaller to hold a rate, --size of half the width and height paints a quarter of the pixels"
)
"""What helps a machine that is too slow."""
_SMOOTH = 24.0
_SKIPPED = 0.1  # of the painted pairs; a source that brings few pairs is not the machine's fault
_LATE = 0.01  # of the headset's frames


def verdict(summary: dict[str, Any]) -> str:
    """On what `LatencyMonitor.summary` counted: how smooth it was, what the headset missed, and what would help."""
    if not summary["submitted"]:
        return "No frame reached the headset, so there is nothing to measure."
    if not summary["pairs"]:
        return "No painted pair reached the headset."
    painted, added = summary["pairs_per_s"], summary["latency_ms"]["added"]["p50"]
    in_step = summary["dropped"]["capture_to_stylize"] <= _SKIPPED * summary["pairs"]
    how = "In step with its source" if in_step else "Too slow" if painted < TOO_SLOW else "Usable"
    how = "Smooth" if painted >= _SMOOTH else how
    figures = f"{painted:.1f} pairs a second were painted"
    if added is not None:
        figures += f", each half the time within {added:.0f} ms of being ready"
    missed = summary["dropped"]["headset"]
    if missed > _LATE * summary["submitted"]:
        headset = f"The headset missed {missed:,} frames: its picture stuttered."
    elif missed:
        headset = f"The headset missed {missed:,} frames, less than one in a hundred."
    else:
        headset = "The headset missed no frame."
    return f"{how}: {figures}. {headset}" + (f" What helps: {FLAGS}." if how == "Too slow" else "")


def dropped(summary: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Of what `LatencyMonitor.summary` counted, by name: the pairs that made way for newer ones, which nobody missed,
    and what was lost.
    """
    counts = summary["dropped"]
    skipped = {name: counts.get(name, 0) for name in ("capture_to_stylize", "stylize_to_compositor")}
    return skipped, {name.replace("_", " "): n for name, n in counts.items() if name not in skipped}
