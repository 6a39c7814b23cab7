"""The bank of questions, the build and the grader."""
