"""What one probe found."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "fault"]
"""Works; does not, but `run` does without it; keeps `run` from working."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` is what was looked at, `text` one line about it, `hint` the next command to type, "" if there is none."""

    name: str
    state: State
    text: str
    hint: str = ""
