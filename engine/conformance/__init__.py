"""Answers black-box test cases: one recorded input in, what this engine makes of it out."""
