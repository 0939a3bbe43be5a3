"""Depth: how far away everything is that the pair shows."""
