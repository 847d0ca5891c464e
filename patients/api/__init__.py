"""Endpoints of one's own profile, patients, subjects and appointments."""
