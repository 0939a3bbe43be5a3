"""Headsets behind one protocol."""
