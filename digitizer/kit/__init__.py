"""The printed kit: an event -> pages of shapes at true scale -> a PDF, or pictures. What the shapes mean is in ``calibration.kit``."""
