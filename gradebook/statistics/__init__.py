"""What a class has understood: items, checks, misconceptions, with intervals."""
