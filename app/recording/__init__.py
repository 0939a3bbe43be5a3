"""Writing pictures and videos, never half a file."""
