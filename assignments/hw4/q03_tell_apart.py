"""One log in words: read by a person."""

written = 10
