"""Files that other programs take back, and one without names."""
