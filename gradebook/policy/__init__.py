"""From scores to a grade: attempts, lateness, extensions, weights, each step in a ledger."""
