"""The stage of a whole session, for every test of the app."""

from stage import stage  # noqa: F401
