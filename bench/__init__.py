"""What the product costs, each figure beside a hand-written lower bound."""
