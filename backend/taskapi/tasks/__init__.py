"""A person's tasks: what they look like, their table and their routes."""
