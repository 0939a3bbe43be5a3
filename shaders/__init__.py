"""Every line of GLSL, as files."""
