"""`make matrix`: runs the built packages with the oldest and newest of what they support."""
