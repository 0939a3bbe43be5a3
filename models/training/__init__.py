"""Training of a style pack: recipe to batches, losses, checkpoints and the finished pack."""
