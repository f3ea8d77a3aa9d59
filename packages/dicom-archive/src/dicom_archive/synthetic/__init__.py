"""Studies of patients who never were: for demonstrations, tests and measurements."""
