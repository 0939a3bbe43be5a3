"""Style packs: their cards, and their networks as files."""
