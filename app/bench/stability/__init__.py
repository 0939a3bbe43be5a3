"""How stable and strong the styles are."""
