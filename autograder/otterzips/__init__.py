"""Reading Otter's zips: ours, and those of any other homework."""
