"""Authoring: pages of questions are read, checked, measured with the bank, built into notebooks."""
