"""Style packs: the paintings and their facts, and a pack's folder written and read."""
