"""A homework that grades itself: the bank of questions, the build and the grader."""
