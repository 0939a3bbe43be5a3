"""Cameras in pairs: one thread per device; they survive unplugging, hanging and wrong sizes."""
