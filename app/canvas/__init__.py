"""The canvas: smooth noise, fixed to the world, from which a network makes its strokes."""
