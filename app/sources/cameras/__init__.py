"""Cameras: one thread a device, kept alive through unplugging, hanging and wrong sizes, and delivered in pairs."""
