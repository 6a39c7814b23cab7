"""Diagnosis: return values of a student's functions are recorded and compared with the bank."""
