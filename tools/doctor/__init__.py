"""`make doctor`: what is wrong between this product's halves, running or not."""
