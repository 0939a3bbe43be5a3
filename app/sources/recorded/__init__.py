"""Recordings: folders, videos, picture pairs, and the files beside them."""
