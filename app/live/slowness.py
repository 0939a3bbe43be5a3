"""Warns once if the machine paints too slowly."""

from allaprima.app.core.clock import NS
from allaprima.app.latency.verdict import FLAGS, TOO_SLOW

_LONG_NS = 5 * NS
"""A new style, or another program, may take a second or two."""


class Slowness:
    """Watches the rate of painted pairs."""

    def __init__(self) -> None:
        self._since_ns: int | None = None
        self._warned = False

    def look(self, pairs_per_s: float | None, now_ns: int) -> str:
        """The warning, or "". `pairs_per_s` is the present rate; None if it says nothing about the machine, as in
        standby.
        """
        if self._warned or pairs_per_s is None or pairs_per_s >= TOO_SLOW:
            self._since_ns = None
            return ""
        if self._since_ns is None:
            self._since_ns = now_ns
        if now_ns - self._since_ns < _LONG_NS:
            return ""
        self._warned = True
        if pairs_per_s < 0.05:
            return f"hardly any pairs are painted here: {FLAGS}"
        return f"only {pairs_per_s:.1f} pairs a second are painted here: {FLAGS}"
