"""Recordings: folders, videos, picture pairs, and what lies beside them."""
