"""'Did you mean ...?': the nearest known word to one that was mistyped."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """A hint that names the nearest of `known`; where none is near, `otherwise`, or the known words themselves."""
    import difflib  # only ever needed on the way to an error

    words = list(known)
    folded = {w.casefold().lstrip("-"): w for w in words}  # else the dashes make all options look alike
    near = difflib.get_close_matches(word.casefold().lstrip("-"), folded, n=1, cutoff=0.5)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    if otherwise is not None:
        return otherwise
    return f"known: {', '.join(words)}" if words else ""
