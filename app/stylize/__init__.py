"""The engines that paint with style packs, behind one protocol, and their shared code."""
