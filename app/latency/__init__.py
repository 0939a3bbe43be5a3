"""Where a frame spends its time: histograms, monitor, trace, report."""
