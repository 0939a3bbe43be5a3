"""The canvas: smooth noise, fixed to the world, that a network makes its strokes from."""
