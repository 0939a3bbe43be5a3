"""When a frame passed each stage, on the program's one clock."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

Stage = Literal["grabbed", "paired", "prepared", "inferred", "uploaded", "drawn", "submitted"]

STAGES: tuple[Stage, ...] = get_args(Stage)
"""In the order in which a frame meets them. `drawn` and `submitted` are of the first frame the headset showed it in."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """Nanoseconds of `core.clock.now_ns` at which each stage *ended*; None where the frame has not been."""

    grabbed: int | None = None
    paired: int | None = None
    prepared: int | None = None
    inferred: int | None = None
    uploaded: int | None = None
    drawn: int | None = None
    submitted: int | None = None

    def at(self, stage: Stage, t_ns: int) -> "Stamps":
        """A copy with `stage` stamped."""
        return replace(self, **{stage: t_ns})

    def between_ms(self, start: Stage, end: Stage) -> float | None:
        """Milliseconds from `start` to `end`; None if either is missing."""
        a, b = getattr(self, start), getattr(self, end)
        return None if a is None or b is None else (b - a) / 1e6
