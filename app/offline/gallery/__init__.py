"""All styles of a pack, painted from the same photos: as a page and as one sheet."""
