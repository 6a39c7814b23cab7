"""Autograder zips of Otter: ours, and those of any other homework."""
