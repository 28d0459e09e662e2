"""What both languages agree on, and the generators of its golden files.

python -m contract            writes tokens.json and secrets.json
python -m contract --check    fails if either is not what its generator makes
"""
