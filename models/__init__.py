"""Networks, losses, training, export, and the shipped style packs. Torch lives here."""
