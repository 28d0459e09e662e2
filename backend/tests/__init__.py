"""The API's tests: the real application, with all its layers, on both databases."""
