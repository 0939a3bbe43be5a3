"""What several commands take and print: flags, values, progress bars, results."""
