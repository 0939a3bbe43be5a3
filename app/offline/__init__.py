"""Painting files, without a headset and without hurry."""
