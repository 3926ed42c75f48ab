"""What the index goes through and comes out of: kills, refused writes, damage, and rebuilds under readers."""
