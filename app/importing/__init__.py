"""Style networks that others trained, made into packs of ours."""
