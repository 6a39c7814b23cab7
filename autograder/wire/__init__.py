"""What crosses between the grader and a worker: data only, and stand-ins for the rest."""
