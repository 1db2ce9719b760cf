"""Virtual cards: what a person testing taps, inserts or swipes at a virtual reader."""
