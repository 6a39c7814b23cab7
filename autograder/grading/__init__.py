"""Grading, from a folder of submissions to results: discover, read, supervise, check, export."""
