"""The seeded generator of the chores' messages and their answers."""
