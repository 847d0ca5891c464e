"""Endpoints of captures and their history."""
