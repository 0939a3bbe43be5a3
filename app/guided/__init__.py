"""The guided capture of a calibration: what it collects, says and shows."""
