"""What others hand in, read defensively: rosters, downloads, results, manual scores."""
