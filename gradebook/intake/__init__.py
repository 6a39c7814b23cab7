"""Intake: files from others, read with care: rosters, downloads, results, manual scores."""
