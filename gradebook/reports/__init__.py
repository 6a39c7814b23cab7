"""Reports: HTML pages for the teacher, for each student, and for review by staff."""
