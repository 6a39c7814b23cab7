"""Policy, from scores to a grade: attempts, lateness, extensions, weights, and the ledger."""
