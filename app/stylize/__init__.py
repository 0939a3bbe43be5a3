"""The engines that paint with style packs, behind one protocol, and what all of them share."""
