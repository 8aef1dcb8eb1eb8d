"""Persistence and pages: the live schedule, its review and its exports."""
