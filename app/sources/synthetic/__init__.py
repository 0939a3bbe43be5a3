"""A room drawn by numpy: textures, light, ray-caster, exact ground truth, and the source that plays it."""
