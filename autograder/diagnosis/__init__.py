"""What a student's functions answered, compared with the bank: which mistake it fits."""
