"""End-to-end tests: both real halves, a real Chromium, nothing replaced."""
