"""Submissions that try something, and what must become of each: see corpus.py."""
