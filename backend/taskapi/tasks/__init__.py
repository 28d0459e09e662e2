"""A person's tasks: the table, the statements, the shapes and the routes."""
