"""Reading autograder zips of Otter: those built here, and any other."""
