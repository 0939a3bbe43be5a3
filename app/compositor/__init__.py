"""OpenGL: textures, programs, reprojection and the HUD."""
