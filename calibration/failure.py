"""What every refusal of this package is."""

from __future__ import annotations


class CalibrationFailure(ValueError):
    """`message` says what cannot be used and why, in one line; `hint` what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
