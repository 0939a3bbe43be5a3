"""The fixture `stage` for the tests beside and below."""

from __future__ import annotations

from stage import stage  # noqa: F401
