"""Style packs, and the engines that paint with them behind one protocol."""
