"""Measures what is painted: how stable it is, how strong, and against which gates."""
