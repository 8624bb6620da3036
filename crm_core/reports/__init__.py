"""Figures that add up: subjects, measures, dimensions, questions and the library of reports."""
