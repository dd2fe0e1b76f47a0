"""Lessons: predict, do and see, checked by the engine."""
