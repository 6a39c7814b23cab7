"""Pages for people: the report for the teacher, feedback for each student."""
